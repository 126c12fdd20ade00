import { Fault } from '../../../core/faults.ts';
import type { InTheWay } from '../../../core/locks/in-the-way.ts';
import { type LockWish, readLockWish } from '../../../core/locks/wishes.ts';
import type {
  LockClaimed,
  LockRecord,
  SessionRecord,
  LockHolder as StoredHolder,
  SessionNotice as StoredNotice,
} from '../../../ports/records/locks.ts';
import type { Lock, LockHolder } from '../schemas/locks.ts';
import type { Session, SessionNotice } from '../schemas/sessions.ts';
import { timeText, timeTextOrNull } from './times.ts';

/** Sessions and locks are numbered by one counter; the wire has the number in base 36, opaque to clients. */
export function writeId(id: number): string {
  return id.toString(36);
}

export function readSession(text: string): number {
  return readId(text) ?? refuse('session_unknown', 'session', text);
}

export function readLock(text: string, field = 'lock'): number {
  return readId(text) ?? refuse('lock_unknown', field, text);
}

function readId(text: string): number | null {
  const id = /^[0-9a-z]{1,11}$/.test(text) ? Number.parseInt(text, 36) : Number.NaN;
  return Number.isSafeInteger(id) ? id : null;
}

function refuse(code: 'session_unknown' | 'lock_unknown', field: string, found: string): never {
  throw new Fault(code, { field, found });
}

export function readLocks(locks: readonly { lock: string; epoch: number }[]): readonly LockClaimed[] {
  return locks.map(({ lock, epoch }, index) => ({ ticket: readLock(lock, `locks[${index}].lock`), epoch }));
}

/** A set of locks as it is posted: with modes apart, or as on a command line. */
export function readWishes(locks: readonly (string | LockWish)[]): readonly LockWish[] {
  return locks.map((wish, index) =>
    typeof wish === 'string' ? readLockWish(wish, `locks[${index}]`) : wish,
  );
}

export function presentSession({ id, ended, ...it }: SessionRecord): Session {
  return {
    session: writeId(id),
    principal: it.principal,
    name: it.name,
    host: it.host,
    pid: it.pid,
    openedAt: timeText(it.openedAt),
    usedAt: timeText(it.usedAt),
    leaseMs: it.leaseMs,
    leaseEndsAt: timeText(it.leaseEndsAt),
    idleMs: it.idleMs,
    databases: [...it.databases],
    forOneLock: it.forOneLock,
    ended: ended === null ? null : { at: timeText(ended.at), reason: ended.reason, text: ended.text },
  };
}

export function presentNotice({ database, reason, closesAt, until }: StoredNotice): SessionNotice {
  return { database, reason, closesAt: timeText(closesAt), until: timeTextOrNull(until) };
}

export function presentLock(it: LockRecord): Lock {
  return {
    lock: writeId(it.ticket),
    state: it.state,
    locks: [...it.locks],
    epoch: it.epoch,
    requestedAt: timeText(it.requestedAt),
    grantedAt: timeTextOrNull(it.grantedAt),
    waitUntil: timeTextOrNull(it.waitUntil),
    leaseEndsAt: timeTextOrNull(it.leaseEndsAt),
    holder: presentHolder(it.holder),
    asleep: it.asleep,
    waitsFor: it.waitsFor.map(writeId),
    position: it.position,
  };
}

/** One of those that a refusal names. */
export function presentInTheWay({ ticket, session, ref, until, ...it }: InTheWay): object {
  return {
    lock: writeId(ticket),
    ...it,
    ...(session === undefined ? {} : { session: writeId(session) }),
    ...(ref === undefined ? {} : { job: ref }),
    ...(until === undefined ? {} : { until: timeTextOrNull(until) }),
  };
}

export function presentHolder(holder: StoredHolder): LockHolder {
  switch (holder.kind) {
    case 'session':
      return { ...holder, session: writeId(holder.session) };
    case 'job': {
      const { ref, ...rest } = holder;
      return ref === '' ? rest : { ...rest, job: ref };
    }
    case 'closure':
      return { ...holder, until: timeTextOrNull(holder.until) };
  }
}
