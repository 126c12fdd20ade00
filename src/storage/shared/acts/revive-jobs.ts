/** Jobs that set out: drafts that are submitted, and ended ones that are tried again. */
import { Fault } from '../../../core/faults.ts';
import type { EndedJob, JobDocument, LiveJob } from '../../../core/jobs/job.ts';
import { deadlines, policyOf, untouched } from '../../../core/jobs/new-job.ts';
import type { Newcomer } from '../../../core/jobs/order.ts';
import { judgeDependency } from '../../../core/jobs/place.ts';
import { type JobPlace, writeReference } from '../../../core/jobs/reference.ts';
import { retry, type Stay, submit } from '../../../core/jobs/steps.ts';
import { applySteps, lowerHeads } from '../apply-steps.ts';
import { checkDatabases } from '../locks/resolve.ts';
import {
  dependencyKind,
  endedOf,
  identityOf,
  integer,
  integerOrNull,
  liveValues,
  stateOf,
  text,
} from '../rows.ts';
import type { Row, Script, Value } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { adoptChildren, gatherOwn } from './containers.ts';
import { documentOf, type Found, unfinished } from './find-job.ts';
import { refuseCirclesOf } from './resolve-jobs.ts';
import { resumeTaskRun } from './tasks.ts';
import { tieProvisionally } from './tie-inputs.ts';

/** Submits drafts. */
export function* submitDrafts(tx: Transaction, found: readonly Found[]): Script<void> {
  const steps: Stay[] = [];
  const judged: (readonly Value[])[] = [];
  const newcomers: Newcomer[] = [];
  for (const it of found) {
    const live = unfinished(it, 'submit');
    const document = yield* documentOf(tx, live.id);
    const { pending, impossible, ties, unmet } = yield* judgeAgain(tx, live.id);
    newcomers.push({ id: live.id, after: unmet, container: yield* containerOf(tx, live.parentId, unmet) });
    if (live.state === 'draft' && impossible !== null) throw hopeless(it.place, impossible, 'submitted');
    judged.push(...ties);
    steps.push(submit({ ...live, pending, ...deadlines(live.classId, document.limits, tx.now) }, tx.now));
  }
  yield* refuseCirclesOf(tx, newcomers);
  yield* tx.write('judge-dependencies', judged);
  yield* tx.write(
    'set-submitted',
    steps.map((step) => [step.live.id, tx.now]),
  );
  yield* applySteps(tx, steps);
  yield* tieProvisionally(
    tx,
    steps.map((step) => step.live),
  );
  yield* gatherOwn(
    tx,
    steps.map((step) => step.live),
  );
}

/** Brings ended jobs back for another attempt. */
export function* retryJobs(tx: Transaction, found: readonly Found[]): Script<void> {
  const revived: LiveJob[] = [];
  const endedAs = new Map<number, EndedJob['state']>();
  const judged: (readonly Value[])[] = [];
  const newcomers: Newcomer[] = [];
  for (const it of found) {
    yield* refuseRetry(tx, it);
    const ended = endedOf(it.row);
    if (it.row.task !== null) yield* resumeTaskRun(tx, ended.id);
    const document = yield* documentOf(tx, ended.id);
    // What it read may be gone since: then it would never start, or start for nothing.
    if (document.locks !== undefined) yield* checkDatabases(tx, document.locks);
    const { pending, impossible, ties, unmet } = yield* judgeAgain(tx, ended.id);
    judged.push(...ties);
    if (ended.state !== 'succeeded' && impossible !== null) throw hopeless(it.place, impossible, 'retried');
    const container = yield* containerOf(tx, integerOrNull(it.row.parent_id), unmet);
    newcomers.push({ id: ended.id, after: unmet, container });
    const step = retry(ended, revivedLive(it.row, document, pending, tx.now), tx.now);
    revived.push(step.live);
    endedAs.set(ended.id, ended.state);
  }
  yield* refuseCirclesOf(tx, newcomers);
  // Only now that nothing is refused any more: a count is not taken back with an act.
  for (const { id, projectId } of revived) {
    const was = endedAs.get(id);
    if (was !== undefined) tx.tally(projectId, was, -1);
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
  if (row.origin === 'recorded')
    throw refuse('a recorded run', 'a job that workers run; rerun makes one of it');
  if (row.class_id === null && (yield* tx.selectOne('find-child', integer(row.id))) !== undefined)
    throw refuse(row.state, 'a job with work of its own; retry the children');
}

function revivedLive(
  row: Row,
  document: JobDocument,
  pending: number,
  now: number,
): Parameters<typeof retry>[1] {
  const identity = identityOf(row);
  return {
    ...untouched(identity),
    pending,
    notBefore: document.notBefore,
    ...deadlines(identity.classId, document.limits, now),
    policy: policyOf(document),
  };
}

interface Judgement {
  readonly pending: number;
  readonly impossible: string | null;
  /** Rows of judge-dependencies. */
  readonly ties: readonly (readonly Value[])[];
  readonly unmet: Newcomer['after'];
}

/** How the dependencies of a job stand now. */
function* judgeAgain(tx: Transaction, jobId: number): Script<Judgement> {
  let pending = 0;
  let impossible: string | null = null;
  const ties: (readonly Value[])[] = [];
  const unmet: Newcomer['after'][number][] = [];
  for (const row of yield* tx.select('list-dependencies', jobId)) {
    const verdict = judgeDependency(dependencyKind(row.kind), stateOf(row.live_state ?? row.state));
    const named = writeReference({ project: text(row.project), number: text(row.number) });
    if (verdict === 'pending') pending++;
    if (verdict === 'impossible') impossible ??= named;
    if (verdict !== 'met') unmet.push({ id: integer(row.on_id), named });
    ties.push([integer(row.on_id), jobId, verdict === 'met' ? 1 : 0]);
  }
  return { pending, impossible, ties, unmet };
}

/** The parent, if it has no work of its own; not asked where nothing is waited for. */
function* containerOf(
  tx: Transaction,
  parentId: number | null,
  unmet: Newcomer['after'],
): Script<number | null> {
  if (parentId === null || unmet.length === 0) return null;
  return (yield* tx.selectOne('find-container', parentId)) === undefined ? null : parentId;
}

function hopeless(place: JobPlace, dependency: string, act: string): Fault {
  return new Fault('state_conflict', {
    detail: `Job ${place.project}/${place.number} cannot be ${act}: ${dependency}, which it comes after, did not end as it has to; retry that one first`,
    found: dependency,
    expected: 'dependencies that can be met',
  });
}
