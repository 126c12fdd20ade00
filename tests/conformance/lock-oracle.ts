/**
 * What locks must be, from first principles: two locks exclude each other when one is exclusive and one lies in the
 * other; nobody holds what another’s lock excludes; nobody passes whoever came before; a set is had whole or not at all;
 * the dead hold nothing; whoever can have what it waits for has it.
 */
import assert from 'node:assert/strict';
import type { LockWish } from '../../src/core/locks/wishes.ts';

export interface KnownRequest {
  readonly ticket: number;
  /** The session, or the database that is closed. */
  readonly owner: number | string;
  wishes: readonly LockWish[];
  granted: boolean;
  readonly waitUntil: number | null;
}

export interface KnownSession {
  readonly id: number;
  readonly leaseMs: number;
  readonly idleMs: number | null;
  leaseEndsAt: number;
  usedAt: number;
  readonly open: Set<string>;
  /** Why it may have ended: in one sweep several reasons may be true. */
  ended: readonly string[] | null;
}

export interface KnownDatabase {
  readonly name: string;
  state: 'on' | 'closing' | 'closed' | 'off';
  graceEndsAt: number;
}

export class LockOracle {
  /** In the order of arrival. */
  requests: KnownRequest[] = [];
  readonly sessions: KnownSession[] = [];
  readonly databases: readonly KnownDatabase[];

  constructor(names: readonly string[]) {
    this.databases = names.map((name) => ({ name, state: 'on', graceEndsAt: 0 }));
  }

  database(name: string): KnownDatabase {
    const found = this.databases.find((database) => database.name === name);
    assert.ok(found, name);
    return found;
  }

  /** Why the first of these databases cannot be entered; null if all can. */
  shut(names: readonly string[]): string | null {
    const first = names.map((name) => this.database(name).state).find((state) => state !== 'on');
    if (first === undefined) return null;
    return first === 'off' ? 'database_off' : 'database_closed';
  }

  use(session: KnownSession, now: number): void {
    session.usedAt = now;
    session.leaseEndsAt = now + session.leaseMs;
  }

  ownedBy(owner: number | string): readonly KnownRequest[] {
    return this.requests.filter((request) => request.owner === owner);
  }

  /** How a session that asks for a set is answered: `granted`, `waiting`, or why not. */
  answerTo(session: KnownSession, wishes: readonly LockWish[], wait: boolean): string {
    if (session.ended !== null) return 'session_ended';
    const shut = this.shut([...new Set(wishes.map(({ path }) => rootOf(path)))]);
    if (shut !== null) return shut;
    const own = this.ownedBy(session.id);
    if (own.some((request) => excludes(request.wishes, wishes))) return 'lock_conflict';
    if (!this.requests.some((request) => excludes(request.wishes, wishes))) return 'granted';
    if (!wait) return 'lock_conflict';
    return own.length > 0 ? 'deadlock_avoided' : 'waiting';
  }

  /** Those for whom a waiting request waits: all holders, and all that came before it. */
  waitsFor(request: KnownRequest): readonly KnownRequest[] {
    if (request.granted) return [];
    const place = this.requests.indexOf(request);
    return this.requests.filter(
      (other, index) =>
        other !== request && (other.granted || index < place) && excludes(other.wishes, request.wishes),
    );
  }

  mayHave(request: KnownRequest): boolean {
    const roots = request.wishes.map(({ path }) => rootOf(path));
    if (roots.some((name) => this.database(name).state === 'off')) return false;
    const isEntered = this.sessions.some(
      ({ open, ended }) => ended === null && open.has(String(request.owner)),
    );
    return !isEntered && this.waitsFor(request).length === 0;
  }

  mayBecomeExclusive(request: KnownRequest, wishes: readonly LockWish[]): boolean {
    return !this.requests.some(
      (other) => other !== request && other.granted && excludes(other.wishes, wishes),
    );
  }

  end(session: KnownSession, ...reasons: readonly string[]): void {
    session.ended = reasons;
    session.open.clear();
    this.requests = this.requests.filter(({ owner }) => owner !== session.id);
  }

  /** Ends all who are in a database whose grace is over. */
  endGrace({ name }: KnownDatabase): void {
    for (const session of this.sessions)
      if (session.ended === null && this.#isIn(session, name)) this.end(session, 'database_closed');
  }

  #isIn(session: KnownSession, name: string): boolean {
    const locked = this.ownedBy(session.id).flatMap(({ wishes }) => wishes.map(({ path }) => rootOf(path)));
    return session.open.has(name) || locked.includes(name);
  }

  /** Time has acted; nobody could renew during `silence`. */
  sweep(now: number, silence: number): void {
    // What waits no longer is in no database any more.
    this.requests = this.requests.filter(
      ({ granted, waitUntil }) => granted || waitUntil === null || waitUntil > now,
    );
    const alive = this.sessions.filter(({ ended }) => ended === null);
    for (const session of alive) {
      session.leaseEndsAt += silence;
      session.usedAt += silence;
    }
    const over = this.databases.filter(({ state, graceEndsAt }) => state === 'closing' && graceEndsAt <= now);
    const ends = alive.map((session) => {
      const reasons = [];
      if (session.leaseEndsAt <= now) reasons.push('lease_lost');
      if (session.idleMs !== null && session.usedAt + session.idleMs <= now) reasons.push('idle');
      if (over.some(({ name }) => this.#isIn(session, name))) reasons.push('database_closed');
      return { session, reasons };
    });
    for (const { session, reasons } of ends) if (reasons.length > 0) this.end(session, ...reasons);
  }

  /** Gives whoever waits what it may have, until nobody is left who may. */
  settle(): void {
    for (;;) {
      const next = this.requests.find((request) => !request.granted && this.mayHave(request));
      if (next === undefined) return;
      next.granted = true;
      if (typeof next.owner === 'string') this.database(next.owner).state = 'closed';
    }
  }
}

export function rootOf(path: string): string {
  return path.split('/')[0] ?? '';
}

function excludes(some: readonly LockWish[], others: readonly LockWish[]): boolean {
  return some.some((one) =>
    others.some(
      (other) =>
        (one.mode === 'exclusive' || other.mode === 'exclusive') &&
        (isWithin(one.path, other.path) || isWithin(other.path, one.path)),
    ),
  );
}

function isWithin(inner: string, outer: string): boolean {
  return `${inner}/`.startsWith(`${outer}/`);
}
