/**
 * Jobs and locks. A job takes no ticket when it is submitted: a claim judges the first of its class. If that cannot have
 * its locks, the class takes a ticket and is parked, and claims pass it by. When its turn has come the class is due: it
 * takes the next free place of a worker that may serve it, before rank.
 */
import type { LiveJob } from '../../../core/jobs/job.ts';
import { isAtWork } from '../../../core/jobs/states.ts';
import type { Step } from '../../../core/jobs/steps.ts';
import { type OfferedLock, offeredLock } from '../../../core/locks/offered.ts';
import { databaseOf } from '../../../core/locks/paths.ts';
import { classById, wakeClasses } from '../acts/know.ts';
import { liveOf, text } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { free, reexamine } from './follow.ts';
import {
  grantedRequest,
  insertRequests,
  type LockRequest,
  nobody,
  removeRequests,
  requestOf,
  waitingRequest,
} from './requests.ts';
import { databasesOf, resolveLocks } from './resolve.ts';
import { isServed, listAbilities, obstacle } from './standing.ts';

/** Grants the locks of a ready job for the attempt of this epoch; or parks its class, and gives null. */
export function* lockForJob(
  tx: Transaction,
  live: LiveJob,
  epoch: number,
): Script<readonly OfferedLock[] | null> {
  const wishes = live.classId === null ? undefined : (yield* classById(tx, live.classId)).locks;
  if (live.classId === null || wishes === undefined) return [];
  const ticket = yield* ticketOf(tx, live.classId);
  const known = yield* databasesOf(tx, wishes);
  const { locks, off } = resolveLocks(wishes, known);
  const path = off ?? (yield* obstacle(tx, locks, ticket?.ticket ?? null))?.path ?? null;
  if (path !== null) {
    if (ticket === null) {
      const wait = { parkedOn: path, until: null, resolved: locks };
      yield* insertRequests(tx, [waitingRequest(tx, { ...nobody, classId: live.classId }, wishes, wait)]);
    } else yield* tx.write('park-lock', [[ticket.ticket, path]]);
    yield* tx.write('park-class', [[live.classId, 1]]);
    return null;
  }
  if (ticket !== null) yield* removeRequests(tx, [ticket]);
  yield* insertRequests(tx, [grantedRequest(tx, { ...nobody, jobId: live.id }, locks, epoch)]);
  // An offer of the same attempt that came to nothing may have read another release.
  yield* tx.write('delete-database-use', [[live.id, live.attempt + 1]]);
  const granted = locks.map((lock) => offeredLock(lock, known.get(databaseOf(lock.path))));
  yield* tx.write(
    'set-database-use',
    granted.map(({ path: held, mode, release }) => [live.id, live.attempt + 1, held, mode, release]),
  );
  return granted;
}

/** What steps of jobs mean for locks: who leaves a worker’s hands frees its own; a class without jobs gives up its ticket. */
export function* followSteps(tx: Transaction, steps: readonly Step[]): Script<void> {
  const leaving: number[] = [];
  const left = new Set<number>();
  for (const step of steps) {
    const live = step.kind === 'end' ? step.from : step.live;
    if (live.policy.locks !== true || live.classId === null) continue;
    const from = step.kind === 'end' ? step.from.state : step.from;
    if (isAtWork(from) && (step.kind === 'end' || step.live.workerId === null || step.live.state === 'lost'))
      leaving.push(live.id);
    if (from === 'ready' && (step.kind === 'end' || step.live.state === 'waiting')) left.add(live.classId);
  }
  if (leaving.length > 0) yield* free(tx, (yield* tx.select('list-locks-of-jobs', leaving)).map(requestOf));
  for (const classId of left) {
    if ((yield* tx.selectOne('list-ready-of-class', classId, 1)) !== undefined) continue;
    const ticket = yield* ticketOf(tx, classId);
    if (ticket !== null) yield* giveUpTicket(tx, ticket, classId);
  }
}

/** Takes the ticket of a class from it. If it has ready jobs, the next claim judges them anew. */
export function* giveUpTicket(tx: Transaction, ticket: LockRequest, classId: number): Script<void> {
  const row = yield* tx.selectOne('list-ready-of-class', classId, 1);
  const first = row === undefined ? null : liveOf(row);
  yield* tx.write('park-class', [[classId, null]]);
  yield* tx.write('set-heads', [[classId, first?.rank ?? null, first?.id ?? null]]);
  if (first !== null) yield* wakeClasses(tx, [classId]);
  yield* free(tx, [ticket]);
}

function* ticketOf(tx: Transaction, classId: number): Script<LockRequest | null> {
  const row = yield* tx.selectOne('find-lock-of-class', classId);
  return row === undefined ? null : requestOf(row);
}

/** After workers were lost, or said something new of themselves: tickets that sleep now block nobody any more. */
export function* passSleepers(tx: Transaction): Script<void> {
  const tickets = (yield* tx.select('list-locks-of-classes')).map(requestOf);
  if (tickets.length === 0) return;
  const workers = yield* listAbilities();
  const asleep: number[] = [];
  for (const { ticket, classId } of tickets)
    if (classId !== null && !isServed(workers, yield* classById(tx, classId))) asleep.push(ticket);
  if (asleep.length === 0) return;
  const claims = yield* tx.select('list-claims-of', asleep);
  yield* reexamine(tx, new Set(claims.map((row) => text(row.path))));
}
