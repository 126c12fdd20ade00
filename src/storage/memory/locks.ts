/** Locks, judged the plain way: whoever waits is looked at again after every act, in the order of arrival. */

import { refuseShut } from '../../core/catalogue/refusals.ts';
import { Fault, type FaultCode } from '../../core/faults.ts';
import { writeReference } from '../../core/jobs/reference.ts';
import { saidOf } from '../../core/locks/in-the-way.ts';
import { blockersOf, obstacleTo, type Standing, withMode } from '../../core/locks/judge.ts';
import { conflicts } from '../../core/locks/modes.ts';
import { covers } from '../../core/locks/paths.ts';
import { allows, expand, type LockClaim, type LockWish } from '../../core/locks/wishes.ts';
import type { LockClaimed, LockHolder, LockRecord, LockStorage } from '../../ports/records/locks.ts';
import type { Page } from '../../ports/storage.ts';
import { type Act, tell, tellOfDatabase } from './act.ts';
import { asGranted, databaseNamed, databasesIn, isOffered } from './catalogue.ts';
import { endClosure, grantClosure, isAwaited } from './closures.ts';
import { callWhoIsDue, firstOfClass, freeWhatJobsLeft, isServed } from './job-locks.ts';
import { byNumber, pageOf } from './pages.ts';
import { refuseUnknownReleases } from './releases.ts';
import { endSession, isOpen, openSessionOf, sessionNumbered, use } from './sessions.ts';
import { jobOf, type State, type StoredRequest } from './state.ts';

type ParamsOf<Verb extends keyof LockStorage> = Parameters<LockStorage[Verb]>[0];

export function acquireLocks(act: Act, params: ParamsOf<'acquireLocks'>): LockRecord {
  const { state } = act;
  const { id } = openSessionOf(state, params.by.principal, params.session);
  const databases = databasesIn(params.locks).map((name) => databaseNamed(state, name));
  refuseUnknownReleases(state, params.locks);
  for (const database of databases) refuseShut(database);
  use(act, id);
  const claims = expand(asGranted(state, params.locks));
  const own = requestsOfSession(state, id);
  refuseOwn(claims, own, standing(state, own));
  const blockers = blockersOf(claims, null, standing(state));
  if (blockers.length > 0 && !params.wait) throw new Fault('lock_conflict', conflictOf(state, blockers));
  if (blockers.length > 0 && own.length > 0) throw new Fault('deadlock_avoided');
  const waitUntil = params.waitMs === null ? null : act.now + params.waitMs;
  const request = addRequest(act, { of: { session: id }, locks: params.locks, waitUntil });
  if (blockers.length === 0) grant(act, request);
  return lockRecord(state, requestOf(state, request.ticket));
}

/** What a session holds already, or waits for, is changed, not asked for again. */
function refuseOwn(
  claims: readonly LockClaim[],
  own: readonly StoredRequest[],
  held: readonly Standing[],
): void {
  const twice = claims.find((claim) =>
    held.some((other) => other.path === claim.path && conflicts(claim.mode, other.mode)),
  );
  if (twice !== undefined)
    throw new Fault('lock_conflict', {
      detail: `This session itself holds, or waits for, ${twice.path}: make that lock stronger or weaker instead`,
      facts: { path: twice.path, tickets: own.map(({ ticket }) => ticket) },
    });
}

export function addRequest(
  act: Act,
  asked: Pick<StoredRequest, 'of' | 'locks' | 'waitUntil'>,
): StoredRequest {
  const ticket = ++act.state.epoch;
  const request = { ...asked, isDue: false, ticket, epoch: null, requestedAt: act.now, grantedAt: null };
  act.state.requests.set(ticket, request);
  return request;
}

function grant(act: Act, request: StoredRequest): void {
  act.state.requests.set(request.ticket, {
    ...request,
    locks: asGranted(act.state, request.locks),
    epoch: ++act.state.epoch,
    grantedAt: act.now,
    waitUntil: null,
  });
  if ('database' in request.of) grantClosure(act, request.of.database);
}

/** What follows from an act: what jobs left behind is free, and whoever can have what it waits for has it. */
export function settleLocks(act: Act): void {
  freeWhatJobsLeft(act);
  grantWhatIsFree(act);
  callWhoIsDue(act);
}

/** Grants what waits and has no obstacle any more, in the order of arrival, until nothing changes. */
export function grantWhatIsFree(act: Act): void {
  if (act.state.restoredAt !== null) return;
  for (;;) {
    const free = waiting(act.state).find((request) => isFree(act.state, request));
    if (free === undefined) return;
    grant(act, free);
    act.awaited.add(free.ticket);
  }
}

function isFree(state: State, { ticket, of, locks }: StoredRequest): boolean {
  // Jobs get their locks when a worker claims them.
  if ('class' in of) return false;
  if ('database' in of && isAwaited(state, of.database)) return false;
  if (!databasesIn(locks).every((name) => isOffered(state, name))) return false;
  return obstacleTo(expand(asGranted(state, locks)), ticket, standing(state)) === null;
}

function waiting(state: State): readonly StoredRequest[] {
  return [...state.requests.values()].filter(({ epoch }) => epoch === null);
}

export function standing(
  state: State,
  requests: Iterable<StoredRequest> = state.requests.values(),
): Standing[] {
  return [...requests].flatMap((request) =>
    claimsOf(state, request).map((claim) => ({
      ...claim,
      ticket: request.ticket,
      granted: request.epoch !== null,
      live: !isAsleep(state, request),
    })),
  );
}

/** Jobs that no connected worker may run keep their place, and block nobody. */
function isAsleep(state: State, { of, epoch }: StoredRequest): boolean {
  return 'class' in of && epoch === null && !isServed(state, of.class);
}

function claimsOf(state: State, { locks, epoch }: StoredRequest): readonly LockClaim[] {
  return expand(epoch === null ? asGranted(state, locks) : locks);
}

function conflictOf(state: State, blockers: readonly number[]) {
  const holders = blockers.map((ticket) => {
    const request = requestOf(state, ticket);
    return { ticket, state: stateOf(request), ...holderOf(state, request) };
  });
  return saidOf(holders, positionAmong(state, blockers));
}

function stateOf({ epoch }: StoredRequest): 'waiting' | 'granted' {
  return epoch === null ? 'waiting' : 'granted';
}

/** 1 for the first of those who wait for the same. */
export function positionAmong(state: State, blockers: readonly number[]): number {
  return 1 + blockers.filter((ticket) => requestOf(state, ticket).epoch === null).length;
}

export function requestOf(state: State, ticket: number): StoredRequest {
  const found = state.requests.get(ticket);
  if (found === undefined) throw new Fault('lock_unknown', { found: ticket });
  return found;
}

export function waitingAmong(state: State, tickets: readonly number[]): readonly number[] {
  return tickets.filter((ticket) => state.requests.get(ticket)?.epoch === null);
}

export function requestsOfSession(state: State, session: number): readonly StoredRequest[] {
  return [...state.requests.values()].filter(({ of }) => 'session' in of && of.session === session);
}

export function lockRecord(state: State, request: StoredRequest): LockRecord {
  const { ticket, of, epoch, isDue: _, ...rest } = request;
  const waitsFor = epoch === null ? blockersOf(claimsOf(state, request), ticket, standing(state)) : [];
  return {
    ...rest,
    ticket,
    epoch,
    state: stateOf(request),
    leaseEndsAt: 'session' in of ? sessionNumbered(state, of.session).leaseEndsAt : null,
    holder: holderOf(state, request),
    asleep: isAsleep(state, request),
    waitsFor,
    position: epoch === null ? positionAmong(state, waitsFor) : 0,
  };
}

export function holderOf(state: State, { of }: StoredRequest): LockHolder {
  if ('session' in of) {
    const { id, principal, name, host, pid } = sessionNumbered(state, of.session);
    return { kind: 'session', session: id, principal, name, host, pid };
  }
  if ('job' in of) return jobHolder(state, of.job);
  if ('class' in of) return jobHolder(state, firstOfClass(state, of.class)?.id ?? 0);
  const { closure } = databaseNamed(state, of.database);
  if (closure === null) throw new Error(`nothing closes ${of.database}`);
  const { by: principal, reason, until } = closure;
  return { kind: 'closure', database: of.database, principal, reason, until };
}

function jobHolder(state: State, id: number): LockHolder {
  const { record, live, progress } = jobOf(state, id);
  const worker = state.workers.get(live?.workerId ?? 0)?.profile.name ?? null;
  const shown = progress === null ? null : { fraction: progress.fraction, text: progress.text };
  return { kind: 'job', ref: writeReference(record), principal: record.owner, worker, progress: shown };
}

export function listLocks(state: State, { path, ...page }: ParamsOf<'listLocks'>): Page<LockRecord> {
  const rows = [...state.requests.values()].filter(
    ({ locks }) => path === null || locks.some((lock) => covers(lock.path, path) || covers(path, lock.path)),
  );
  return pageOf(
    state,
    rows,
    page,
    byNumber(({ ticket }) => ticket),
    (request) => lockRecord(state, request),
  );
}

export function releaseLocks(act: Act, { by, locks }: ParamsOf<'releaseLocks'>) {
  return locks.map((lock) => {
    const code = whyNotReleased(act.state, by.principal, lock);
    if (code === null) release(act, requestOf(act.state, lock.ticket));
    return { ticket: lock.ticket, released: code === null, code };
  });
}

function release(act: Act, request: StoredRequest): void {
  if ('session' in request.of) use(act, request.of.session);
  takeAway(act, request);
}

function whyNotReleased(state: State, principal: string, { ticket, epoch }: LockClaimed): FaultCode | null {
  const request = state.requests.get(ticket);
  if (request === undefined) return 'lock_unknown';
  if (!isOwn(state, principal, request)) return 'lock_not_held';
  return (request.epoch ?? 0) === epoch ? null : 'lock_lost';
}

function isOwn(state: State, principal: string, { of }: StoredRequest): boolean {
  return 'session' in of && sessionNumbered(state, of.session).principal === principal;
}

/** Takes a request away; whoever waited with it is told. */
export function takeAway(act: Act, { ticket, epoch, of }: StoredRequest): void {
  act.state.requests.delete(ticket);
  if (epoch === null) act.awaited.add(ticket);
  if ('session' in of && isForNothing(act.state, of.session)) endSession(act, of.session, 'closed', null);
}

/** Whether the one lock for which it was opened is gone. */
function isForNothing(state: State, session: number): boolean {
  const found = sessionNumbered(state, session);
  return found.forOneLock && isOpen(found);
}

export function changeLock(act: Act, { by, lock, path, mode }: ParamsOf<'changeLock'>): LockRecord {
  const { state } = act;
  const request = requestOf(state, lock.ticket);
  const { of, locks, epoch } = request;
  if (!isOwn(state, by.principal, request) || epoch === null || !('session' in of))
    throw new Fault('lock_not_held', { found: lock.ticket });
  if (epoch !== lock.epoch)
    throw new Fault('lock_lost', { found: lock.epoch, expected: `epoch ${epoch}`, facts: { epoch } });
  const held = locks.find((wish) => wish.path === path);
  if (held === undefined) throw new Fault('lock_not_held', { field: 'path', found: path });
  if (held.mode === mode) return lockRecord(state, request);
  use(act, of.session);
  const changed = withMode(locks, path, mode);
  const isUpgrade = mode === 'exclusive';
  if (isUpgrade) refuseUpgrade(state, request, changed);
  const next = { ...request, locks: changed, epoch: isUpgrade ? ++state.epoch : epoch };
  state.requests.set(lock.ticket, next);
  return lockRecord(state, next);
}

/** Those that wait are passed over: they wait for this request already. */
function refuseUpgrade(state: State, { ticket }: StoredRequest, locks: readonly LockWish[]): void {
  const granted = [...state.requests.values()].filter((request) => request.epoch !== null);
  const blockers = blockersOf(expand(locks), ticket, standing(state, granted));
  if (blockers.length > 0) throw new Fault('lock_upgrade_conflict', conflictOf(state, blockers));
}

export function breakLock(act: Act, ticket: number): LockRecord {
  const request = requestOf(act.state, ticket);
  const record = lockRecord(act.state, request);
  takeAway(act, request);
  if ('database' in request.of) {
    endClosure(act, request.of.database);
    tellOfDatabase(act, 'lock.broken', request.of.database);
  } else tell(act, 'lock.broken', null);
  return record;
}

export function checkLock(state: State, { path, mode, epoch }: ParamsOf<'checkLock'>): { held: boolean } {
  const found = [...state.requests.values()].find((request) => request.epoch === epoch);
  return { held: found !== undefined && allows(found.locks, { path, mode }) };
}

/** Takes back the tickets whose time to wait is over. */
export function endWaits(act: Act): void {
  for (const request of waiting(act.state))
    if (request.waitUntil !== null && request.waitUntil <= act.now) takeAway(act, request);
}

/** Whether an open session has the database open, or holds something in it, or waits for it. */
export function isIn(state: State, session: number, database: string): boolean {
  const found = state.sessions.get(session);
  if (found === undefined || !isOpen(found)) return false;
  return (
    found.databases.includes(database) ||
    requestsOfSession(state, session).some(({ locks }) => databasesIn(locks).includes(database))
  );
}
