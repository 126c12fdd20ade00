/** The storage that an address names: a PostgreSQL by its URL, else the SQLite file of the data folder. */
import { Fault } from '../core/faults.ts';
import type { Durations } from '../core/leases/durations.ts';
import type { Log } from '../ports/log.ts';
import type { Storage } from '../ports/storage.ts';
import { systemChance, systemClock } from './chance.ts';

export interface StorageChoice {
  /** postgres://…; null for SQLite. */
  readonly url: string | null;
  /** The SQLite file; `:memory:` for none. */
  readonly file: string;
  readonly durations: Partial<Durations>;
  readonly log?: Log;
}

export async function openStorage({ url, file, durations, log }: StorageChoice): Promise<Storage> {
  if (url === null) {
    const { openSqlite } = await import('../storage/sqlite/open.ts');
    return openSqlite({ file, clock: systemClock, chance: systemChance, durations });
  }
  checkUrl(url);
  const { openPostgres } = await import('../storage/postgres/open.ts');
  const onError = (error: unknown): void => log?.warn({ error }, 'a connection to PostgreSQL failed');
  return openPostgres({ url, chance: systemChance, durations, onError });
}

export function isStorageUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

/** Host and database, without what is secret. */
export function describeUrl(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host === '' ? 'local' : host}${pathname}`;
}

function checkUrl(url: string): void {
  if (isStorageUrl(url) && URL.canParse(url)) return;
  throw new Fault('usage', {
    field: '--storage',
    // It may contain a password.
    found: url.replace(/\/\/[^@/]*@/, '//…@'),
    expected: 'an address such as postgres://user@host/database',
  });
}
