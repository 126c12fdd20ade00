import type { LockMode } from '../../../core/locks/modes.ts';
import { lockModes } from '../../../core/locks/modes.ts';
import { expand, type LockClaim, type LockWish } from '../../../core/locks/wishes.ts';
import { integer, integerOrNull, json, oneOf, text, textOrNull } from '../rows.ts';
import type { Row, Script, Value } from '../script.ts';
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

/** Writes a new request that is granted at once, under an epoch that was given already or a new one. */
export function* insertGranted(
  tx: Transaction,
  asker: Asker,
  locks: readonly LockWish[],
  given: number | null = null,
): Script<LockRequest> {
  const ticket = tx.nextEpoch();
  const epoch = given ?? tx.nextEpoch();
  const request = { ...asker, ticket, locks, epoch, grantedAt: tx.now, waitUntil: null, parkedOn: null };
  return yield* insert(tx, request, locks);
}

export interface Wait {
  /** Until something changes on this path. */
  readonly parkedOn: string;
  readonly until: number | null;
  /** What it waits for, as it stands now: the release that is current may be another one when it is granted. */
  readonly resolved: readonly LockWish[];
}

/** Writes a new request that waits. */
export function* insertWaiting(
  tx: Transaction,
  asker: Asker,
  locks: readonly LockWish[],
  { parkedOn, until, resolved }: Wait,
): Script<LockRequest> {
  const ticket = tx.nextEpoch();
  const request = { ...asker, ticket, locks, epoch: null, grantedAt: null, waitUntil: until, parkedOn };
  return yield* insert(tx, request, resolved);
}

function* insert(
  tx: Transaction,
  it: Omit<LockRequest, 'requestedAt'>,
  claimed: readonly LockWish[],
): Script<LockRequest> {
  const request = { ...it, requestedAt: tx.now };
  const values = [
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
  ];
  yield* tx.write('insert-lock', [values]);
  yield* writeClaims(tx, request, claimed);
  return request;
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
  yield* rewriteClaims(tx, granted);
  return granted;
}

/** Makes a granted set stronger or weaker. */
export function* rewrite(tx: Transaction, request: LockRequest): Script<void> {
  yield* tx.write('change-lock', [[request.ticket, JSON.stringify(request.locks), request.epoch]]);
  yield* rewriteClaims(tx, request);
}

function* rewriteClaims(tx: Transaction, request: LockRequest): Script<void> {
  yield* tx.write('delete-lock-claims', [[request.ticket]]);
  yield* writeClaims(tx, request, request.locks);
}

function* writeClaims(tx: Transaction, request: LockRequest, claimed: readonly LockWish[]): Script<void> {
  const granted = request.epoch === null ? 0 : 1;
  yield* tx.write(
    'insert-lock-claims',
    expand(claimed).map(({ path, mode }): readonly Value[] => [
      path,
      request.ticket,
      mode,
      granted,
      request.classId,
    ]),
  );
}

/** Takes requests away, and gives the paths on which that may free others. */
export function* removeRequests(tx: Transaction, requests: readonly LockRequest[]): Script<Set<string>> {
  const tickets = requests.map(({ ticket }) => ticket);
  const claims = yield* tx.select('list-claims-of', tickets);
  const keys = tickets.map((ticket) => [ticket]);
  yield* tx.write('delete-lock-claims', keys);
  yield* tx.write('delete-lock', keys);
  return new Set(claims.map((row) => text(row.path)));
}
