import type { FaultCode } from '../../core/faults.ts';
import type { LockHolder } from '../../core/locks/holder.ts';
import type { LockWish } from '../../core/locks/wishes.ts';
import type { Actor, Page } from '../storage.ts';

export type { LockHolder };

/** One client’s presence. It counts as alive until its lease ends; what it holds and waits for ends with it. */
export interface SessionRecord {
  readonly id: number;
  readonly principal: string;
  /** What it calls itself, for others to read. */
  readonly name: string;
  readonly host: string | null;
  readonly pid: number | null;
  readonly openedAt: number;
  /** When it last did something else than renew itself. */
  readonly usedAt: number;
  readonly leaseMs: number;
  readonly leaseEndsAt: number;
  /** It is ended after so long without use; null: never. */
  readonly idleMs: number | null;
  /** The databases that it has open, by name. */
  readonly databases: readonly string[];
  /** It was opened for one lock alone, and ends when that is released or taken back. */
  readonly forOneLock: boolean;
  /** Null while it is open. */
  readonly ended: { readonly at: number; readonly reason: SessionEnd; readonly text: string | null } | null;
}

export const sessionEnds = [
  'closed',
  'lease_lost',
  'idle',
  'ended_by_manager',
  'database_closed',
  'restored',
] as const;
export type SessionEnd = (typeof sessionEnds)[number];

export interface NewSession {
  readonly name: string;
  readonly host: string | null;
  readonly pid: number | null;
  readonly leaseMs: number;
  readonly idleMs: number | null;
  readonly databases: readonly string[];
  readonly forOneLock: boolean;
}

/** A database that closes, and that a session has open, holds or waits for: it should leave. */
export interface SessionNotice {
  readonly database: string;
  readonly reason: string | null;
  /** When it will be closed. */
  readonly closesAt: number;
  /** When it is said to be open again. */
  readonly until: number | null;
}

/** One request, granted or waiting. */
export interface LockRecord {
  /** Names the request, and is its place in the order of arrival. */
  readonly ticket: number;
  readonly state: 'waiting' | 'granted';
  readonly locks: readonly LockWish[];
  /** Given with the grant; larger than any that was given before. */
  readonly epoch: number | null;
  readonly requestedAt: number;
  readonly grantedAt: number | null;
  /** Until when it waits at most; null for one that is granted, or waits as long as it lives. */
  readonly waitUntil: number | null;
  /** Until when it lives without a renewal; null for what has no lease of its own. */
  readonly leaseEndsAt: number | null;
  readonly holder: LockHolder;
  /** Of waiting jobs, that no connected worker may run: they keep their place and block nobody. */
  readonly asleep: boolean;
  /** Tickets of those whom it waits for. */
  readonly waitsFor: readonly number[];
  /** 1 for the first of those that wait for the same; 0 when granted. */
  readonly position: number;
}

export interface LockClaimed {
  readonly ticket: number;
  readonly epoch: number;
}

export interface LockStorage {
  /** Opens a session; refused when a database that it opens is unknown, off, closing or closed. */
  openSession(params: { readonly by: Actor; readonly session: NewSession }): Promise<SessionRecord>;
  /**
   * Extends the lease, and notes a use when `used`. Refused as `session_ended`, with the reason, for one that has ended.
   */
  renewSession(params: {
    readonly principal: string;
    readonly session: number;
    readonly used: boolean;
  }): Promise<{ readonly leaseMs: number; readonly notices: readonly SessionNotice[] }>;
  /** Opens, or leaves, databases within a session. */
  openDatabases(params: {
    readonly by: Actor;
    readonly session: number;
    readonly open: readonly string[];
    readonly leave: readonly string[];
  }): Promise<SessionRecord>;
  /** Ends a session and frees what it held; repeating it changes nothing. By somebody else it is `ended_by_manager`. */
  endSession(params: {
    readonly by: Actor;
    readonly session: number;
    readonly text: string | null;
  }): Promise<SessionRecord>;
  /** Also one that has ended, as long as it is kept. */
  getSession(params: { readonly session: number }): Promise<SessionRecord>;
  /** Newest first; `ended` also those that have ended and are still kept. */
  listSessions(params: {
    readonly ended: boolean;
    readonly limit: number;
    readonly after?: string;
  }): Promise<Page<SessionRecord>>;

  /**
   * Grants a set of locks to a session, or lets it wait with a ticket. With `wait` false it is refused as
   * `lock_conflict` instead. A session that holds locks, or waits for some, may not wait for more (`deadlock_avoided`).
   * A ticket whose `waitMs` are over is taken back by the sweep; null: it waits as long as its session lives.
   */
  acquireLocks(params: {
    readonly by: Actor;
    readonly session: number;
    readonly locks: readonly LockWish[];
    readonly wait: boolean;
    readonly waitMs: number | null;
  }): Promise<LockRecord>;
  /** `lock_unknown` for one that was never given, was released or taken back. */
  getLock(params: { readonly ticket: number }): Promise<LockRecord>;
  /** Those among these tickets that wait still; the others are granted, or gone. */
  waitingAmong(params: { readonly tickets: readonly number[] }): Promise<readonly number[]>;
  /** Granted ones and waiting ones by ticket; with `path`, those that touch it or lie under it. */
  listLocks(params: {
    readonly path: string | null;
    readonly limit: number;
    readonly after?: string;
  }): Promise<Page<LockRecord>>;
  /** Releases granted requests, and takes back waiting ones (their epoch is 0). What is gone already is named. */
  releaseLocks(params: {
    readonly by: Actor;
    readonly locks: readonly LockClaimed[];
  }): Promise<
    readonly { readonly ticket: number; readonly released: boolean; readonly code: FaultCode | null }[]
  >;
  /** Makes one lock of a granted set weaker, or, for its sole holder, stronger (else `lock_upgrade_conflict`). */
  changeLock(params: {
    readonly by: Actor;
    readonly lock: LockClaimed;
    readonly path: string;
    readonly mode: LockWish['mode'];
  }): Promise<LockRecord>;
  /** Takes a request from whoever has it: recorded, and its epoch is over. A closure is broken too. */
  breakLock(params: { readonly by: Actor; readonly ticket: number }): Promise<LockRecord>;
  /** Whether this epoch still holds the path, in this mode or a stronger one: by a session, an attempt or a closure. */
  checkLock(params: {
    readonly path: string;
    readonly mode: LockWish['mode'];
    readonly epoch: number;
  }): Promise<{ readonly held: boolean }>;
}
