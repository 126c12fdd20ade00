import { Fault } from '../../../core/faults.ts';
import type { JobDocument, JobRecord, LiveJob } from '../../../core/jobs/job.ts';
import { judgeDependency } from '../../../core/jobs/place.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';
import { cancel, hold, release, retry, type Stay, type Step, submit } from '../../../core/jobs/steps.ts';
import type { JobAct } from '../../../ports/storage.ts';
import { applySteps, lowerHeads } from '../apply-steps.ts';
import {
  dependencyKind,
  endedOf,
  integer,
  integerOrNull,
  json,
  liveOf,
  liveValues,
  policyOf,
  recordOf,
  stateOf,
  text,
} from '../rows.ts';
import type { Row, Script, Value } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { adoptChildren, gatherOwn } from './containers.ts';
import { deadlines } from './insert-jobs.ts';
import { knowProjects } from './know.ts';

interface Found {
  readonly place: JobPlace;
  readonly row: Row;
  /** Null once the job is final. */
  readonly live: LiveJob | null;
}

/** Applies one act of a person to jobs; whatever is refused is refused before the first write. */
export function* moveJobs(
  tx: Transaction,
  places: readonly JobPlace[],
  act: JobAct,
): Script<readonly JobRecord[]> {
  const found: Found[] = [];
  for (const place of places) found.push(yield* findJob(tx, place));
  yield* knowProjects(
    tx,
    found.map((it) => ({ projectId: integer(it.row.project_id) })),
  );
  switch (act) {
    case 'cancel':
      yield* cancelJobs(tx, found);
      break;
    case 'retry':
      yield* retryJobs(tx, found);
      break;
    case 'trash':
      yield* trashJobs(tx, found);
      break;
    case 'submit':
      yield* submitDrafts(tx, found);
      break;
    case 'hold':
    case 'release': {
      const rule = act === 'hold' ? hold : release;
      const steps: Step[] = [];
      for (const it of found) {
        const step = rule(unfinished(it, act), tx.now);
        if (step !== null) steps.push(step);
      }
      yield* applySteps(tx, steps);
      if (act === 'release')
        yield* gatherOwn(
          tx,
          steps.flatMap((step) => (step.kind === 'stay' ? step.live : [])),
        );
      break;
    }
  }
  const rows: JobRecord[] = [];
  for (const { place } of found) rows.push(recordOf((yield* findJob(tx, place)).row, place.project));
  return rows;
}

export function* findJob(tx: Transaction, place: JobPlace): Script<Found> {
  const row = yield* tx.selectOne('find-job', place.project, place.number);
  if (row === undefined) throw new Fault('job_unknown', { found: `${place.project}/${place.number}` });
  const live = row.live_state === null ? undefined : yield* tx.selectOne('find-live', integer(row.id));
  return { place, row, live: live === undefined ? null : liveOf(live) };
}

function unfinished(it: Found, act: string): LiveJob {
  if (it.live === null)
    throw new Fault('state_conflict', {
      detail: `Job ${it.place.project}/${it.place.number} cannot be moved by ${act}`,
      found: it.row.state,
      expected: 'an unfinished job',
    });
  return it.live;
}

/** Cancels; children of a job without work of its own go with it. What is cancelled already stays so. */
function* cancelJobs(tx: Transaction, found: readonly Found[]): Script<void> {
  const targets = new Map<number, LiveJob>();
  for (const it of found) {
    if (it.row.state === 'cancelled') continue;
    const live = unfinished(it, 'cancel');
    targets.set(live.id, live);
  }
  let parents = [...targets.values()].filter((live) => live.classId === null);
  while (parents.length > 0) {
    const children = (yield* tx.select(
      'list-live-children',
      parents.map((live) => live.id),
    )).map(liveOf);
    parents = children.filter((live) => live.classId === null && !targets.has(live.id));
    for (const live of children) targets.set(live.id, live);
  }
  yield* knowProjects(tx, [...targets.values()]);
  const parentsAtWork = [...targets.values()].filter(
    (live) => live.classId === null && live.state === 'running',
  );
  yield* applySteps(
    tx,
    [...targets.values()]
      .filter((live) => !parentsAtWork.includes(live))
      .flatMap((live) => cancelStep(tx, live)),
  );
  // Parents end by themselves with their last child; those that are still at work are marked.
  const still =
    parentsAtWork.length === 0
      ? []
      : yield* tx.select(
          'list-live-by-id',
          parentsAtWork.map((live) => live.id),
        );
  yield* applySteps(
    tx,
    still.map(liveOf).flatMap((live) => cancelStep(tx, live)),
  );
}

function cancelStep(tx: Transaction, live: LiveJob): readonly Step[] {
  const step = cancel(live, tx.now);
  if (step !== null && live.workerId !== null) tx.wakeWorker(live.workerId);
  return step === null ? [] : [step];
}

function* submitDrafts(tx: Transaction, found: readonly Found[]): Script<void> {
  const steps: Stay[] = [];
  const judged: (readonly Value[])[] = [];
  for (const it of found) {
    const live = unfinished(it, 'submit');
    const document = yield* documentOf(tx, live.id);
    const { pending, impossible, ties } = yield* judgeAgain(tx, live.id);
    if (live.state === 'draft' && impossible !== null) throw hopeless(it.place, impossible, 'submitted');
    judged.push(...ties);
    steps.push(submit({ ...live, pending, ...deadlines(live.classId, document.limits, tx.now) }, tx.now));
  }
  yield* tx.write('judge-dependencies', judged);
  yield* tx.write(
    'set-submitted',
    steps.map((step) => [step.live.id, tx.now]),
  );
  yield* applySteps(tx, steps);
  yield* gatherOwn(
    tx,
    steps.map((step) => step.live),
  );
}

/** Brings ended jobs back for another attempt. */
function* retryJobs(tx: Transaction, found: readonly Found[]): Script<void> {
  const revived: LiveJob[] = [];
  const endedAs = new Map<number, string>();
  const judged: (readonly Value[])[] = [];
  for (const it of found) {
    yield* refuseRetry(tx, it);
    const ended = endedOf(it.row);
    const document = yield* documentOf(tx, ended.id);
    const { pending, impossible, ties } = yield* judgeAgain(tx, ended.id);
    judged.push(...ties);
    if (ended.state !== 'succeeded' && impossible !== null) throw hopeless(it.place, impossible, 'retried');
    const step = retry(ended, revivedLive(it, document, pending, tx.now), tx.now);
    revived.push(step.live);
    endedAs.set(ended.id, ended.state);
    tx.tally(step.live.projectId, ended.state, -1);
  }
  yield* tx.write('judge-dependencies', judged);
  yield* tx.write(
    'reopen-jobs',
    revived.map((live) => [live.id, tx.now]),
  );
  yield* tx.write('insert-live', revived.map(liveValues));
  yield* tx.write(
    'delete-progress',
    revived.map((live) => [live.id]),
  );
  yield* lowerHeads(
    tx,
    revived.filter((live) => live.state === 'ready'),
  );
  for (const live of revived)
    tx.moved('jobs.changed', live.projectId, live.number, live.state, live.revision);
  yield* adoptChildren(tx, revived, endedAs);
}

function* refuseRetry(tx: Transaction, { live, row, place }: Found): Script<void> {
  const refuse = (found: unknown, expected: string): Fault =>
    new Fault('state_conflict', {
      detail: `Job ${place.project}/${place.number} cannot be retried`,
      found,
      expected,
    });
  if (live !== null) throw refuse(live.state, 'failed, expired, denied or cancelled');
  if (row.trashed_at !== null) throw refuse('trashed', 'a job that is not in the trash');
  if (row.class_id === null && (yield* tx.selectOne('find-child', integer(row.id))) !== undefined)
    throw refuse(row.state, 'a job with work of its own; retry the children');
}

function revivedLive(
  it: Found,
  document: JobDocument,
  pending: number,
  now: number,
): Parameters<typeof retry>[1] {
  return {
    id: integer(it.row.id),
    projectId: integer(it.row.project_id),
    number: it.place.number,
    parentId: integerOrNull(it.row.parent_id),
    classId: integerOrNull(it.row.class_id),
    priority: integer(it.row.priority),
    epoch: null,
    workerId: null,
    held: false,
    pending,
    notBefore: document.notBefore,
    ...deadlines(integerOrNull(it.row.class_id), document.limits, now),
    offerEndsAt: null,
    attemptEndsAt: null,
    startedAt: null,
    cancelRequestedAt: null,
    policy: policyOf(document),
  };
}

interface Judgement {
  readonly pending: number;
  readonly impossible: string | null;
  /** Rows of judge-dependencies. */
  readonly ties: readonly (readonly Value[])[];
}

/** How the dependencies of a job stand now. */
function* judgeAgain(tx: Transaction, jobId: number): Script<Judgement> {
  let pending = 0;
  let impossible: string | null = null;
  const ties: (readonly Value[])[] = [];
  for (const row of yield* tx.select('list-dependencies', jobId)) {
    const verdict = judgeDependency(dependencyKind(row.kind), stateOf(row.live_state ?? row.state));
    if (verdict === 'pending') pending++;
    if (verdict === 'impossible') impossible ??= `${text(row.project)}/${text(row.number)}`;
    ties.push([integer(row.on_id), jobId, verdict === 'met' ? 1 : 0]);
  }
  return { pending, impossible, ties };
}

function hopeless(place: JobPlace, dependency: string, act: string): Fault {
  return new Fault('state_conflict', {
    detail: `Job ${place.project}/${place.number} cannot be ${act}: ${dependency}, which it comes after, did not end as it has to; retry that one first`,
    found: dependency,
    expected: 'dependencies that can be met',
  });
}

function* trashJobs(tx: Transaction, found: readonly Found[]): Script<void> {
  const running = found.find((it) => it.live?.state === 'running' || it.live?.state === 'lost');
  if (running !== undefined)
    throw new Fault('state_conflict', {
      detail: 'A running job cannot be deleted; cancel it and wait',
      found: running.live?.state,
      expected: 'a job that does not run',
    });
  yield* cancelJobs(
    tx,
    found.filter((it) => it.live !== null),
  );
  const ids = found.filter((it) => it.row.trashed_at === null).map((it) => integer(it.row.id));
  yield* tx.write(
    'trash-jobs',
    ids.map((id) => [id, tx.now]),
  );
  for (const it of found) {
    if (it.row.trashed_at !== null) continue;
    const row = (yield* findJob(tx, it.place)).row;
    tx.moved(
      'jobs.trashed',
      integer(row.project_id),
      it.place.number,
      stateOf(row.live_state ?? row.state),
      integer(row.live_revision ?? row.revision),
    );
  }
}

export function* documentOf(tx: Pick<Transaction, 'selectOne'>, jobId: number): Script<JobDocument> {
  return json<JobDocument>((yield* tx.selectOne('find-document', jobId))?.body);
}
