import { Fault, type FaultCode } from '../core/faults.ts';
import { checkInteger } from '../core/jobs/specify.ts';
import { checkLockPath } from '../core/locks/paths.ts';
import type { LockWish } from '../core/locks/wishes.ts';
import type { LockClaimed, LockRecord, SessionNotice } from '../ports/records/locks.ts';
import type { Page } from '../ports/storage.ts';
import { allow, refuseAttempts } from './access.ts';
import { awaitLock, knownLock, lockPollMsMax } from './acquire-locks.ts';
import { actorOf, type Caller } from './caller.ts';
import { restoreGrants } from './enforce-closures.ts';
import { hideForeignHolders, visibleLocks } from './foreign-locks.ts';
import type { LockWaits } from './lock-waits.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export function getLock(world: World, waits: LockWaits) {
  const goOn = awaitLock(world, waits);
  return async (caller: Caller, ticket: number, waitMs: number, gone?: AbortSignal): Promise<LockRecord> => {
    refuseAttempts(caller.principal, 'see locks');
    allow(caller.principal, 'server.read', null);
    checkInteger(waitMs, 'waitMs', 0, lockPollMsMax);
    const { principal } = caller;
    const show = async (record: LockRecord): Promise<LockRecord> => {
      const [shown] = await visibleLocks(world.storage, principal, [record]);
      if (shown === undefined) throw new Fault('lock_unknown', { field: 'lock', found: ticket.toString(36) });
      return shown;
    };
    const record = await show(await world.storage.getLock({ ticket }));
    if (waitMs === 0) return record;
    waits.checkRoom();
    return show(await goOn(record, waitMs, gone).catch(hideForeignHolders(principal)));
  };
}

export function listLocks({ storage }: World) {
  return async (
    caller: Caller,
    { path, ...page }: PageRequest & { readonly path: string | null },
  ): Promise<Page<LockRecord>> => {
    refuseAttempts(caller.principal, 'list locks');
    allow(caller.principal, 'server.read', null);
    const asked = path === null ? null : checkLockPath(path, 'path');
    const found = await storage.listLocks({ path: asked, ...pageOf(page) });
    return { ...found, items: await visibleLocks(storage, caller.principal, found.items) };
  };
}

export interface LocksRenewed {
  /** The shortest lease; null when all are lost. */
  readonly leaseMs: number | null;
  /** Those that are not the caller’s any more under these epochs. */
  readonly lost: readonly number[];
  readonly notices: readonly SessionNotice[];
}

/** Renews the sessions of these locks. */
export function renewLocks({ storage }: World) {
  return async (caller: Caller, locks: readonly LockClaimed[]): Promise<LocksRenewed> => {
    refuseAttempts(caller.principal, 'renew locks');
    allow(caller.principal, 'database.use', null);
    const principal = caller.principal.name;
    const lost: number[] = [];
    const bySession = new Map<number, number[]>();
    for (const claimed of locks) {
      const session = sessionOf(await knownLock(storage, claimed.ticket), claimed, principal);
      if (session === null) lost.push(claimed.ticket);
      else bySession.set(session, [...(bySession.get(session) ?? []), claimed.ticket]);
    }
    const notices: SessionNotice[] = [];
    let leaseMs: number | null = null;
    for (const [session, tickets] of bySession) {
      const renewed = await renewOrNull(() => storage.renewSession({ principal, session, used: false }));
      if (renewed === null) {
        lost.push(...tickets);
        continue;
      }
      leaseMs = Math.min(leaseMs ?? renewed.leaseMs, renewed.leaseMs);
      notices.push(...renewed.notices);
    }
    return { leaseMs, lost, notices };
  };
}

/** The session of a lock that is still this principal’s, under this epoch; 0 for one that waited when it was asked. */
function sessionOf(record: LockRecord | null, { epoch }: LockClaimed, principal: string): number | null {
  if (record === null || record.holder.kind !== 'session' || record.holder.principal !== principal)
    return null;
  return epoch === 0 || record.epoch === epoch ? record.holder.session : null;
}

async function renewOrNull<T>(renew: () => Promise<T>): Promise<T | null> {
  try {
    return await renew();
  } catch (error) {
    if (error instanceof Fault && (error.code === 'session_ended' || error.code === 'session_unknown'))
      return null;
    throw error;
  }
}

export function releaseLocks({ storage }: World) {
  return async (
    caller: Caller,
    locks: readonly LockClaimed[],
  ): Promise<
    readonly { readonly ticket: number; readonly released: boolean; readonly code: FaultCode | null }[]
  > => {
    refuseAttempts(caller.principal, 'release locks');
    allow(caller.principal, 'database.use', null);
    return storage.releaseLocks({ by: actorOf(caller), locks });
  };
}

export function changeLock({ storage }: World) {
  return async (
    caller: Caller,
    request: { readonly lock: LockClaimed; readonly path: string; readonly mode: LockWish['mode'] },
  ): Promise<LockRecord> => {
    refuseAttempts(caller.principal, 'change locks');
    allow(caller.principal, 'database.use', null);
    const { lock, mode } = request;
    const path = checkLockPath(request.path, 'path');
    return storage
      .changeLock({ by: actorOf(caller), lock, path, mode })
      .catch(hideForeignHolders(caller.principal));
  };
}

export function breakLock(world: World) {
  const { storage } = world;
  return async (caller: Caller, ticket: number): Promise<LockRecord> => {
    refuseAttempts(caller.principal, 'break locks');
    allow(caller.principal, 'database.manage', null);
    await giveBackWhatIsBroken(world, ticket);
    return storage.breakLock({ by: actorOf(caller), ticket });
  };
}

/** Also for the program of a job, which asks for its attempt’s epoch before it writes. */
export function checkLock({ storage }: World) {
  return async (
    caller: Caller,
    { path, mode, epoch }: LockWish & { readonly epoch: number },
  ): Promise<{ readonly held: boolean }> => {
    allow(caller.principal, 'server.read', null);
    return storage.checkLock({ path: checkLockPath(path, 'path'), mode, epoch });
  };
}

/** A closure can be broken also when its PostgreSQL is away for ever: then what it took stays written there. */
async function giveBackWhatIsBroken(world: World, ticket: number): Promise<void> {
  const lock = await knownLock(world.storage, ticket);
  // One that is gone may have been broken by this very request, which then is answered as it was.
  if (lock?.holder.kind !== 'closure') return;
  const { holder } = lock;
  try {
    await restoreGrants(world, await world.storage.getDatabase({ name: holder.database }));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    world.log?.error({ error, database: holder.database }, 'roles are still kept out of a database');
  }
}
