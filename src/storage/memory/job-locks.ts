/**
 * Jobs and locks, the plain way: a class of jobs whose first cannot have its locks takes a ticket; after every act it is
 * asked again of each whether its turn has come.
 */
import { mayServe } from '../../core/dispatch/classes.ts';
import { dueRank } from '../../core/dispatch/rank.ts';
import type { LiveJob } from '../../core/jobs/job.ts';
import { isAtWork } from '../../core/jobs/states.ts';
import { type LockWait, namedHolders } from '../../core/locks/holder.ts';
import { blockersOf, obstacleTo } from '../../core/locks/judge.ts';
import { type OfferedLock, offeredLock } from '../../core/locks/offered.ts';
import { databaseOf } from '../../core/locks/paths.ts';
import { expand, type LockWish } from '../../core/locks/wishes.ts';
import type { Act } from './act.ts';
import { asGranted, databasesIn, isOffered } from './catalogue.ts';
import { addRequest, holderOf, positionAmong, requestOf, standing, takeAway } from './locks.ts';
import { classOf, jobOf, type State, type StoredRequest, unfinished } from './state.ts';

/** Grants the locks of a ready job for the attempt of this epoch; or its class waits, and it is null. */
export function lockForJob(act: Act, live: LiveJob, epoch: number): readonly OfferedLock[] | null {
  const { state } = act;
  const wishes = live.classId === null ? undefined : classOf(state, live.classId).locks;
  if (live.classId === null || wishes === undefined) return [];
  const ticket = ticketOf(state, live.classId);
  const locks = asGranted(state, wishes);
  if (!isFree(state, wishes, ticket?.ticket ?? null)) {
    if (ticket === null) addRequest(act, { of: { class: live.classId }, locks: wishes, waitUntil: null });
    else state.requests.set(ticket.ticket, { ...ticket, isDue: false });
    return null;
  }
  if (ticket !== null) takeAway(act, ticket);
  const request = addRequest(act, { of: { job: live.id }, locks, waitUntil: null });
  state.requests.set(request.ticket, { ...request, epoch, grantedAt: act.now });
  const job = jobOf(state, live.id);
  const granted = locks.map((lock) => offeredLock(lock, state.databases.get(databaseOf(lock.path))));
  const attemptNumber = live.attempt + 1;
  const uses = granted.map(({ path, mode, release }) => ({ attempt: attemptNumber, path, mode, release }));
  const before = job.databases.filter(({ attempt }) => attempt !== attemptNumber);
  state.jobs.set(live.id, { ...job, databases: [...before, ...uses] });
  return granted;
}

function isFree(state: State, wishes: readonly LockWish[], ticket: number | null): boolean {
  if (!databasesIn(wishes).every((name) => isOffered(state, name))) return false;
  return obstacleTo(expand(asGranted(state, wishes)), ticket, standing(state)) === null;
}

function ticketOf(state: State, classId: number): StoredRequest | null {
  for (const request of state.requests.values())
    if ('class' in request.of && request.of.class === classId) return request;
  return null;
}

/** The rank at which a ready job is looked at; null while its class waits. */
export function rankForLocks(state: State, live: LiveJob): number | null {
  if (live.policy.locks !== true || live.classId === null) return live.rank;
  const ticket = ticketOf(state, live.classId);
  if (ticket === null) return live.rank;
  if (!ticket.isDue) return null;
  return firstOfClass(state, live.classId)?.id === live.id ? dueRank(ticket.ticket) : live.rank;
}

/** The ready job of smallest rank. */
export function firstOfClass(state: State, classId: number): LiveJob | null {
  const [first] = unfinished(state)
    .map(({ live }) => live)
    .filter((live) => live.classId === classId && live.state === 'ready')
    .sort((one, other) => (one.rank ?? 0) - (other.rank ?? 0) || one.id - other.id);
  return first ?? null;
}

/** What jobs left behind is free: the locks of attempts that are over, the tickets of classes without ready jobs. */
export function freeWhatJobsLeft(act: Act): void {
  for (const request of act.state.requests.values()) if (isLeft(act.state, request)) takeAway(act, request);
}

function isLeft(state: State, { of, epoch }: StoredRequest): boolean {
  if ('class' in of) return firstOfClass(state, of.class) === null;
  if (!('job' in of)) return false;
  const live = state.jobs.get(of.job)?.live ?? null;
  return live === null || !isAtWork(live.state) || live.state === 'lost' || live.epoch !== epoch;
}

/** Classes that wait, and could have their locks now, are due. */
export function callWhoIsDue(act: Act): void {
  for (const request of act.state.requests.values()) {
    if (!('class' in request.of) || request.isDue || request.epoch !== null) continue;
    if (!isFree(act.state, request.locks, request.ticket)) continue;
    act.state.requests.set(request.ticket, { ...request, isDue: true });
    act.called.add(request.ticket);
  }
}

/** Whether some connected worker may run jobs of this class. */
export function isServed(state: State, classId: number): boolean {
  return [...state.workers.values()].some(
    (worker) => worker.state === 'connected' && mayServe(worker.profile, classOf(state, classId)),
  );
}

/** Who keeps a ready job from its locks; null where nobody does. */
export function lockWaitOf(state: State, live: LiveJob | null): LockWait | null {
  if (live?.state !== 'ready' || live.classId === null) return null;
  const wishes = classOf(state, live.classId).locks;
  if (wishes === undefined) return null;
  const ticket = ticketOf(state, live.classId)?.ticket ?? null;
  const off = databasesIn(wishes).find((name) => !isOffered(state, name));
  const claims = expand(asGranted(state, wishes));
  const blockers = blockersOf(claims, ticket, standing(state));
  const path = off ?? obstacleTo(claims, ticket, standing(state))?.path;
  if (path === undefined) return null;
  const inTheWay = blockers
    .map((each) => requestOf(state, each))
    .filter(({ epoch, of }) => epoch !== null || 'database' in of)
    .map((request) => holderOf(state, request));
  return {
    path,
    isOff: off !== undefined,
    holders: namedHolders(inTheWay),
    holdersInAll: inTheWay.length,
    position: positionAmong(state, blockers),
  };
}
