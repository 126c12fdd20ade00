/**
 * Locks as somebody may see them who may read some projects only. Projects can be locked, and their jobs hold locks on
 * databases that are everybody’s: that there is a holder is no secret, which job of which project it is may be.
 */
import { mayDo, type Principal } from '../core/access/roles.ts';
import { Fault } from '../core/faults.ts';
import { isInTheWay, saidOf } from '../core/locks/in-the-way.ts';
import { databaseOf } from '../core/locks/paths.ts';
import type { LockHolder, LockRecord } from '../ports/records/locks.ts';
import { allow, readable } from './access.ts';
import { mayReadRef } from './hide-foreign.ts';
import type { World } from './world.ts';

type Catalogue = Pick<World['storage'], 'getDatabase'>;

/** A project is locked, or opened, by those who may change its jobs. */
export async function allowDatabases(
  storage: Catalogue,
  principal: Principal,
  names: Iterable<string>,
): Promise<void> {
  const everywhere = principal.grants.filter(({ project }) => project === null);
  if (mayDo(everywhere, 'job.write', null)) return;
  for (const name of new Set(names)) {
    const { kind } = await storage.getDatabase({ name });
    if (kind === 'project') allow(principal, 'job.write', name);
  }
}

/** Those of these locks that are not on projects which may not be read; without the names of jobs of such. */
export async function visibleLocks(
  storage: Catalogue,
  principal: Principal,
  records: readonly LockRecord[],
): Promise<readonly LockRecord[]> {
  const projects = readable(principal);
  if (projects === null) return records;
  const hidden = new Set<string>();
  const roots = new Set(records.flatMap(rootsOf));
  for (const name of roots) if (await isHidden(storage, name, projects)) hidden.add(name);
  return records
    .filter((record) => !rootsOf(record).some((name) => hidden.has(name)))
    .map((record) => ({ ...record, holder: masked(principal, record.holder) }));
}

function rootsOf({ locks }: LockRecord): readonly string[] {
  return locks.map(({ path }) => databaseOf(path));
}

async function isHidden(storage: Catalogue, name: string, projects: readonly string[]): Promise<boolean> {
  if (projects.includes(name)) return false;
  try {
    return (await storage.getDatabase({ name })).kind === 'project';
  } catch (error) {
    // Removed since.
    if (error instanceof Fault && error.code === 'database_unknown') return true;
    throw error;
  }
}

function masked(principal: Principal, holder: LockHolder): LockHolder {
  if (holder.kind !== 'job' || holder.ref === '' || mayReadRef(principal, holder.ref)) return holder;
  return { ...holder, ref: '', progress: null };
}

/** For refusals that name those in the way. */
export function hideForeignHolders(principal: Principal): (error: unknown) => never {
  return (error) => {
    const { holders, position } = (error instanceof Fault ? error.said.facts : undefined) ?? {};
    if (!(error instanceof Fault) || !Array.isArray(holders) || typeof position !== 'number') throw error;
    const shown = holders.filter(isInTheWay).map((holder) => {
      if (holder.ref === undefined || mayReadRef(principal, holder.ref)) return holder;
      const { ref: _, progress: __, ...rest } = holder;
      return rest;
    });
    throw new Fault(error.code, saidOf(shown, position));
  };
}
