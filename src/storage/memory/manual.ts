/** What a person does to jobs that exist. */
import { priorityStepMs } from '../../core/dispatch/rank.ts';
import { Fault } from '../../core/faults.ts';
import type { JobDocument, JobRecord, LiveJob } from '../../core/jobs/job.ts';
import { judgeDependency } from '../../core/jobs/place.ts';
import { type JobPlace, writeReference } from '../../core/jobs/reference.ts';
import { isFinal } from '../../core/jobs/states.ts';
import { cancel, hold, prioritise, release, retry, submit } from '../../core/jobs/steps.ts';
import type { JobAct, JobChanges } from '../../ports/storage.ts';
import { type Act, tellOfJob } from './act.ts';
import { classIdOf, impossibleTie } from './insert.ts';
import { apply, childOpened, deadlines, gatherSubmitted, policyOf, showLive } from './moves.ts';
import { refuseStale } from './projects.ts';
import { childrenOf, isContainer, jobAt, jobOf, projectNamed, type StoredJob } from './state.ts';

export function moveJobs(act: Act, places: readonly JobPlace[], what: JobAct): readonly JobRecord[] {
  const ids = places.map((place) => {
    const { id } = jobAt(act.state, place).record;
    acts[what](act, id);
    return id;
  });
  return ids.map((id) => jobOf(act.state, id).record);
}

const acts: Record<JobAct, (act: Act, id: number) => void> = {
  submit: (act, id) => {
    const job = jobOf(act.state, id);
    const live = liveOf(job, 'submitted', 'a draft');
    const step = submit({ ...live, ...deadlines(job, act.now) }, act.now);
    act.state.jobs.set(id, { ...job, record: { ...job.record, submittedAt: act.now } });
    apply(act, id, step);
    gatherSubmitted(act, id);
  },
  cancel: cancelJob,
  retry: retryJob,
  hold: (act, id) => {
    apply(act, id, hold(liveOf(jobOf(act.state, id), 'held', 'waiting or ready'), act.now));
  },
  release: (act, id) => {
    apply(act, id, release(liveOf(jobOf(act.state, id), 'released', 'held'), act.now));
  },
  trash: trashJob,
};

function liveOf(job: StoredJob, act: string, expected: string): LiveJob {
  if (job.live !== null) return job.live;
  const detail = `Job ${job.record.number} cannot be ${act}`;
  throw new Fault('state_conflict', { detail, found: job.record.state, expected });
}

/** A container is cancelled with its unfinished children, and ends when they have. */
function cancelJob(act: Act, id: number): void {
  const job = jobOf(act.state, id);
  if (job.record.state === 'cancelled') return;
  apply(act, id, cancel(liveOf(job, 'cancelled', 'unfinished'), act.now));
  if (!isContainer(job)) return;
  for (const child of childrenOf(act.state, job.record))
    if (jobOf(act.state, child.record.id).live !== null) cancelJob(act, child.record.id);
}

function trashJob(act: Act, id: number): void {
  const { record } = jobOf(act.state, id);
  if (record.trashedAt !== null) return;
  if (record.state === 'running')
    throw new Fault('state_conflict', {
      detail: `Job ${record.number} cannot be moved to the trash`,
      found: record.state,
      expected: 'a job that is not running; cancel it and wait',
    });
  if (!isFinal(record.state)) cancelJob(act, id);
  const job = jobOf(act.state, id);
  const trashed = { ...job.record, trashedAt: act.now, revision: job.record.revision + 1 };
  act.state.jobs.set(id, { ...job, record: trashed });
  tellOfJob(act, 'jobs.trashed', trashed);
}

function retryJob(act: Act, id: number): void {
  const job = jobOf(act.state, id);
  refuseRetry(act, job);
  const { record, document } = job;
  const after = job.after.map((tie) => {
    const { state } = jobOf(act.state, tie.jobId).record;
    return { ...tie, met: judgeDependency(tie.on, state) === 'met' };
  });
  const project = projectNamed(act.state, record.project);
  const step = retry(
    { id, state: finalStateOf(job), attempts: record.attempts, revision: record.revision },
    {
      id,
      projectId: project.id,
      number: record.number,
      classId: classIdOf(act.state, project.id, record, document),
      priority: record.priority,
      epoch: null,
      workerId: null,
      held: false,
      pending: after.filter((tie) => !tie.met).length,
      notBefore: document.notBefore,
      ...deadlines(job, act.now),
      offerEndsAt: null,
      attemptEndsAt: null,
      startedAt: null,
      cancelRequestedAt: null,
      policy: policyOf(document),
    },
    act.now,
  );
  const submittedAt = record.submittedAt ?? act.now;
  act.state.jobs.set(id, { ...job, record: { ...record, submittedAt }, after });
  apply(act, id, step);
  childOpened(act, jobOf(act.state, id).record);
}

function finalStateOf({ record: { number, state } }: StoredJob) {
  if (isFinal(state)) return state;
  const detail = `Job ${number} cannot be retried`;
  throw new Fault('state_conflict', {
    detail,
    found: state,
    expected: 'failed, expired, denied or cancelled',
  });
}

function refuseRetry(act: Act, job: StoredJob): void {
  const { number, trashedAt } = job.record;
  const detail = `Job ${number} cannot be retried`;
  if (trashedAt !== null)
    throw new Fault('state_conflict', { detail, found: 'trashed', expected: 'a job that is not in the trash' });
  if (finalStateOf(job) === 'succeeded') return; // the rule of retry refuses it with its own words
  if (isContainer(job) && childrenOf(act.state, job.record).length > 0)
    throw new Fault('state_conflict', {
      detail,
      expected: 'a job with work of its own; retry the children instead',
    });
  const tie = impossibleTie(
    act.state,
    job.after.map((each) => ({ ...each, met: false })),
  );
  if (tie === null) return;
  const { project, number: other, state } = jobOf(act.state, tie.jobId).record;
  const ref = writeReference({ project, number: other });
  throw new Fault('state_conflict', {
    detail: `${detail}: it comes after ${ref}`,
    found: state,
    expected: `${ref} to end in ${tie.on}`,
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
