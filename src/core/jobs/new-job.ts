/** A job as it begins: what is stored of it, from what was asked for. */
import { noAnnotations } from '../annotations/annotations.ts';
import {
  type FileRecord,
  filesShown,
  type JobDetails,
  type JobDocument,
  type JobRecord,
  type JobSpec,
  type LiveJob,
  type Policy,
  type TimeLimits,
} from './job.ts';
import { place } from './place.ts';

/** What most jobs keep: no retry, no limit, and a lost attempt is a failed one. */
export const plainPolicy: Policy = {
  retry: { max: 0, delayMs: 1_000, factor: 2, delayMsMax: 3_600_000 },
  attemptMs: null,
  onLost: 'fail',
  readsFiles: false,
};

/** The part of the document that decides the job’s moves. */
export function policyOf(
  document: Pick<JobDocument, 'retry' | 'limits' | 'onLost' | 'inputs' | 'locks'>,
): Policy {
  const { max, delayMs, factor, delayMsMax } = document.retry;
  return {
    retry: { max, delayMs, factor, delayMsMax },
    attemptMs: document.limits.attemptMs ?? null,
    onLost: document.onLost,
    readsFiles: document.inputs.length > 0,
    ...((document.locks ?? []).length > 0 ? { locks: true as const } : {}),
  };
}

/** Limits are counted from submission. A job without work of its own has none: its children have theirs. */
export function deadlines(
  classId: number | null,
  limits: TimeLimits,
  now: number,
): Pick<LiveJob, 'startBy' | 'finishBy'> {
  const after = (ms: number | undefined): number | null =>
    ms === undefined || classId === null ? null : now + ms;
  return { startBy: after(limits.startWithinMs), finishBy: after(limits.totalMs) };
}

/** Whose row it is: what never changes, but for class and priority, which an edit may change. */
export type Identity = Pick<LiveJob, 'id' | 'projectId' | 'number' | 'parentId' | 'classId' | 'priority'>;

/** The row of an unfinished job that no worker has had yet. */
export function untouched(
  identity: Identity,
): Omit<LiveJob, 'state' | 'reason' | 'rank' | 'readyAt' | 'revision' | 'attempt' | 'policy'> {
  return {
    ...identity,
    epoch: null,
    workerId: null,
    held: false,
    pending: 0,
    notBefore: null,
    startBy: null,
    finishBy: null,
    offerEndsAt: null,
    attemptEndsAt: null,
    startedAt: null,
    cancelRequestedAt: null,
    leaseEndsAt: null,
  };
}

/** A job that is inserted, `pending` of whose dependencies are not met: in its place, or a draft. */
export function newLive(spec: JobSpec, identity: Identity, pending: number, now: number): LiveJob {
  const draft: LiveJob = {
    ...untouched(identity),
    state: 'draft',
    reason: null,
    rank: null,
    readyAt: null,
    revision: 1,
    attempt: 0,
    held: spec.hold,
    pending,
    notBefore: spec.notBefore,
    policy: policyOf(spec),
  };
  if (!spec.submit) return draft;
  const live = { ...draft, ...deadlines(identity.classId, spec.limits, now) };
  return { ...live, ...place(live, now) };
}

/** A new job as a list shows it. */
export function newRecord(spec: JobSpec, live: LiveJob, project: string, now: number): JobRecord {
  return {
    id: live.id,
    project,
    number: live.number,
    parent: spec.parent,
    task: spec.task,
    title: spec.title,
    state: live.state,
    reason: live.reason,
    owner: spec.owner,
    queue: spec.queue,
    priority: spec.priority,
    createdAt: now,
    submittedAt: spec.submit ? now : null,
    startedAt: null,
    finishedAt: null,
    cancelRequestedAt: null,
    trashedAt: null,
    exitCode: null,
    attempts: 0,
    revision: live.revision,
    rerunOf: spec.rerunOf,
    origin: 'queued',
    ...noAnnotations,
  };
}

/** What was asked for, with whole references to the jobs to come after. */
export function newDocument(spec: JobSpec, after: JobDocument['after']): JobDocument {
  return {
    command: spec.command,
    stdin: spec.stdin,
    directory: spec.directory,
    environment: spec.environment,
    parameters: spec.parameters,
    inputs: spec.inputs,
    outputs: spec.outputs,
    after,
    notBefore: spec.notBefore,
    resources: spec.resources,
    limits: spec.limits,
    retry: spec.retry,
    onLost: spec.onLost,
    metadata: spec.metadata,
    ...(spec.atOnce === undefined ? {} : { atOnce: spec.atOnce }),
    ...(spec.locks === undefined ? {} : { locks: spec.locks }),
    ...(spec.asks === undefined ? {} : { asks: spec.asks }),
  };
}

/** All of a new job that came alone, so that it names what it comes after by reference. */
export function newDetails(record: JobRecord, spec: JobSpec): JobDetails {
  const after = spec.after.flatMap(({ job, on }) => (typeof job === 'string' ? [{ job, on }] : []));
  const files: readonly FileRecord[] = [
    ...spec.inputs.map((file): FileRecord => ({ ...file, role: 'input', attempt: null })),
    ...spec.outputs.map((file): FileRecord => ({ ...file, role: 'output', attempt: null })),
  ];
  return {
    ...record,
    document: newDocument(spec, after),
    run: null,
    files: files.slice(0, filesShown),
    progress: null,
    databases: [],
    children: hasWork(spec) ? null : noChildren,
  };
}

const noChildren = { open: 0, succeeded: 0, failed: 0, cancelled: 0 };

function hasWork({ command, task }: JobSpec): boolean {
  return command !== null || task !== null;
}
