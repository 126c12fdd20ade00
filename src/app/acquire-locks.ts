import { Fault } from '../core/faults.ts';
import { checkInteger } from '../core/jobs/specify.ts';
import { saidOf } from '../core/locks/in-the-way.ts';
import { databaseOf } from '../core/locks/paths.ts';
import { checkLocks, type LockWish } from '../core/locks/wishes.ts';
import type { LockRecord } from '../ports/records/locks.ts';
import type { Actor } from '../ports/storage.ts';
import { allow, refuseAttempts } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import { allowDatabases, hideForeignHolders } from './foreign-locks.ts';
import type { LockWaits } from './lock-waits.ts';
import { checkSession } from './sessions.ts';
import type { World } from './world.ts';

export interface AcquireLocks {
  readonly locks: readonly LockWish[];
  /** Not at all; as long as the session lives; or so long (ms). */
  readonly wait: boolean | number;
  /** Without one, a session is opened for this lock alone. */
  readonly session?: number | undefined;
  /** Of the session that is opened. */
  readonly name?: string | undefined;
  readonly leaseMs?: number | undefined;
}

export const lockWaitMsMax = 30 * 86_400_000;
/** An answer comes after so long at most, also when the request waits still. */
export const lockPollMsMax = 30_000;
/** Until a wait that is over has been taken back by the sweep of some server. */
const sweepMsMax = 3_000;
const holdersMax = 20;

export function acquireLocks(world: World, waits: LockWaits) {
  const { storage } = world;
  const goOn = awaitLock(world, waits);

  return async (caller: Caller, request: AcquireLocks, gone?: AbortSignal): Promise<LockRecord> => {
    refuseAttempts(caller.principal, 'ask for locks');
    allow(caller.principal, 'database.use', null);
    const locks = checkLocks(request.locks, 'locks');
    await allowDatabases(
      storage,
      caller.principal,
      locks.map(({ path }) => databaseOf(path)),
    );
    return acquire(actorOf(caller), locks, request, gone).catch(hideForeignHolders(caller.principal));
  };

  async function acquire(
    by: Actor,
    locks: readonly LockWish[],
    request: AcquireLocks,
    gone?: AbortSignal,
  ): Promise<LockRecord> {
    const { wait } = request;
    if (typeof wait === 'number') checkInteger(wait, 'wait', 0, lockWaitMsMax);
    const waitMs = typeof wait === 'number' ? wait : null;
    const waiting = { locks, wait: wait !== false && wait !== 0, waitMs };
    if (waiting.wait) waits.checkRoom();
    if (request.session !== undefined) {
      refuseOthers(request);
      const record = await storage.acquireLocks({ by, session: request.session, ...waiting });
      return goOn(record, lockPollMsMax, gone);
    }
    const opened = checkSession({ name: request.name ?? 'lock', leaseMs: request.leaseMs }, true);
    const { id: session } = await storage.openSession({ by: forSession(by), session: opened });
    const record = await acquireOrEnd(by, session, () => storage.acquireLocks({ by, session, ...waiting }));
    // Soon enough that whoever asked can renew it.
    return goOn(record, Math.min(lockPollMsMax, opened.leaseMs / 2), gone);
  }

  /**
   * A session that was opened for what is refused is of no use to anybody. Where the storage fell silent the locks may
   * have been granted: whoever asks again is told so, and must then hold them.
   */
  async function acquireOrEnd(
    { principal }: Actor,
    session: number,
    acquire: () => Promise<LockRecord>,
  ): Promise<LockRecord> {
    try {
      return await acquire();
    } catch (error) {
      if (error instanceof Fault && error.code !== 'storage_unavailable')
        await storage.endSession({ by: { principal }, session, text: null });
      throw error;
    }
  }
}

function refuseOthers({ name, leaseMs }: AcquireLocks): void {
  const field = name === undefined ? (leaseMs === undefined ? null : 'leaseMs') : 'name';
  if (field !== null)
    throw new Fault('invalid_field', { field, found: name ?? leaseMs, expected: 'nothing beside session' });
}

/** The opening of a session is an act of its own, which is repeated on its own. */
function forSession(by: Actor): Actor {
  const { idempotency } = by;
  if (idempotency === undefined) return by;
  return { ...by, idempotency: { ...idempotency, route: `${idempotency.route} session` } };
}

/** Goes on waiting for a request, and says why when it is gone. */
export function awaitLock({ storage, clock, chance }: World, waits: LockWaits) {
  return async (record: LockRecord, forMs: number, gone?: AbortSignal): Promise<LockRecord> => {
    if (record.state === 'granted') return record;
    let last = record;
    const look = async (): Promise<LockRecord> => {
      last = await storage.getLock({ ticket: record.ticket });
      return last;
    };
    try {
      const granted = await waits.untilGranted(record.ticket, pollMs(record, forMs), look, gone);
      return granted ?? (gone?.aborted === true ? last : await look());
    } catch (error) {
      if (error instanceof Fault && error.code === 'lock_unknown') throw await whyGone(last, error);
      throw error;
    }
  };

  /** A wait that is nearly over is waited for to its end, so that its end is told here. */
  function pollMs({ waitUntil }: LockRecord, forMs: number): number {
    const leftMs = waitUntil === null ? Number.POSITIVE_INFINITY : Math.max(0, waitUntil - clock.now());
    if (leftMs <= forMs) return leftMs + sweepMsMax;
    // So that those who came together do not come back together.
    return forMs * (1 - chance.next() / 5);
  }

  async function whyGone(last: LockRecord, unknown: Fault): Promise<Fault> {
    if (last.holder.kind !== 'session') return unknown;
    const { ended, forOneLock } = await storage.getSession({ session: last.holder.session });
    if (ended !== null && !(forOneLock && ended.reason === 'closed'))
      return new Fault('session_ended', { facts: { reason: ended.reason, text: ended.text } });
    const isOver = last.waitUntil !== null && clock.now() + sweepMsMax >= last.waitUntil;
    return isOver ? new Fault('lock_timeout', saidOf(await inTheWay(last), last.position)) : unknown;
  }

  async function inTheWay({ waitsFor }: LockRecord) {
    const found = [];
    for (const ticket of waitsFor.slice(0, holdersMax)) {
      const record = await knownLock(storage, ticket);
      if (record !== null) found.push({ ticket, state: record.state, ...record.holder });
    }
    return found;
  }
}

/** Null for one that is gone. */
export async function knownLock(storage: World['storage'], ticket: number): Promise<LockRecord | null> {
  try {
    return await storage.getLock({ ticket });
  } catch (error) {
    if (error instanceof Fault && error.code === 'lock_unknown') return null;
    throw error;
  }
}
