import type { LockMode } from '../../../core/locks/modes.ts';
import { lockModes } from '../../../core/locks/modes.ts';
import { expand, type LockClaim, type LockWish } from '../../../core/locks/wishes.ts';
import { integer, integerOrNull, json, oneOf, text, textOrNull } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';

/** A row of lock_requests: of a session, a job’s attempt, the head of a class of jobs, or a closure. */
export interface LockRequest {
  readonly ticket: number;
  readonly sessionId: number | null;
  readonly jobId: number | null;
  readonly classId: number | null;
  readonly database: string | null;
  readonly locks: readonly LockWish[];
  /** Null while it waits. */
  readonly epoch: number | null;
  readonly requestedAt: number;
  readonly grantedAt: number | null;
  readonly waitUntil: number | null;
  readonly parkedOn: string | null;
}

export type Asker = Pick<LockRequest, 'sessionId' | 'jobId' | 'classId' | 'database'>;
export const nobody: Asker = { sessionId: null, jobId: null, classId: null, database: null };

export function requestOf(row: Row): LockRequest {
  return {
    ticket: integer(row.ticket),
    sessionId: integerOrNull(row.session_id),
    jobId: integerOrNull(row.job_id),
    classId: integerOrNull(row.class_id),
    database: textOrNull(row.database),
    locks: json<readonly LockWish[]>(row.locks),
    epoch: integerOrNull(row.epoch),
    requestedAt: integer(row.requested_at),
    grantedAt: integerOrNull(row.granted_at),
    waitUntil: integerOrNull(row.wait_until),
    parkedOn: textOrNull(row.parked_on),
  };
}

/** What one request holds, or waits for, on one path. */
export interface ClaimRow extends LockClaim {
  readonly ticket: number;
  readonly granted: boolean;
  readonly classId: number | null;
}

export function claimOf(row: Row): ClaimRow {
  return {
    path: text(row.path),
    ticket: integer(row.ticket),
    mode: oneOf<LockMode>(row.mode, lockModes),
    granted: row.granted === 1,
    classId: integerOrNull(row.class_id),
  };
}

/** One that is to be written, with what it claims. */
export interface NewRequest {
  readonly request: LockRequest;
  readonly claimed: readonly LockWish[];
}

/** A new request that is granted at once, under an epoch that was given already or a new one. */
export function grantedRequest(
  tx: Transaction,
  asker: Asker,
  locks: readonly LockWish[],
  given: number | null = null,
): NewRequest {
  const ticket = tx.nextEpoch();
  const epoch = given ?? tx.nextEpoch();
  const at = { requestedAt: tx.now, grantedAt: tx.now, waitUntil: null, parkedOn: null };
  return { request: { ...asker, ticket, locks, epoch, ...at }, claimed: locks };
}

export interface Wait {
  /** Until something changes on this path. */
  readonly parkedOn: string;
  readonly until: number | null;
  /** What it waits for, as it stands now; it follows the release that is current. */
  readonly resolved: readonly LockWish[];
}

/** A new request that waits. */
export function waitingRequest(
  tx: Transaction,
  asker: Asker,
  locks: readonly LockWish[],
  { parkedOn, until, resolved }: Wait,
): NewRequest {
  const ticket = tx.nextEpoch();
  const at = { requestedAt: tx.now, grantedAt: null, waitUntil: until, parkedOn };
  return { request: { ...asker, ticket, locks, epoch: null, ...at }, claimed: resolved };
}

export function* insertRequests(tx: Transaction, made: readonly NewRequest[]): Script<void> {
  yield* tx.write(
    'insert-lock',
    made.map(({ request }) => [
      request.ticket,
      request.sessionId,
      request.jobId,
      request.classId,
      request.database,
      JSON.stringify(request.locks),
      request.epoch,
      request.requestedAt,
      request.grantedAt,
      request.waitUntil,
      request.parkedOn,
    ]),
  );
  yield* writeClaims(tx, made);
}

/** Grants a request that waited; `locks` as they are granted, which may differ from what was asked for. */
export function* grantWaiting(
  tx: Transaction,
  request: LockRequest,
  locks: readonly LockWish[],
): Script<LockRequest> {
  const epoch = tx.nextEpoch();
  const granted = { ...request, locks, epoch, grantedAt: tx.now, waitUntil: null, parkedOn: null };
  yield* tx.write('grant-lock', [[granted.ticket, JSON.stringify(locks), granted.epoch, tx.now]]);
  yield* rewriteClaims(tx, granted, locks);
  return granted;
}

/** Makes a granted set stronger or weaker. */
export function* rewrite(tx: Transaction, request: LockRequest): Script<void> {
  yield* tx.write('change-lock', [[request.ticket, JSON.stringify(request.locks), request.epoch]]);
  yield* rewriteClaims(tx, request, request.locks);
}

/** Makes a request claim what these locks say. */
export function* rewriteClaims(
  tx: Transaction,
  request: LockRequest,
  claimed: readonly LockWish[],
): Script<void> {
  yield* tx.write('delete-lock-claims', [[request.ticket]]);
  yield* writeClaims(tx, [{ request, claimed }]);
}

function* writeClaims(tx: Transaction, made: readonly NewRequest[]): Script<void> {
  yield* tx.write(
    'insert-lock-claims',
    made.flatMap(({ request: { ticket, epoch, classId }, claimed }) =>
      expand(claimed).map(({ path, mode }) => [path, ticket, mode, epoch === null ? 0 : 1, classId]),
    ),
  );
}

/** Takes requests away, and gives the paths on which that may free others. */
export function* removeRequests(tx: Transaction, requests: readonly LockRequest[]): Script<Set<string>> {
  const changed = new Set<string>();
  // What is granted holds what its locks say. What waits claims the release that is current, which its locks do not name.
  for (const { epoch, locks } of requests)
    if (epoch !== null) for (const { path } of expand(locks)) changed.add(path);
  const waiting = requests.filter(({ epoch }) => epoch === null).map(({ ticket }) => ticket);
  if (waiting.length > 0)
    for (const row of yield* tx.select('list-claims-of', waiting)) changed.add(text(row.path));
  const keys = requests.map(({ ticket }) => [ticket]);
  yield* tx.write('delete-lock-claims', keys);
  yield* tx.write('delete-lock', keys);
  return changed;
}
