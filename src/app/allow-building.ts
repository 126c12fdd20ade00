/**
 * Who makes releases: managers, and the attempt of a job that one of them submitted with the lock of builders. So the
 * account that runs such a job needs no right of its own, and the right ends with the attempt.
 */
import { mayDo, type Principal } from '../core/access/roles.ts';
import { buildPath } from '../core/catalogue/releases.ts';
import { Fault } from '../core/faults.ts';
import { databaseOf } from '../core/locks/paths.ts';
import type { LockWish } from '../core/locks/wishes.ts';
import { allow } from './access.ts';
import type { World } from './world.ts';

type Storage = Pick<World['storage'], 'getDatabase' | 'getJob' | 'checkLock'>;

/** Refuses jobs that are to make releases, unless they come from somebody who may. */
export async function allowBuilders(
  storage: Storage,
  principal: Principal,
  locks: readonly LockWish[],
): Promise<void> {
  if (mayDo(principal.grants, 'database.manage', null)) return;
  for (const { path, mode } of locks) {
    if (mode !== 'exclusive' || path !== buildPath(databaseOf(path))) continue;
    if ((await kindOf(storage, databaseOf(path))) === 'files') allow(principal, 'database.manage', null);
  }
}

/** Refuses whoever may not make releases of a database; `epoch` is that of the lock, where the act names it. */
export async function allowBuilding(
  storage: Storage,
  principal: Principal,
  { database, epoch = null }: { readonly database: string; readonly epoch?: number | null },
): Promise<void> {
  if (mayDo(principal.grants, 'database.manage', null)) return;
  if (!(await isBuilder(storage, principal, database, epoch))) allow(principal, 'database.manage', null);
}

async function isBuilder(
  storage: Storage,
  { attempt }: Principal,
  database: string,
  epoch: number | null,
): Promise<boolean> {
  if (attempt === null || (epoch !== null && epoch !== attempt.epoch)) return false;
  const path = buildPath(database);
  const { document, createdAt } = await storage.getJob(attempt);
  const asked = (document.locks ?? []).some((lock) => lock.path === path && lock.mode === 'exclusive');
  // Another database may have had the name when the job was submitted, one that anybody may build.
  if (!asked || createdAt < (await storage.getDatabase({ name: database })).createdAt) return false;
  return (await storage.checkLock({ path, mode: 'exclusive', epoch: attempt.epoch })).held;
}

/** Null for a name that is none: the refusal of that is another. */
async function kindOf(storage: Storage, name: string): Promise<string | null> {
  try {
    return (await storage.getDatabase({ name })).kind;
  } catch (error) {
    if (error instanceof Fault && error.code === 'database_unknown') return null;
    throw error;
  }
}
