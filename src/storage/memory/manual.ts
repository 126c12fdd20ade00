/** What a person does to jobs that exist. */
import { priorityStepMs } from '../../core/dispatch/rank.ts';
import { Fault } from '../../core/faults.ts';
import type { JobDocument, JobRecord, LiveJob } from '../../core/jobs/job.ts';
import { type JobPlace, writeReference } from '../../core/jobs/reference.ts';
import { type FinalState, isFinal } from '../../core/jobs/states.ts';
import { cancel, hold, prioritise, release, retry, type Step, submit } from '../../core/jobs/steps.ts';
import type { JobAct, JobChanges } from '../../ports/storage.ts';
import { type Act, tellOfJob } from './act.ts';
import { classIdOf, judgeAnew } from './insert.ts';
import {
  apply,
  applyAll,
  childOpened,
  deadlines,
  gatherOwn,
  identityOf,
  policyOf,
  showLive,
  withoutWorker,
} from './moves.ts';
import { refuseStale } from './projects.ts';
import { childrenOf, isContainer, jobAt, jobOf, type StoredJob } from './state.ts';

/** Moves jobs one after the other; a refusal of any undoes all. */
export function moveJobs(act: Act, places: readonly JobPlace[], what: JobAct): readonly JobRecord[] {
  const ids = places.map((place) => jobAt(act.state, place).record.id);
  acts[what](act, ids);
  return ids.map((id) => jobOf(act.state, id).record);
}

const acts: Record<JobAct, (act: Act, ids: readonly number[]) => void> = {
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
  trash: trashJobs,
};

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
  const pending = after.filter((tie) => !tie.met).length;
  const step = submit({ ...live, pending, ...deadlines(job, act.now) }, act.now);
  act.state.jobs.set(id, { ...job, record: { ...job.record, submittedAt: act.now }, after });
  apply(act, step);
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

function trashJobs(act: Act, ids: readonly number[]): void {
  for (const id of ids) {
    const { number, state } = jobOf(act.state, id).record;
    if (state === 'running' || state === 'lost')
      throw new Fault('state_conflict', {
        detail: `Job ${number} cannot be moved to the trash`,
        found: state,
        expected: 'a job that does not run; cancel it and wait',
      });
  }
  cancelJobs(
    act,
    ids.filter((id) => jobOf(act.state, id).live !== null),
  );
  for (const id of ids) {
    const job = jobOf(act.state, id);
    if (job.record.trashedAt !== null) continue;
    const trashed = { ...job.record, trashedAt: act.now, revision: job.record.revision + 1 };
    act.state.jobs.set(id, { ...job, record: trashed });
    tellOfJob(act, 'jobs.trashed', trashed);
  }
}

function retryJob(act: Act, id: number): void {
  const job = jobOf(act.state, id);
  const { record, document } = job;
  const state = finalStateOf(act, job);
  const { after, impossible } = judgeAnew(act.state, job.after);
  if (state !== 'succeeded' && impossible !== null) throw hopeless(job, impossible, 'retried');
  const identity = identityOf(act, record);
  const step = retry(
    { id, state, attempts: record.attempts, revision: record.revision },
    {
      ...identity,
      classId: classIdOf(act.state, identity.projectId, record, document),
      held: false,
      pending: after.filter((tie) => !tie.met).length,
      notBefore: document.notBefore,
      ...deadlines(job, act.now),
      policy: policyOf(document),
      ...withoutWorker,
    },
    act.now,
  );
  const submittedAt = record.submittedAt ?? act.now;
  act.state.jobs.set(id, { ...job, record: { ...record, submittedAt }, after });
  apply(act, step);
  childOpened(act, jobOf(act.state, id).record);
}

/** The state that a retry is to lead out of; which states it may be is for the rule of retry to say. */
function finalStateOf(act: Act, job: StoredJob): FinalState {
  const { number, state, trashedAt } = job.record;
  const refuse = (found: string, expected: string): Fault =>
    new Fault('state_conflict', { detail: `Job ${number} cannot be retried`, found, expected });
  if (!isFinal(state)) throw refuse(state, 'failed, expired, denied or cancelled');
  if (trashedAt !== null) throw refuse('trashed', 'a job that is not in the trash');
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
  const { title = record.title, priority = record.priority } = changes;
  const document = editDocument(job.document, changes);
  const edited = { ...record, title, priority, revision: record.revision + 1 };
  if (live === null) {
    act.state.jobs.set(record.id, { ...job, record: edited, document });
  } else {
    const raised: LiveJob = {
      ...prioritise(live, priority, priorityStepMs).live,
      classId: classIdOf(act.state, live.projectId, record, document),
      notBefore: live.state === 'draft' ? document.notBefore : live.notBefore,
      policy: policyOf(document),
    };
    act.state.jobs.set(record.id, { ...job, record: showLive(edited, raised), document, live: raised });
  }
  const changed = jobOf(act.state, record.id).record;
  tellOfJob(act, 'jobs.changed', changed);
  return changed;
}

function editDocument(document: JobDocument, changes: JobChanges): JobDocument {
  const { metadata = document.metadata } = changes;
  return structuredClone({ ...document, ...changes.document, metadata });
}
