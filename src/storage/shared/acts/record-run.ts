import type { Principal } from '../../../core/access/roles.ts';
import { noAnnotations } from '../../../core/annotations/annotations.ts';
import { Fault } from '../../../core/faults.ts';
import {
  type HoldingProject,
  homeProject,
  namesFor,
  newNamedProject,
  projectNameFor,
} from '../../../core/files/home-project.ts';
import { pathsAbove } from '../../../core/files/paths.ts';
import type { LiveJob } from '../../../core/jobs/job.ts';
import { newDocument } from '../../../core/jobs/new-job.ts';
import { dueAt } from '../../../core/jobs/place.ts';
import { hear, type NewRun, recordedLive } from '../../../core/jobs/record.ts';
import { writeAttempt } from '../../../core/jobs/reference.ts';
import type { RecordedRun } from '../../../ports/records/runs.ts';
import { applySteps } from '../apply-steps.ts';
import { documentText } from '../document.ts';
import { integer, liveOf, liveValues, recordOf, text } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { insertWords, titleSource, writeAnnotations } from './annotations.ts';
import { adoptChildren } from './containers.ts';
import { endRun, refuseOthers } from './end-run.ts';
import { internClass, knowProjects, projectRow } from './know.ts';
import { insertFiles } from './place-files.ts';
import { createProject } from './projects.ts';
import { givePlaces, resolve } from './resolve-jobs.ts';
import { tieRun } from './tie-inputs.ts';

export interface Recording {
  readonly by: Principal;
  readonly run: NewRun;
}

/** Records a run, once for its key. */
export function* recordRun(tx: Transaction, it: Recording): Script<RecordedRun> {
  const known = yield* tx.selectOne('find-run-by-key', it.run.key);
  if (known !== undefined) return yield* recordAgain(tx, it, known);
  const { name, isNew } = yield* chooseProject(tx, it);
  const project = yield* projectRow(tx, name);
  const live = yield* insertRun(tx, it.run, project);
  if (it.run.ended !== null) yield* endRun(tx, live, it.run.ended);
  return yield* answer(tx, live.id, it.run.leaseMs, isNew);
}

interface ChosenProject {
  readonly name: string;
  readonly isNew: boolean;
}

function* chooseProject(tx: Transaction, { by, run }: Recording): Script<ChosenProject> {
  if (run.project !== null) return yield* namedProject(tx, { by, run }, run.project);
  const home = homeProject(yield* projectsHolding(tx, run.folder), by.grants);
  if (home !== null) return { name: home.name, isNew: false };
  for (const name of namesFor(run.projectName ?? projectNameFor(run.folder))) {
    if ((yield* tx.selectOne('find-project', name)) !== undefined) continue;
    if ((yield* tx.selectOne('list-databases-by-name', [name])) !== undefined) continue;
    yield* createProject(tx, { name, title: null, directory: run.folder, owner: by.name, metadata: null });
    return { name, isNew: true };
  }
  throw new Fault('project_exists', { field: 'projectName', found: run.projectName ?? run.folder });
}

function* namedProject(tx: Transaction, { by, run }: Recording, name: string): Script<ChosenProject> {
  const found = (yield* tx.selectOne('find-project', name)) !== undefined;
  const holding = found ? [] : yield* projectsHolding(tx, run.folder);
  const begun = newNamedProject({ found, holding, folder: run.folder, parent: run.spec.parent }, by.grants);
  if (begun === null) return { name, isNew: false };
  yield* createProject(tx, { name, title: null, ...begun, owner: by.name, metadata: null });
  return { name, isNew: true };
}

function* projectsHolding(tx: Transaction, folder: string): Script<readonly HoldingProject[]> {
  const rows = yield* tx.select('list-projects-holding', pathsAbove(folder));
  return rows.map((row) => ({ name: text(row.name), directory: text(row.path) }));
}

/** Writes a run as it is first told: running, attempt 1, its recorder in a worker’s place. */
function* insertRun(tx: Transaction, run: NewRun, project: Row): Script<LiveJob> {
  const { spec, facts } = run;
  const projectId = integer(project.id);
  const named = yield* resolve(tx, text(project.name), projectId, [spec]);
  const [placed] = yield* givePlaces(tx, project, [spec], named);
  if (placed === undefined) throw new Error('a run was given no place');
  const { id, number, parentId } = placed;
  const jobClass = {
    queue: spec.queue,
    task: spec.task,
    projectId,
    owner: spec.owner,
    runs: 'command',
  } as const;
  const classId = yield* internClass(tx, jobClass);
  const identity = { id, number, parentId, projectId, classId, priority: spec.priority };
  const live = recordedLive(run, identity, { epoch: tx.nextEpoch(), now: tx.now });
  const { task, title, owner, queue, priority } = spec;
  yield* tx.write('insert-jobs', [
    [id, projectId, number, parentId, classId, task, title, owner, queue, priority, tx.now, tx.now, null],
  ]);
  yield* tx.write('mark-recorded', [[id]]);
  yield* tx.write('insert-documents', [[id, documentText(newDocument(spec, []))]]);
  yield* tx.write('insert-live', [liveValues(live)]);
  yield* writeLease(tx, live);
  const { host, account, executable, version } = facts;
  const program = [executable?.path ?? null, executable?.sha256 ?? null, version];
  yield* tx.write('insert-run', [[id, run.key, host, account, ...program, run.leaseMs]]);
  const inputs = { jobId: id, role: 'input', files: spec.inputs, made: null, folder: run.folder } as const;
  yield* insertFiles(tx, [inputs]);
  if (run.ended === null && live.policy.readsFiles) yield* tieRun(tx, live);
  yield* insertWords(tx, [{ job: live, source: titleSource, text: title }]);
  if (run.tags.length > 0)
    yield* writeAnnotations(tx, live, noAnnotations, { ...noAnnotations, tags: run.tags });
  tx.moved('jobs.created', projectId, number, live.state, live.revision);
  yield* adoptChildren(tx, [live]);
  return live;
}

/** The run is known: to tell of it again is a sign of life. After a restore it gets an epoch that counts. */
function* recordAgain(tx: Transaction, { by, run }: Recording, known: Row): Script<RecordedRun> {
  const jobId = integer(known.job_id);
  const job = yield* tx.selectOne('find-job-by-id', jobId);
  if (job === undefined) throw new Error(`no job has the id ${jobId}`);
  refuseOthers(by, job);
  const row = yield* tx.selectOne('find-live', jobId);
  if (row !== undefined) {
    const live = liveOf(row);
    yield* knowProjects(tx, [live]);
    const heard = yield* hearRun(tx, live, integer(known.lease_ms));
    if (run.ended !== null) yield* endRun(tx, heard, run.ended);
  }
  return yield* answer(tx, jobId, integer(known.lease_ms), false);
}

/** Extends the lease of a run; one that was lost goes on. */
export function* hearRun(tx: Transaction, live: LiveJob, leaseMs: number): Script<LiveJob> {
  const heard = hear(live, tx.now + leaseMs, live.epoch ?? tx.nextEpoch());
  if (heard.step !== null) yield* applySteps(tx, [heard.step]);
  yield* writeLease(tx, heard.live);
  return heard.live;
}

function* writeLease(tx: Transaction, live: LiveJob): Script<void> {
  yield* tx.write('set-run-lease', [[live.id, live.leaseEndsAt, dueAt(live), live.epoch]]);
}

function* answer(tx: Transaction, jobId: number, leaseMs: number, newProject: boolean): Script<RecordedRun> {
  const [row] = yield* tx.select('list-jobs-by-id', [jobId]);
  if (row === undefined) throw new Error(`no job has the id ${jobId}`);
  const projectId = integer(row.project_id);
  yield* knowProjects(tx, [{ projectId }]);
  const job = recordOf(row, tx.known.projectName(projectId));
  const live = yield* tx.selectOne('find-live', jobId);
  const ended = live === undefined ? yield* tx.selectOne('find-attempt', jobId, job.attempts) : undefined;
  return {
    job,
    attempt: writeAttempt(jobId, job.attempts),
    epoch: integer((live ?? ended)?.epoch),
    leaseMs,
    newProject,
  };
}
