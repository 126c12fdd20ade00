/** Sessions as the suite plays them, and a catalogue for them to work with. */
import assert from 'node:assert/strict';
import type { Enforcement } from '../../src/core/catalogue/enforcement.ts';
import type { FaultCode } from '../../src/core/faults.ts';
import { checkLocks, readLockWish, writeLockWish } from '../../src/core/locks/wishes.ts';
import type { DatabaseRecord, NewDatabase } from '../../src/ports/records/catalogue.ts';
import type { LockRecord, NewSession, SessionNotice, SessionRecord } from '../../src/ports/records/locks.ts';
import type { Actor } from '../../src/ports/storage.ts';
import { ada, faultOf, type Lab } from './lab.ts';

export const root: Actor = { principal: 'root' };

export const newSession: NewSession = {
  name: 'shell',
  host: 'node07',
  pid: 4242,
  leaseMs: 30_000,
  idleMs: null,
  databases: [],
  forOneLock: false,
};

export class LabSession {
  readonly id: number;
  readonly by: Actor;
  readonly #lab: Lab;

  private constructor(lab: Lab, { id, principal }: SessionRecord) {
    this.#lab = lab;
    this.id = id;
    this.by = { principal };
  }

  static async open(lab: Lab, said: Partial<NewSession> & { principal?: string } = {}): Promise<LabSession> {
    const { principal = ada.principal, ...more } = said;
    const session = { ...newSession, ...more };
    return new LabSession(lab, await lab.storage.openSession({ by: { principal }, session }));
  }

  /** Asks for a set, written as on a command line, and does not wait. */
  take(...written: readonly string[]): Promise<LockRecord> {
    return this.#acquire(written, false, null);
  }

  /** Asks for a set and waits for it. */
  wait(...written: readonly string[]): Promise<LockRecord> {
    return this.#acquire(written, true, null);
  }

  waitFor(waitMs: number, ...written: readonly string[]): Promise<LockRecord> {
    return this.#acquire(written, true, waitMs);
  }

  #acquire(written: readonly string[], wait: boolean, waitMs: number | null): Promise<LockRecord> {
    const locks = checkLocks(
      written.map((each) => readLockWish(each, 'lock')),
      'locks',
    );
    return this.#lab.storage.acquireLocks({ by: this.by, session: this.id, locks, wait, waitMs });
  }

  /** What became of the releases, in words: `released`, or why not. */
  async release(...locks: readonly LockRecord[]): Promise<readonly string[]> {
    const named = locks.map(({ ticket, epoch }) => ({ ticket, epoch: epoch ?? 0 }));
    const results = await this.#lab.storage.releaseLocks({ by: this.by, locks: named });
    assert.deepEqual(
      results.map(({ ticket }) => ticket),
      named.map(({ ticket }) => ticket),
    );
    return results.map(({ released, code }) => (released ? 'released' : String(code)));
  }

  change(lock: LockRecord, written: string): Promise<LockRecord> {
    const { path, mode } = readLockWish(written, 'lock');
    const named = { ticket: lock.ticket, epoch: lock.epoch ?? 0 };
    return this.#lab.storage.changeLock({ by: this.by, lock: named, path, mode });
  }

  async renew(used = false): Promise<readonly SessionNotice[]> {
    const { notices } = await this.#lab.storage.renewSession({
      principal: this.by.principal,
      session: this.id,
      used,
    });
    return notices;
  }

  open(...databases: readonly string[]): Promise<SessionRecord> {
    return this.#lab.storage.openDatabases({ by: this.by, session: this.id, open: databases, leave: [] });
  }

  leave(...databases: readonly string[]): Promise<SessionRecord> {
    return this.#lab.storage.openDatabases({ by: this.by, session: this.id, open: [], leave: databases });
  }

  end(text: string | null = null, by: Actor = this.by): Promise<SessionRecord> {
    return this.#lab.storage.endSession({ by, session: this.id, text });
  }

  async record(): Promise<SessionRecord> {
    const { items } = await this.#lab.storage.listSessions({ ended: true, limit: 1_000 });
    const found = items.find(({ id }) => id === this.id);
    assert.ok(found, `session ${this.id} is listed`);
    return found;
  }
}

export async function openThree(lab: Lab): Promise<readonly [LabSession, LabSession, LabSession]> {
  return [await LabSession.open(lab), await LabSession.open(lab), await LabSession.open(lab)];
}

/** One session that holds embl exclusive, and another that waits for it. */
export async function heldAndAwaited(
  lab: Lab,
  wanted: 'embl:shared' | 'embl:exclusive',
): Promise<{
  readonly holder: LabSession;
  readonly waiter: LabSession;
  readonly held: LockRecord;
  readonly waiting: LockRecord;
}> {
  await addDatabases(lab, 'embl');
  const [holder, waiter] = [await LabSession.open(lab), await LabSession.open(lab)];
  const held = await holder.take('embl:exclusive');
  return { holder, waiter, held, waiting: await waiter.wait(wanted) };
}

/** A lock that was never given. */
export function neverGiven(lock: LockRecord): LockRecord {
  return { ...lock, ticket: lock.ticket + 99 };
}

/** The same under an epoch before its own. */
export function ofBefore(lock: LockRecord): LockRecord {
  return { ...lock, epoch: (lock.epoch ?? 0) - 1 };
}

/** Databases of these names, on, of kind bank. */
export async function addDatabases(lab: Lab, ...names: readonly string[]): Promise<void> {
  for (const name of names) await addDatabase(lab, { name });
}

export function addDatabase(
  lab: Lab,
  said: Partial<NewDatabase> & { readonly name: string },
): Promise<DatabaseRecord> {
  const plain = { kind: 'bank', tag: null, description: '', settings: {}, release: null } as const;
  const database: NewDatabase = { ...plain, declaredIn: null, state: 'on', ...said };
  return lab.storage.addDatabase({ by: root, database });
}

export function closeDatabase(
  lab: Lab,
  name: string,
  said: {
    readonly graceMs?: number;
    readonly reason?: string;
    readonly until?: number;
    readonly enforcement?: Enforcement;
  } = {},
): Promise<DatabaseRecord> {
  const { graceMs = 0, reason = null, until = null, enforcement = null } = said;
  return lab.storage.closeDatabase({ by: root, name, reason, until, graceMs, enforcement });
}

export function reopenDatabase(
  lab: Lab,
  name: string,
  release: string | null = null,
): Promise<DatabaseRecord> {
  return lab.storage.reopenDatabase({ by: root, name, release });
}

/** Where a request stands, in one word such as `granted`, `waiting 2`, or `lock_unknown`. */
export async function stateOf(lab: Lab, { ticket }: Pick<LockRecord, 'ticket'>): Promise<string> {
  const found = await lab.storage.getLock({ ticket }).catch((error: { code?: FaultCode }) => error.code);
  if (typeof found !== 'object') return String(found);
  return found.state === 'granted' ? 'granted' : `waiting ${found.position}`;
}

export function statesOf(lab: Lab, ...locks: readonly LockRecord[]): Promise<readonly string[]> {
  return Promise.all(locks.map((lock) => stateOf(lab, lock)));
}

/** A request as it is now. */
export function lockNow(lab: Lab, { ticket }: Pick<LockRecord, 'ticket'>): Promise<LockRecord> {
  return lab.storage.getLock({ ticket });
}

export function written({ locks }: LockRecord): readonly string[] {
  return locks.map(writeLockWish);
}

export async function isHeld(lab: Lab, epoch: number | null, wish: string): Promise<boolean> {
  assert.ok(epoch !== null, 'only what was granted has an epoch');
  const { held } = await lab.storage.checkLock({ ...readLockWish(wish, 'lock'), epoch });
  return held;
}

/** Asserts that a set is refused because of these requests, and gives the facts of the refusal. */
export async function refusedFor(
  code: 'lock_conflict' | 'lock_upgrade_conflict',
  lab: Lab,
  act: () => Promise<unknown>,
  ...holders: readonly LockRecord[]
): Promise<Readonly<Record<string, unknown>>> {
  const fault = await lab.refuses(code, act);
  const { facts = {} } = fault.said;
  const named = facts.holders;
  assert.ok(Array.isArray(named), 'the refusal names who is in the way');
  assert.deepEqual(
    named.map(({ ticket }: { ticket: number }) => ticket),
    holders.map(({ ticket }) => ticket),
  );
  return facts;
}

/** The code with which an act is refused. */
export async function codeOf(act: () => Promise<unknown>): Promise<FaultCode> {
  return (await faultOf(act)).code;
}

/** Types of the events of an act, with their database: `database.closed embl`. */
export async function told(lab: Lab, act: () => Promise<unknown>): Promise<readonly string[]> {
  const events = await lab.eventsOf(act);
  return events.map(({ type, database }) => (database === null ? type : `${type} ${database}`));
}
