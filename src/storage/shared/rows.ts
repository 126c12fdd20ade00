/** Rows become domain types here, and nowhere else; and back. */
import { type Annotations, noAnnotations, ratings } from '../../core/annotations/annotations.ts';
import type { DependencyKind, EndedJob, JobRecord, LiveJob, Policy } from '../../core/jobs/job.ts';
import { type Identity, plainPolicy } from '../../core/jobs/new-job.ts';
import { dueAt } from '../../core/jobs/place.ts';
import {
  type FinalState,
  isFinal,
  type JobState,
  jobStates,
  type LiveState,
} from '../../core/jobs/states.ts';
import type { Row, Value } from './script.ts';

type Cell = Row[string] | undefined;

export function integer(cell: Cell): number {
  if (typeof cell !== 'number')
    throw new TypeError(`expected an integer in the storage, found ${String(cell)}`);
  return cell;
}

export function integerOrNull(cell: Cell): number | null {
  return cell === null || cell === undefined ? null : integer(cell);
}

export function text(cell: Cell): string {
  if (typeof cell !== 'string') throw new TypeError(`expected text in the storage, found ${String(cell)}`);
  return cell;
}

export function textOrNull(cell: Cell): string | null {
  return cell === null || cell === undefined ? null : text(cell);
}

export function bytes(cell: Cell): Uint8Array {
  if (!(cell instanceof Uint8Array))
    throw new TypeError(`expected bytes in the storage, found ${String(cell)}`);
  return cell;
}

/** JSON that this storage wrote itself. */
export function json<T>(cell: Cell): T {
  return JSON.parse(text(cell)) as T;
}

export function oneOf<T extends string>(cell: Cell, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === cell);
  if (found === undefined)
    throw new TypeError(`expected one of ${allowed.join(', ')} in the storage, found ${String(cell)}`);
  return found;
}

const states = new Map<Cell, JobState>(jobStates.map((state) => [state, state]));

export function stateOf(cell: Cell): JobState {
  return states.get(cell) ?? oneOf(cell, jobStates);
}

function liveState(cell: Cell): LiveState {
  const state = stateOf(cell);
  if (isFinal(state)) throw new TypeError(`expected an unfinished state in the storage, found ${state}`);
  return state;
}

export function finalState(cell: Cell): FinalState {
  const state = stateOf(cell);
  if (!isFinal(state)) throw new TypeError(`expected a final state in the storage, found ${state}`);
  return state;
}

export function dependencyKind(cell: Cell): DependencyKind {
  return oneOf(cell, ['success', 'failure', 'any']);
}

const plainPolicyText = JSON.stringify(plainPolicy);

/** What changes while a worker holds the job: the columns of update-held, in order. */
export function heldValues(live: LiveJob): readonly Value[] {
  return [
    live.id,
    live.state,
    live.reason,
    live.revision,
    live.rank,
    live.attempt,
    live.epoch,
    live.workerId,
    live.offerEndsAt,
    live.attemptEndsAt,
    live.startedAt,
    live.cancelRequestedAt,
    dueAt(live),
  ];
}

/** All that may change: the columns of update-live, in order. */
export function changedValues(live: LiveJob): readonly Value[] {
  return [
    ...heldValues(live),
    live.classId,
    live.priority,
    live.held ? 1 : 0,
    live.pending,
    live.notBefore,
    live.startBy,
    live.finishBy,
    policyText(live.policy),
    live.readyAt,
  ];
}

/** The columns of insert-live, in order. */
export function liveValues(live: LiveJob): readonly Value[] {
  return [...changedValues(live), live.projectId, live.number, live.parentId];
}

/** Most jobs keep the defaults, which are not written. */
function policyText(policy: Policy): string | null {
  const text = JSON.stringify(policy);
  return text === plainPolicyText ? null : text;
}

export function liveOf(row: Row): LiveJob {
  return {
    id: integer(row.job_id),
    projectId: integer(row.project_id),
    number: text(row.number),
    parentId: integerOrNull(row.parent_id),
    classId: integerOrNull(row.class_id),
    state: liveState(row.state),
    // The column holds what liveValues wrote: a reason of the two tables in core/jobs/states.ts.
    reason: textOrNull(row.reason) as LiveJob['reason'],
    revision: integer(row.revision),
    priority: integer(row.priority),
    rank: integerOrNull(row.rank),
    readyAt: integerOrNull(row.ready_at),
    attempt: integer(row.attempt),
    epoch: integerOrNull(row.epoch),
    workerId: integerOrNull(row.worker_id),
    held: row.held === 1,
    pending: integer(row.pending),
    notBefore: integerOrNull(row.not_before),
    startBy: integerOrNull(row.start_by),
    finishBy: integerOrNull(row.finish_by),
    offerEndsAt: integerOrNull(row.offer_ends_at),
    attemptEndsAt: integerOrNull(row.attempt_ends_at),
    startedAt: integerOrNull(row.started_at),
    cancelRequestedAt: integerOrNull(row.cancel_requested_at),
    leaseEndsAt: integerOrNull(row.lease_ends_at),
    policy: row.policy === null ? plainPolicy : json<Policy>(row.policy),
  };
}

export function endedOf(row: Row): EndedJob {
  return {
    id: integer(row.id),
    state: finalState(row.state),
    attempts: integer(row.attempts),
    revision: integer(row.revision),
  };
}

/** Whose row it is, of an ended job. */
export function identityOf(row: Row): Identity {
  return {
    id: integer(row.id),
    projectId: integer(row.project_id),
    number: text(row.number),
    parentId: integerOrNull(row.parent_id),
    classId: integerOrNull(row.class_id),
    priority: integer(row.priority),
  };
}

/** A row of `jobs` joined with its row of `live`, whose columns come as live_*. */
export function recordOf(row: Row, project: string): JobRecord {
  const unfinished = row.live_state !== null;
  const number = text(row.number);
  const dot = number.lastIndexOf('.');
  return {
    id: integer(row.id),
    project,
    number,
    parent: dot < 0 ? null : number.slice(0, dot),
    task: textOrNull(row.task),
    title: textOrNull(row.title),
    state: stateOf(unfinished ? row.live_state : row.state),
    reason: textOrNull(unfinished ? row.live_reason : row.reason) as JobRecord['reason'],
    owner: text(row.owner),
    queue: text(row.queue),
    priority: integer(row.priority),
    createdAt: integer(row.created_at),
    submittedAt: integerOrNull(row.submitted_at),
    startedAt: integerOrNull(unfinished ? row.live_started_at : row.started_at),
    finishedAt: unfinished ? null : integerOrNull(row.finished_at),
    cancelRequestedAt: unfinished ? integerOrNull(row.live_cancel_requested_at) : null,
    trashedAt: integerOrNull(row.trashed_at),
    exitCode: unfinished ? null : integerOrNull(row.exit_code),
    attempts: integer(unfinished ? row.live_attempt : row.attempts),
    revision: integer(unfinished ? row.live_revision : row.revision),
    rerunOf: textOrNull(row.rerun_of),
    origin: row.origin === 'recorded' ? 'recorded' : 'queued',
    ...annotationsOf(row),
  };
}

/** The columns of `annotations`, null for a job of which nothing was said. */
export function annotationsOf(row: Row): Annotations {
  if (row.tags === null || row.tags === undefined) return noAnnotations;
  return {
    rating: row.rating === null ? null : oneOf(row.rating, ratings),
    tags: json<readonly string[]>(row.tags),
    numbers: json<Readonly<Record<string, number>>>(row.numbers),
    comments: integer(row.comments),
  };
}
