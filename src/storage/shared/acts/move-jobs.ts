import { Fault } from '../../../core/faults.ts';
import type { JobDocument, JobRecord, LiveJob } from '../../../core/jobs/job.ts';
import { judgeDependency } from '../../../core/jobs/place.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';
import { cancel, hold, release, retry, type Step, submit } from '../../../core/jobs/steps.ts';
import type { JobAct } from '../../../ports/storage.ts';
import { applySteps, childrenOf, gathered, lowerHeads } from '../apply-steps.ts';
import { dependencyKind, endedOf, integer, integerOrNull, json, liveOf, liveValues, policyOf, recordOf, stateOf, text } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { adoptChildren } from './containers.ts';
import { deadline } from './insert-jobs.ts';
import { knowProjects } from './know.ts';

interface Found {
  readonly place: JobPlace;
  readonly row: Row;
  /** Null once the job is final. */
  readonly live: LiveJob | null;
}

/** Applies one act of a person to jobs; whatever is refused is refused before the first write. */
export function* moveJobs(tx: Transaction, places: readonly JobPlace[], act: JobAct): Script<readonly JobRecord[]> {
  const found: Found[] = [];
  for (const place of places) found.push(yield* findJob(tx, place));
  yield* knowProjects(tx, found.map((it) => ({ projectId: integer(it.row['project_id']) })));
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
  const live = row['live_state'] === null ? undefined : yield* tx.selectOne('find-live', integer(row['id']));
  return { place, row, live: live === undefined ? null : liveOf(live) };
}

function unfinished(it: Found, act: string): LiveJob {
  if (it.live === null)
    throw new Fault('state_conflict', {
      detail: `Job ${it.place.project}/${it.place.number} cannot be moved by ${act}`,
      found: it.row['state'],
      expected: 'an unfinished job',
    });
  return it.live;
}

/** Cancels; children of a job without work of its own go with it. What is cancelled already stays so. */
function* cancelJobs(tx: Transaction, found: readonly Found[]): Script<void> {
  const targets = new Map<number, LiveJob>();
  for (const it of found) {
    if (it.row['state'] === 'cancelled') continue;
    const live = unfinished(it, 'cancel');
    targets.set(live.id, live);
  }
  let parents = [...targets.values()].filter((live) => live.classId === null);
  while (parents.length > 0) {
    const children = (yield* tx.select('list-live-children', parents.map((live) => live.id))).map(liveOf);
    parents = children.filter((live) => live.classId === null && !targets.has(live.id));
    for (const live of children) targets.set(live.id, live);
  }
  yield* knowProjects(tx, [...targets.values()]);
  const steps: Step[] = [];
  for (const live of targets.values()) {
    if (live.classId === null && live.state === 'running' && hasOpenChild(live, targets)) continue;
    const step = cancel(live, tx.now);
    if (step === null) continue;
    steps.push(step);
    if (live.workerId !== null) tx.wakeWorker(live.workerId);
  }
  yield* applySteps(tx, steps);
}

/** A parent ends by itself when its last child has ended. */
function hasOpenChild(parent: LiveJob, targets: ReadonlyMap<number, LiveJob>): boolean {
  for (const live of targets.values()) if (live.parentId === parent.id) return true;
  return false;
}

function* submitDrafts(tx: Transaction, found: readonly Found[]): Script<void> {
  const steps: Step[] = [];
  for (const it of found) {
    const live = unfinished(it, 'submit');
    const document = yield* documentOf(tx, live.id);
    const { pending, impossible } = yield* judgeAgain(tx, live.id);
    if (impossible !== null) throw hopeless(it.place, impossible, 'submitted');
    const limited = {
      ...live,
      pending,
      startBy: deadline(tx.now, document.limits.startWithinMs),
      finishBy: deadline(tx.now, document.limits.totalMs),
    };
    steps.push(submit(limited, tx.now));
  }
  yield* tx.write('set-submitted', steps.map((step) => [step.kind === 'stay' ? step.live.id : step.from.id, tx.now]));
  yield* applySteps(tx, steps);
}

/** Brings ended jobs back for another attempt. */
function* retryJobs(tx: Transaction, found: readonly Found[]): Script<void> {
  const revived: LiveJob[] = [];
  const endedAs = new Map<number, string>();
  for (const it of found) {
    if (it.live !== null)
      throw new Fault('state_conflict', { detail: 'Only an ended job is retried', found: it.live.state, expected: 'failed, expired, denied or cancelled' });
    const ended = endedOf(it.row);
    const document = yield* documentOf(tx, ended.id);
    const { pending, impossible } = yield* judgeAgain(tx, ended.id);
    if (impossible !== null) throw hopeless(it.place, impossible, 'retried');
    const step = retry(ended, revivedLive(it, document, pending, tx.now), tx.now);
    revived.push(step.live);
    endedAs.set(ended.id, ended.state);
    tx.tally(step.live.projectId, ended.state, -1);
  }
  yield* tx.write('reopen-jobs', revived.map((live) => [live.id]));
  yield* tx.write('insert-live', revived.map(liveValues));
  yield* lowerHeads(tx, revived.filter((live) => live.state === 'ready'));
  for (const live of revived) tx.moved('jobs.changed', live.projectId, live.number, live.state, live.revision);
  yield* adoptChildren(tx, revived, endedAs);
  yield* gatherAgain(tx, revived.filter((live) => live.classId === null));
}

/** A retried parent without work of its own stands where its children stand. */
function* gatherAgain(tx: Transaction, parents: readonly LiveJob[]): Script<void> {
  if (parents.length === 0) return;
  const steps: Step[] = [];
  for (const row of yield* tx.select('list-containers', parents.map((live) => live.id))) {
    const step = gathered(liveOf(row), childrenOf(row));
    if (step !== null) steps.push(step);
  }
  yield* applySteps(tx, steps);
}

function revivedLive(it: Found, document: JobDocument, pending: number, now: number): Parameters<typeof retry>[1] {
  return {
    id: integer(it.row['id']),
    projectId: integer(it.row['project_id']),
    number: it.place.number,
    parentId: integerOrNull(it.row['parent_id']),
    classId: integerOrNull(it.row['class_id']),
    priority: integer(it.row['priority']),
    epoch: null,
    workerId: null,
    held: false,
    pending,
    notBefore: document.notBefore,
    startBy: deadline(now, document.limits.startWithinMs),
    finishBy: deadline(now, document.limits.totalMs),
    offerEndsAt: null,
    attemptEndsAt: null,
    startedAt: null,
    cancelRequestedAt: null,
    policy: policyOf(document),
  };
}

/** How the dependencies of a job stand now. */
function* judgeAgain(tx: Transaction, jobId: number): Script<{ readonly pending: number; readonly impossible: string | null }> {
  let pending = 0;
  let impossible: string | null = null;
  for (const row of yield* tx.select('list-dependencies', jobId)) {
    const verdict = judgeDependency(dependencyKind(row['kind']), stateOf(row['live_state'] ?? row['state']));
    if (verdict === 'pending') pending++;
    if (verdict === 'impossible') impossible ??= `${text(row['project'])}/${text(row['number'])}`;
  }
  return { pending, impossible };
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
    throw new Fault('state_conflict', { detail: 'A running job cannot be deleted; cancel it and wait', found: running.live?.state, expected: 'a job that does not run' });
  yield* cancelJobs(tx, found.filter((it) => it.live !== null));
  const ids = found.filter((it) => it.row['trashed_at'] === null).map((it) => integer(it.row['id']));
  yield* tx.write('trash-jobs', ids.map((id) => [id, tx.now]));
  for (const it of found) {
    if (it.row['trashed_at'] !== null) continue;
    const row = (yield* findJob(tx, it.place)).row;
    tx.moved('jobs.trashed', integer(row['project_id']), it.place.number, stateOf(row['live_state'] ?? row['state']), integer(row['live_revision'] ?? row['revision']));
  }
}

export function* documentOf(tx: Pick<Transaction, 'selectOne'>, jobId: number): Script<JobDocument> {
  return json<JobDocument>((yield* tx.selectOne('find-document', jobId))?.['body']);
}
