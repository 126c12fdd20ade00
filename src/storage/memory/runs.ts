/** Runs that somebody else runs and tells of. */
import type { Principal } from '../../core/access/roles.ts';
import { noAnnotations } from '../../core/annotations/annotations.ts';
import { Fault } from '../../core/faults.ts';
import {
  type HoldingProject,
  homeProject,
  namesFor,
  newNamedProject,
  projectNameFor,
} from '../../core/files/home-project.ts';
import { absolutePath, pathsAbove } from '../../core/files/paths.ts';
import type { JobRecord, LiveJob } from '../../core/jobs/job.ts';
import { newDocument, newRecord } from '../../core/jobs/new-job.ts';
import {
  endedAt,
  hear,
  type NewRun,
  type RunEnd,
  recordedLive,
  refuseStranger,
} from '../../core/jobs/record.ts';
import { readAttempt, writeAttempt } from '../../core/jobs/reference.ts';
import { settle } from '../../core/jobs/steps.ts';
import { followProgress } from '../../core/tasks/progress.ts';
import type { RecordedRun, RunStorage } from '../../ports/records/runs.ts';
import { type Act, tellOfJob } from './act.ts';
import { addFiles, storedFilesOf } from './files.ts';
import { checkParent, giveNumber } from './insert.ts';
import { apply, childOpened, classIdOf, identityOf, showLive } from './moves.ts';
import { createProject } from './projects.ts';
import { addNumbers, keepLate, wasApplied } from './reports.ts';
import { jobOf, projectNamed, type StoredJob } from './state.ts';
import { tieAttempt } from './ties.ts';
import { moment } from './workers.ts';

type ParamsOf<Verb extends keyof RunStorage> = Parameters<RunStorage[Verb]>[0];

export function recordRun(act: Act, params: ParamsOf<'recordRun'>): RecordedRun {
  const { run } = params;
  const known = [...act.state.jobs.values()].find((job) => job.run?.key === run.key);
  if (known !== undefined) return recordAgain(act, params, known);
  const { name, isNew } = chooseProject(act, params);
  const id = insertRun(act, structuredClone(run), name);
  if (run.ended !== null) endRun(act, id, run.ended);
  return answer(act, id, isNew);
}

function chooseProject(act: Act, params: ParamsOf<'recordRun'>): { name: string; isNew: boolean } {
  const { run, by } = params;
  const holding = projectsHolding(act, run.folder);
  if (run.project !== null) {
    const found = act.state.projects.has(run.project);
    const wish = { found, holding, folder: run.folder, parent: run.spec.parent };
    const begun = newNamedProject(wish, by.grants);
    if (begun === null) return { name: projectNamed(act.state, run.project).project.name, isNew: false };
    createProject(act, {
      by: { principal: by.name },
      name: run.project,
      title: null,
      ...begun,
      metadata: null,
    });
    return { name: run.project, isNew: true };
  }
  const home = homeProject(holding, by.grants);
  if (home !== null) return { name: home.name, isNew: false };
  for (const name of namesFor(run.projectName ?? projectNameFor(run.folder))) {
    if (act.state.projects.has(name) || act.state.databases.has(name)) continue;
    createProject(act, {
      by: { principal: by.name },
      name,
      title: null,
      directory: run.folder,
      metadata: null,
    });
    return { name, isNew: true };
  }
  throw new Fault('project_exists', { field: 'projectName', found: run.folder });
}

function projectsHolding(act: Act, folder: string): readonly HoldingProject[] {
  const above = pathsAbove(folder);
  return [...act.state.projects.values()].flatMap(({ project, deleted }) => {
    const directory = project.directory === null ? null : absolutePath(project.directory, null);
    if (deleted || directory === null || !above.includes(directory)) return [];
    return [{ name: project.name, directory }];
  });
}

function insertRun(act: Act, run: NewRun, project: string): number {
  const { spec, key, facts, leaseMs } = run;
  checkParent(act.state, project, spec.parent, 'jobs[0].parent');
  const number = giveNumber(act.state, project, spec.parent);
  const id = ++act.state.lastJobId;
  const document = newDocument(spec, []);
  const place = { ...spec, id, number, project };
  const whole = identityOf(act, { record: place, document });
  // A limit of the parent is for what workers take.
  const classId = classIdOf(act.state, whole.projectId, { ...place, parent: null }, document);
  const identity = { ...whole, classId };
  const live = recordedLive(run, identity, { epoch: ++act.state.epoch, now: act.now });
  const shown = showLive(newRecord(spec, live, project, act.now), live);
  const record: JobRecord = { ...shown, origin: 'recorded', ...noAnnotations, tags: run.tags };
  const empty = {
    progress: null,
    after: [],
    attempts: [],
    late: [],
    databases: [],
    log: [],
    given: act.state.numbersFrom,
  };
  act.state.jobs.set(id, { record, document, live, run: { key, facts, leaseMs }, ...empty });
  addFiles(act, id, 'input', spec.inputs);
  tieAttempt(act, live, live.startedAt ?? act.now);
  tellOfJob(act, 'jobs.created', record);
  childOpened(act, record);
  return id;
}

/** To tell of a run again is a sign of life. After a restore it gets an epoch that counts. */
function recordAgain(act: Act, params: ParamsOf<'recordRun'>, job: StoredJob): RecordedRun {
  const { id } = job.record;
  refuseStranger(params.by, job.record);
  if (job.live !== null) {
    hearRun(act, job.live);
    if (params.run.ended !== null) endRun(act, id, params.run.ended);
  }
  return answer(act, id, false);
}

function hearRun(act: Act, live: LiveJob): void {
  const { run } = jobOf(act.state, live.id);
  const heard = hear(live, act.now + (run?.leaseMs ?? 0), live.epoch ?? ++act.state.epoch);
  apply(act, heard.step);
  act.state.jobs.set(live.id, { ...jobOf(act.state, live.id), live: heard.live });
}

function answer(act: Act, id: number, newProject: boolean): RecordedRun {
  const { record, live, attempts, run } = jobOf(act.state, id);
  return {
    job: record,
    attempt: writeAttempt(id, record.attempts),
    epoch: (live ?? attempts.at(-1))?.epoch ?? 0,
    leaseMs: run?.leaseMs ?? 0,
    newProject,
  };
}

/** The run that an attempt is of, if it is this principal’s. */
function runOf(act: Act, { attempt, by }: { attempt: string; by: Principal }): StoredJob {
  const job = act.state.jobs.get(readAttempt(attempt)?.jobId ?? 0);
  if (job === undefined || job.run === null) throw new Fault('attempt_unknown', { found: attempt });
  refuseStranger(by, job.record);
  return job;
}

function isCurrent({ live }: StoredJob, named: { attempt: string; epoch: number }): boolean {
  return live?.epoch === named.epoch && live.attempt === readAttempt(named.attempt)?.attempt;
}

export function renewRun(act: Act, params: ParamsOf<'renewRun'>): { leaseMs: number; cancel: boolean } {
  const job = runOf(act, params);
  if (job.live === null || !isCurrent(job, params)) throw new Fault('epoch_stale', { found: params.epoch });
  hearRun(act, job.live);
  const { progress } = params;
  if (progress !== null) {
    const heard = jobOf(act.state, job.record.id);
    const said = followProgress(job.progress, progress, act.now);
    act.state.jobs.set(job.record.id, { ...heard, progress: said });
  }
  return { leaseMs: job.run?.leaseMs ?? 0, cancel: job.live.cancelRequestedAt !== null };
}

export function finishRun(act: Act, params: ParamsOf<'finishRun'>): JobRecord {
  const job = runOf(act, params);
  const { id } = job.record;
  if (isCurrent(job, params)) endRun(act, id, params.end);
  else {
    const attempt = readAttempt(params.attempt)?.attempt ?? 0;
    const told = { epoch: params.epoch, outcome: params.end.outcome };
    if (!wasApplied(job, attempt, told)) keepLate(act, params, params.end);
  }
  return jobOf(act.state, id).record;
}

function endRun(act: Act, id: number, end: RunEnd): void {
  const job = jobOf(act.state, id);
  if (job.live === null || job.run === null) return;
  const { live, run, document } = job;
  const at = endedAt(end.finishedAt, live.startedAt, act.now);
  completeInputs(act, id, structuredClone(end.inputs));
  const executable = end.executable === undefined ? run.facts.executable : end.executable;
  const version = end.version === undefined ? run.facts.version : end.version;
  const stdin = end.stdin === undefined ? document.stdin : end.stdin;
  const facts = { ...run.facts, executable, version };
  act.state.jobs.set(id, { ...job, document: { ...document, stdin }, run: { ...run, facts } });
  tieAttempt(act, live, live.startedAt ?? act.now);
  addFiles(act, id, 'output', structuredClone(end.outputs), { attempt: live.attempt, at });
  addNumbers(act, id, end.numbers);
  apply(act, settle(live, end, moment(act)));
  const ended = jobOf(act.state, id);
  act.state.jobs.set(id, {
    ...ended,
    record: { ...ended.record, finishedAt: at },
    attempts: ended.attempts.map((each) =>
      each.attempt === live.attempt ? { ...each, finishedAt: at } : each,
    ),
  });
}

function completeInputs(act: Act, id: number, inputs: RunEnd['inputs']): void {
  if (inputs === undefined) return;
  const read = new Set(inputs.map(({ path }) => path));
  for (const file of storedFilesOf(act.state, id))
    if (file.role === 'input' && !read.has(file.path)) act.state.files.delete(file.id);
  for (const file of inputs) {
    const known = storedFilesOf(act.state, id).find(
      ({ role, path }) => role === 'input' && path === file.path,
    );
    if (known === undefined) addFiles(act, id, 'input', [file]);
    else act.state.files.set(known.id, { ...known, ...file });
  }
}
