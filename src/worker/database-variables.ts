/** What a program is told of the databases that its job holds. */
import type { Offer } from './connection.ts';

type Held = Pick<Offer, 'epoch' | 'databases'>;

export function holdsLocks({ databases }: Pick<Offer, 'databases'>): boolean {
  return (databases ?? []).length > 0;
}

/**
 * `LABKEEP_DB_NR` and `LABKEEP_DB_NR_RELEASE` of each database, and the epoch of the locks. Of several locks in one
 * database the first counts.
 */
export function databaseVariables({ epoch, databases = [] }: Held): Readonly<Record<string, string>> {
  if (databases.length === 0) return {};
  const variables = new Map([['LABKEEP_LOCK_EPOCH', String(epoch)]]);
  const seen = new Set<string>();
  for (const { path, release, directory } of databases) {
    const name = variableOf(path);
    if (seen.has(name)) continue;
    seen.add(name);
    if (directory !== null) variables.set(name, directory);
    if (release !== null) variables.set(`${name}_RELEASE`, release);
  }
  return Object.fromEntries(variables);
}

function variableOf(path: string): string {
  const [database = ''] = path.split('/');
  return `LABKEEP_DB_${database.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}
