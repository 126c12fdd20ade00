/** What a person does to jobs that exist. */
import { annotated } from '../../core/annotations/annotations.ts';
import { priorityStepMs } from '../../core/dispatch/rank.ts';
import { Fault } from '../../core/faults.ts';
import { editedDocument, refuseOtherKind } from '../../core/jobs/edit.ts';
import type { JobRecord, LiveJob } from '../../core/jobs/job.ts';
import { deadlines, policyOf, untouched } from '../../core/jobs/new-job.ts';
import { refuseCircles } from '../../core/jobs/order.ts';
import { type JobPlace, writeReference } from '../../core/jobs/reference.ts';
import { type FinalState, isFinal } from '../../core/jobs/states.ts';
import {
  cancel,
  hold,
  prioritise,
  type Resolution,
  release,
  resolve,
  retry,
  type Step,
  submit,
} from '../../core/jobs/steps.ts';
import { refuseStale } from '../../core/revision.ts';
import type { JobAct, JobChanges } from '../../ports/storage.ts';
import { type Act, tellOfJob } from './act.ts';
import { declareFiles, forgetDeclared } from './files.ts';
import { judgeAnew } from './insert.ts';
import {
  allWaits,
  apply,
  applyAll,
  childOpened,
  classIdOf,
  containerOf,
  gatherOwn,
  identityOf,
  showLive,
} from './moves.ts';
import { refuseUnknown } from './releases.ts';
import { childrenOf, isContainer, jobAt, jobOf, type StoredJob, type Tie } from './state.ts';
import { resumeTaskRun } from './tasks.ts';
import { tieProvisionally } from './ties.ts';
import { restoreJobs, trashJobs } from './trash.ts';

/** Moves jobs one after the other; a refusal of any undoes all. */
export function moveJobs(
  act: Act,
  places: readonly JobPlace[],
  what: JobAct,
  by: string,
): readonly JobRecord[] {
  const ids = places.map((place) => jobAt(act.state, place).record.id);
  acts[what](act, [...new Set(ids)], by);
  return ids.map((id) => jobOf(act.state, id).record);
}

const acts: Record<JobAct, (act: Act, ids: readonly number[], by: string) => void> = {
  submit: (act, ids) => {
    for (const id of ids) submitJob(act, id);
  },
  cancel: cancelJobs,
  retry: (act, ids) => {
    for (const id of ids) retryJob(act, id);
  },
  hold: (act, ids) => {
    for (const id of ids) apply(act, hold(liveOf(act, id, 'held', 'waiting or ready'), act.now));
  },
  release: (act, ids) => {
    for (const id of ids) {
      apply(act, release(liveOf(act, id, 'released', 'held'), act.now));
      gatherOwn(act, id);
    }
  },
  trash: (act, ids) => trashJobs(act, ids, cancelJobs),
  restore: restoreJobs,
  resolve_succeeded: (act, ids, by) => resolveJobs(act, ids, 'resolve_succeeded', by),
  resolve_failed: (act, ids, by) => resolveJobs(act, ids, 'resolve_failed', by),
  resolve_retry: (act, ids, by) => resolveJobs(act, ids, 'resolve_retry', by),
};

function resolveJobs(act: Act, ids: readonly number[], resolution: Resolution, by: string): void {
  const steps = ids.map((id) => {
    const isRecorded = jobOf(act.state, id).record.origin === 'recorded';
    return resolve(liveOf(act, id, 'resolved', 'lost'), resolution, { by, isRecorded }, act.now);
  });
  applyAll(act, steps);
}

function liveOf(act: Act, id: number, done: string, expected: string): LiveJob {
  const { live, record } = jobOf(act.state, id);
  if (live !== null) return live;
  const detail = `Job ${record.number} cannot be ${done}`;
  throw new Fault('state_conflict', { detail, found: record.state, expected });
}

function submitJob(act: Act, id: number): void {
  const live = liveOf(act, id, 'submitted', 'a draft');
  const job = jobOf(act.state, id);
  const { after, impossible } = judgeAnew(act.state, job.after);
  if (live.state === 'draft' && impossible !== null) throw hopeless(job, impossible, 'submitted');
  refuseCirclesOf(act, job, after);
  const pending = after.filter((tie) => !tie.met).length;
  const limits = deadlines(live.classId, job.document.limits, act.now);
  const step = submit({ ...live, pending, ...limits }, act.now);
  act.state.jobs.set(id, { ...job, record: { ...job.record, submittedAt: act.now }, after });
  apply(act, step);
  tieProvisionally(act, step.live);
  gatherOwn(act, id);
}

/** Containers go with their unfinished children: they end when these have, and until then are asked to. */
function cancelJobs(act: Act, ids: readonly number[]): void {
  const open = ids
    .filter((id) => jobOf(act.state, id).record.state !== 'cancelled')
    .map((id) => liveOf(act, id, 'cancelled', 'unfinished').id);
  const targets = [...new Set(open.flatMap((id) => [id, ...unfinishedBelow(act, id)]))];
  const isAtWork = (id: number): boolean =>
    isContainer(jobOf(act.state, id)) && jobOf(act.state, id).record.state === 'running';
  const containers = targets.filter(isAtWork);
  applyAll(
    act,
    targets.filter((id) => !containers.includes(id)).flatMap((id) => cancelStep(act, id)),
  );
  applyAll(
    act,
    containers.flatMap((id) => cancelStep(act, id)),
  );
}

function cancelStep(act: Act, id: number): readonly Step[] {
  const { live } = jobOf(act.state, id);
  const step = live === null ? null : cancel(live, act.now);
  return step === null ? [] : [step];
}

function unfinishedBelow(act: Act, id: number): readonly number[] {
  const job = jobOf(act.state, id);
  if (!isContainer(job)) return [];
  return childrenOf(act.state, job.record)
    .filter((child) => child.live !== null)
    .flatMap((child) => [child.record.id, ...unfinishedBelow(act, child.record.id)]);
}

function retryJob(act: Act, id: number): void {
  const job = jobOf(act.state, id);
  const { record, document } = job;
  const state = finalStateOf(act, job);
  resumeTaskRun(act, id);
  refuseUnknown(act.state, document.locks);
  const { after, impossible } = judgeAnew(act.state, job.after);
  if (state !== 'succeeded' && impossible !== null) throw hopeless(job, impossible, 'retried');
  refuseCirclesOf(act, job, after);
  const identity = identityOf(act, job);
  const step = retry(
    { id, state, attempts: record.attempts, revision: record.revision },
    {
      ...untouched(identity),
      pending: after.filter((tie) => !tie.met).length,
      notBefore: document.notBefore,
      ...deadlines(identity.classId, document.limits, act.now),
      policy: policyOf(document),
    },
    act.now,
  );
  const submittedAt = record.submittedAt ?? act.now;
  act.state.jobs.set(id, { ...job, record: { ...record, submittedAt }, after });
  apply(act, step);
  childOpened(act, jobOf(act.state, id).record);
}

function refuseCirclesOf(act: Act, { record }: StoredJob, after: readonly Tie[]): void {
  const named = after
    .filter((tie) => !tie.met)
    .map((tie) => ({ id: tie.jobId, named: writeReference(jobOf(act.state, tie.jobId).record) }));
  const container = containerOf(act, record)?.record.id ?? null;
  refuseCircles([{ id: record.id, after: named, container }], allWaits(act));
}

/** The state that a retry is to lead out of; which states it may be is for the rule of retry to say. */
function finalStateOf(act: Act, job: StoredJob): FinalState {
  const { number, state, trashedAt } = job.record;
  const refuse = (found: string, expected: string): Fault =>
    new Fault('state_conflict', { detail: `Job ${number} cannot be retried`, found, expected });
  if (!isFinal(state)) throw refuse(state, 'failed, expired, denied or cancelled');
  if (trashedAt !== null) throw refuse('trashed', 'a job that is not in the trash');
  if (job.record.origin === 'recorded')
    throw refuse('a recorded run', 'a job that workers run; rerun makes one of it');
  if (isContainer(job) && childrenOf(act.state, job.record).length > 0)
    throw refuse(state, 'a job with work of its own; retry the children');
  return state;
}

function hopeless(job: StoredJob, impossible: JobRecord, done: string): Fault {
  const ref = writeReference(impossible);
  return new Fault('state_conflict', {
    detail: `Job ${job.record.number} cannot be ${done}: it comes after ${ref}, which did not end as it has to`,
    found: impossible.state,
    expected: `another end of ${ref}`,
  });
}

export function editJob(act: Act, place: JobPlace, revision: number | null, changes: JobChanges): JobRecord {
  const job = jobAt(act.state, place);
  const { record, live } = job;
  refuseStale(revision, record.revision);
  if (changes.document !== undefined && record.state !== 'draft')
    throw new Fault('state_conflict', {
      detail: `What job ${record.number} runs cannot be changed`,
      found: record.state,
      expected: 'a draft',
    });
  const { title = record.title, priority = record.priority, metadata = job.document.metadata } = changes;
  const edited = editedDocument(job.document, { ...changes.document, metadata }, record.task);
  const said = changes.annotations === undefined ? null : annotated(record, changes.annotations);
  if (edited === null && said === null && title === record.title && priority === record.priority)
    return record;
  const document = structuredClone(edited ?? job.document);
  refuseUnknown(act.state, changes.document?.locks);
  if (isContainer({ ...job, document }) !== isContainer(job))
    refuseOtherKind(record.number, childrenOf(act.state, record).length > 0);
  const raised = { ...record, ...said, title, priority, revision: record.revision + 1 };
  if (live === null) {
    act.state.jobs.set(record.id, { ...job, record: raised, document });
  } else {
    const moved: LiveJob = {
      ...prioritise(live, priority, priorityStepMs).live,
      classId: edited === null ? live.classId : classIdOf(act.state, live.projectId, record, document),
      notBefore: live.state === 'draft' ? document.notBefore : live.notBefore,
      policy: policyOf(document),
    };
    act.state.jobs.set(record.id, { ...job, record: showLive(raised, moved), document, live: moved });
  }
  if (changes.document?.inputs !== undefined || changes.document?.outputs !== undefined) {
    forgetDeclared(act, record.id);
    declareFiles(act, record.id);
  }
  const changed = jobOf(act.state, record.id).record;
  tellOfJob(act, 'jobs.changed', changed);
  return changed;
}
