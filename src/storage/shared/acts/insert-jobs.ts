import { type JobClass, limitBelow, lockedBy } from '../../../core/dispatch/classes.ts';
import type { JobDocument, JobRecord, JobSpec, LiveJob } from '../../../core/jobs/job.ts';
import { newDocument, newLive, newRecord } from '../../../core/jobs/new-job.ts';
import { refuseCycles } from '../../../core/jobs/order.ts';
import { abandon } from '../../../core/jobs/steps.ts';
import { applySteps, lowerHeads } from '../apply-steps.ts';
import { documentText } from '../document.ts';
import { checkDatabases } from '../locks/resolve.ts';
import { integer, liveValues, recordOf, textOrNull } from '../rows.ts';
import type { Row, Script, Value } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { insertWords, titleSource } from './annotations.ts';
import { adoptChildren } from './containers.ts';
import { internClass, projectRow } from './know.ts';
import { insertFiles, type NewFiles } from './place-files.ts';
import { distinct, givePlaces, type ResolvedDependency, resolve } from './resolve-jobs.ts';
import { beginTaskRun } from './tasks.ts';
import { tieProvisionally } from './tie-inputs.ts';

/** A job with its place, as it is written. */
interface NewJob {
  readonly spec: JobSpec;
  readonly live: LiveJob;
  readonly document: JobDocument;
  readonly dependencies: readonly ResolvedDependency[];
}

/** Inserts jobs with everything that belongs to them; those whose dependency can never be met end at once. */
export function* insertJobs(
  tx: Transaction,
  projectName: string,
  specs: readonly JobSpec[],
): Script<readonly JobRecord[]> {
  refuseCycles(specs);
  const project = yield* projectRow(tx, projectName);
  const projectId = integer(project.id);
  const { earlier, parents } = yield* resolve(tx, projectName, projectId, specs);
  const placed = yield* givePlaces(tx, project, specs, { earlier, parents });
  const jobs: NewJob[] = [];
  for (const { spec, after, ...place } of placed) {
    const parent = spec.parent === null ? undefined : parents.get(spec.parent);
    const classId = yield* classIdOf(tx, spec, projectId, limitBelow(parent ?? null));
    const identity = { ...place, projectId, classId, priority: spec.priority };
    const dependencies = distinct(after);
    const pending = dependencies.filter((it) => it.verdict !== 'met').length;
    const named = after.map(({ ref, kind }) => ({ job: ref, on: kind }));
    jobs.push({
      spec,
      dependencies,
      live: newLive(spec, identity, pending, tx.now),
      document: newDocument(spec, named),
    });
  }
  yield* write(tx, jobs, project);
  for (const { spec, live } of jobs) yield* beginTaskRun(tx, live.id, spec);
  const lives = jobs.map((job) => job.live);
  yield* tieProvisionally(tx, lives);
  yield* lowerHeads(
    tx,
    lives.filter((live) => live.state === 'ready'),
  );
  for (const live of lives) tx.moved('jobs.created', projectId, live.number, live.state, live.revision);
  yield* adoptChildren(tx, lives);
  const hopeless = jobs.filter(
    ({ spec, dependencies }) => spec.submit && dependencies.some((it) => it.verdict === 'impossible'),
  );
  yield* applySteps(
    tx,
    hopeless.map(({ live }) => abandon(live)),
  );
  return yield* answer(tx, projectName, jobs, hopeless.length > 0);
}

/** Where some ended at once, others of the request may have been moved by that. */
function* answer(
  tx: Transaction,
  project: string,
  jobs: readonly NewJob[],
  moved: boolean,
): Script<readonly JobRecord[]> {
  if (!moved) return jobs.map(({ spec, live }) => newRecord(spec, live, project, tx.now));
  const rows = yield* tx.select(
    'list-jobs-by-id',
    jobs.map(({ live }) => live.id),
  );
  const records = new Map(rows.map((row) => [integer(row.id), recordOf(row, project)]));
  return jobs.map(({ spec, live }) => records.get(live.id) ?? newRecord(spec, live, project, tx.now));
}

function* classIdOf(
  tx: Transaction,
  spec: JobSpec,
  projectId: number,
  limit: Pick<JobClass, 'limit'>,
): Script<number | null> {
  if (spec.command === null && spec.task === null) return null;
  const runs = spec.command === null ? 'handler' : 'command';
  const { queue, task, owner } = spec;
  if (spec.locks !== undefined) yield* checkDatabases(tx, spec.locks);
  return yield* internClass(tx, { queue, task, projectId, owner, runs, ...limit, ...lockedBy(spec.locks) });
}

function* write(tx: Transaction, jobs: readonly NewJob[], project: Row): Script<void> {
  yield* tx.write(
    'insert-jobs',
    jobs.map((job) => jobValues(job, tx.now)),
  );
  yield* tx.write(
    'insert-documents',
    jobs.map(({ live, document }) => [live.id, documentText(document)]),
  );
  yield* tx.write(
    'insert-live',
    jobs.map(({ live }) => liveValues(live)),
  );
  yield* tx.write(
    'insert-dependencies',
    jobs.flatMap(({ live, dependencies }) =>
      dependencies.map((it) => [it.onId, live.id, it.kind, it.verdict === 'met' ? 1 : 0]),
    ),
  );
  yield* insertFiles(
    tx,
    jobs.flatMap(({ live, document }) => declaredFiles(document, live.id, project)),
  );
  yield* tx.write(
    'insert-containers',
    jobs.filter(({ live }) => live.classId === null).map(({ live }) => [live.id]),
  );
  yield* tx.write(
    'set-limits',
    jobs.flatMap(({ spec, live }) => (spec.atOnce === undefined ? [] : [[live.id, spec.atOnce]])),
  );
  yield* insertWords(
    tx,
    jobs.map(({ spec, live }) => ({ job: live, source: titleSource, text: spec.title })),
  );
}

function jobValues({ spec, live }: NewJob, now: number): readonly Value[] {
  return [
    live.id,
    live.projectId,
    live.number,
    live.parentId,
    live.classId,
    spec.task,
    spec.title,
    spec.owner,
    spec.queue,
    spec.priority,
    now,
    spec.submit ? now : null,
    spec.rerunOf,
  ];
}

/** The files that a document names. Relative paths stand in its folder, else in that of the project. */
export function declaredFiles(
  { inputs, outputs, directory }: Pick<JobDocument, 'inputs' | 'outputs' | 'directory'>,
  jobId: number,
  project: Row,
): readonly NewFiles[] {
  const folder = directory ?? textOrNull(project.directory);
  return [
    { jobId, role: 'input', files: inputs, made: null, folder },
    { jobId, role: 'output', files: outputs, made: null, folder },
  ];
}
