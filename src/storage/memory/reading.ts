import { mayServe } from '../../core/dispatch/classes.ts';
import { priorityStepMs } from '../../core/dispatch/rank.ts';
import type { Position } from '../../core/events/cursor.ts';
import { Fault } from '../../core/faults.ts';
import { innermostFirst } from '../../core/files/home-project.ts';
import { absolutePath, pathsAbove } from '../../core/files/paths.ts';
import { childrenIn } from '../../core/jobs/gather.ts';
import {
  type AttemptRecord,
  type FileRecord,
  filesShown,
  type JobDetails,
  type JobIndex,
  type JobRecord,
  type LateReport,
  lateReportsShown,
} from '../../core/jobs/job.ts';
import { shownChunks } from '../../core/jobs/log-run.ts';
import { type JobPlace, readAttempt, writeReference } from '../../core/jobs/reference.ts';
import { isFinal, type JobState } from '../../core/jobs/states.ts';
import type { Situation } from '../../core/jobs/why.ts';
import type { NamedDirectory } from '../../ports/records/directories.ts';
import type { ProvenanceStorage, Sighting, StaleJob } from '../../ports/records/provenance.ts';
import type { ServerRecord } from '../../ports/records/servers.ts';
import type {
  EventPage,
  JobCounts,
  ListEvents,
  ListJobs,
  LogChunk,
  Page,
  Project,
  StorageIdentity,
  StorageStatus,
  TokenRecord,
  WorkerRecord,
} from '../../ports/storage.ts';
import { attemptsOf, lastAttempt, nameOfWorker } from './attempts.ts';
import { directoriesOf } from './directories.ts';
import { filesOf } from './files.ts';
import { lockWaitOf } from './job-locks.ts';
import { byNumber, byText, pageOf } from './pages.ts';
import { sightings } from './provenance.ts';
import { staleJobs } from './stale.ts';
import {
  childrenOf,
  classOf,
  isContainer,
  jobAt,
  jobOf,
  projectNamed,
  type State,
  type StoredJob,
  unfinished,
} from './state.ts';
import { withoutSecret } from './tokens.ts';
import { atWorkOf, inHandsOf } from './workers.ts';

const aheadCountedMax = 1000;

export function listProjects(
  state: State,
  params: { readonly limit: number; readonly after?: string; readonly only?: readonly string[] },
): Page<Project> {
  const { only } = params;
  const rows = [...state.projects.values()]
    .filter(({ deleted, project }) => !deleted && (only === undefined || only.includes(project.name)))
    .map(({ project }) => project)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return pageOf(
    state,
    rows,
    params,
    byText(({ name }) => name),
    ({ notes, ...project }) => project,
  );
}

export function listProjectsHolding(
  state: State,
  { folder, only }: { readonly folder: string; readonly only?: readonly string[] },
): Page<Project> {
  const above = pathsAbove(folder);
  const items = [...state.projects.values()]
    .filter(({ deleted, project }) => !deleted && (only === undefined || only.includes(project.name)))
    .map(({ project: { notes: _, ...project } }) => project)
    .filter(({ directory }) => directory !== null && above.includes(absolutePath(directory, null) ?? ''));
  const { incarnation, lastSequence: sequence } = state;
  return { items: innermostFirst(items), next: null, asOf: { incarnation, sequence } };
}

export function listJobs(state: State, params: ListJobs): Page<JobRecord> {
  projectNamed(state, params.project);
  if (params.parent !== undefined) jobAt(state, { project: params.project, number: params.parent });
  const rows = [...state.jobs.values()]
    .map(({ record }) => record)
    .filter((job) => job.project === params.project && job.trashedAt === null)
    .filter((job) => params.states === undefined || params.states.includes(job.state))
    .filter((job) => params.parent === undefined || params.parent === job.parent);
  const newestFirst = params.newestFirst ?? false;
  if (newestFirst) rows.reverse();
  return pageOf(
    state,
    rows,
    params,
    byNumber(({ id }) => id, newestFirst),
    (job) => job,
  );
}

export function listWorkers(
  state: State,
  params: { readonly limit: number; readonly after?: string },
): Page<WorkerRecord> {
  return pageOf(
    state,
    [...state.workers.values()],
    params,
    byNumber(({ id }) => id),
    ({ profile, ...worker }) => ({ ...profile, ...worker, holding: inHandsOf(state, worker.id).length }),
  );
}

export function listServers(
  state: State,
  params: { readonly limit: number; readonly after?: string },
): Page<ServerRecord> {
  return pageOf(
    state,
    [...state.servers.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    params,
    byText(({ name }) => name),
    (server) => server,
  );
}

export function listDirectories(
  state: State,
  params: { readonly project: string | null; readonly limit: number; readonly after?: string },
): Page<NamedDirectory> {
  const rows = directoriesOf(state, params.project);
  return pageOf(
    state,
    rows,
    params,
    byText(({ alias }) => alias),
    (directory) => directory,
  );
}

export function listSightings(
  state: State,
  params: Parameters<ProvenanceStorage['listSightings']>[0],
): Page<Sighting> {
  return pageOf(
    state,
    sightings(state, params),
    params,
    byNumber(({ id }) => id, true),
    ({ sighting }) => sighting,
  );
}

export function listStale(
  state: State,
  params: Parameters<ProvenanceStorage['listStale']>[0],
): Page<StaleJob> {
  return pageOf(
    state,
    staleJobs(state, params.project),
    params,
    byNumber(({ id }) => id),
    ({ stale }) => stale,
  );
}

export function listTokens(
  state: State,
  params: { readonly limit: number; readonly after?: string },
): Page<TokenRecord> {
  const rows = [...state.tokens.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return pageOf(
    state,
    rows,
    params,
    byText(({ id }) => id),
    withoutSecret,
  );
}

export function getJob(state: State, place: JobPlace): JobDetails {
  const job = jobAt(state, place);
  const { record, document, progress } = job;
  return {
    ...record,
    document,
    progress,
    run: lastAttempt(state, job)?.run ?? null,
    databases: job.databases.filter(({ attempt }) => attempt <= record.attempts),
    files: filesOf(state, record.id).slice(0, filesShown),
    children: rollUp(state, job),
  };
}

function rollUp(state: State, job: StoredJob): JobDetails['children'] {
  const children = childrenOf(state, job.record);
  if (children.length === 0 && !isContainer(job)) return null;
  return childrenIn(children.map(({ record }) => [record.state, 1]));
}

export function listFiles(
  state: State,
  params: JobPlace & { readonly limit: number; readonly after?: string },
): Page<FileRecord> {
  const rows = filesOf(state, jobAt(state, params).record.id).map((file, index) => ({
    file,
    place: index + 1,
  }));
  return pageOf(
    state,
    rows,
    params,
    byNumber(({ place }) => place),
    ({ file }) => file,
  );
}

export function listAttempts(state: State, place: JobPlace): readonly AttemptRecord[] {
  return attemptsOf(state, jobAt(state, place));
}

export function listLateReports(state: State, place: JobPlace): readonly LateReport[] {
  return jobAt(state, place).late.slice(0, lateReportsShown);
}

/** Where a run goes on that somebody else runs. */
function hostOf(run: StoredJob['run'], live: StoredJob['live']): string | null {
  return live?.leaseEndsAt == null ? null : (run?.facts.host ?? null);
}

export function lastOutput(state: State, attempt: string): number | null {
  const place = readAttempt(attempt);
  const chunks = state.jobs.get(place?.jobId ?? 0)?.log ?? [];
  const sequences = chunks.filter((it) => it.attempt === place?.attempt).map(({ sequence }) => sequence);
  return sequences.length === 0 ? null : Math.max(...sequences);
}

export function readLog(
  state: State,
  params: JobPlace & { readonly attempt: number | null; readonly after: number; readonly limit: number },
): { readonly attempt: number | null; readonly chunks: readonly LogChunk[]; readonly complete: boolean } {
  const { record, log, attempts } = jobAt(state, params);
  const attempt = params.attempt ?? record.attempts;
  if (params.attempt !== null && !(params.attempt >= 1 && params.attempt <= record.attempts))
    throw new Fault('attempt_unknown', { found: params.attempt });
  if (attempt === 0) return { attempt: null, chunks: [], complete: isFinal(record.state) };
  const rest = log
    .filter((chunk) => chunk.attempt === attempt && chunk.sequence > params.after)
    .sort((a, b) => a.sequence - b.sequence);
  const ended = attempts.some((each) => each.attempt === attempt);
  const sequences = rest.map(({ sequence }) => sequence);
  const shown = rest.slice(0, shownChunks(sequences, params.after, ended));
  return { attempt, chunks: shown.slice(0, params.limit), complete: ended && rest.length <= params.limit };
}

export function explainJob(state: State, place: JobPlace): Situation {
  const { record, live, run, after, attempts } = jobAt(state, place);
  const last =
    record.state === 'failed' ? attempts.find(({ attempt }) => attempt === record.attempts) : undefined;
  const unmet = after
    .filter((tie) => !tie.met)
    .map((tie) => ({ tie, other: jobOf(state, tie.jobId).record }))
    .map(({ tie, other }) => ({ ref: writeReference(other), state: other.state, on: tie.on }));
  const connected = [...state.workers.values()].filter((worker) => worker.state === 'connected');
  const serving = connected.filter(
    ({ profile }) => live?.classId != null && mayServe(profile, classOf(state, live.classId)),
  );
  const ahead = unfinished(state).filter(
    (other) =>
      live?.rank != null &&
      other.live.rank !== null &&
      other.live.classId === live.classId &&
      (other.live.rank < live.rank || (other.live.rank === live.rank && other.live.id < live.id)),
  );
  return {
    job: record,
    live,
    error: last?.error ?? null,
    unmet,
    ahead: Math.min(ahead.length, aheadCountedMax),
    servingWorkers: serving.length,
    workers: connected.length,
    worker: nameOfWorker(state, live?.workerId ?? null) ?? hostOf(run, live),
    limit: live?.classId == null ? null : limitOf(state, live.classId),
    lockWait: lockWaitOf(state, live),
  };
}

function limitOf(state: State, classId: number): Situation['limit'] {
  const { limit } = classOf(state, classId);
  return limit === undefined ? null : { max: limit.max, atWork: atWorkOf(state, classId) };
}

/** What an attempt’s own token stands on: it runs now, under this epoch. */
export function checkAttempt(
  state: State,
  jobId: number,
  epoch: number,
): { readonly project: string; readonly number: string; readonly owner: string } | null {
  const job = state.jobs.get(jobId);
  if (job?.live?.state !== 'running' || job.live.epoch !== epoch) return null;
  const { project, number, owner } = job.record;
  return { project, number, owner };
}

/** Looks through the events after a place until enough are selected; `upTo` is the last one looked at. */
export function listEvents(state: State, { after, limit, project }: ListEvents): EventPage {
  const { incarnation, trimmedTo, lastSequence } = state;
  if (after !== null && (after.incarnation !== incarnation || after.sequence < trimmedTo))
    throw new Fault('cursor_gone', { field: 'after', found: after.sequence });
  if (after !== null && after.sequence > lastSequence)
    throw new Fault('cursor_invalid', { field: 'after', expected: 'a cursor that this server gave' });
  const selected = state.events
    .filter((event) => event.sequence > (after?.sequence ?? 0))
    .filter((event) => project === null || event.project === project);
  const items = selected.slice(0, limit);
  const upTo = selected.length > limit ? items.at(-1)?.sequence : undefined;
  return {
    items,
    incarnation,
    upTo: upTo ?? Math.max(lastSequence, after?.sequence ?? 0),
    last: lastSequence,
  };
}

export function indexJobs(
  state: State,
  { project, limit, after }: { readonly project: string; readonly limit: number; readonly after?: string },
): { readonly index: JobIndex; readonly next: string | null; readonly asOf: Position } {
  const page = listJobs(state, { project, limit, ...(after === undefined ? {} : { after }) });
  const of = <T>(told: (job: JobRecord) => T): readonly T[] => page.items.map(told);
  const index = {
    numbers: of((job) => job.number),
    states: of((job) => job.state),
    tasks: of((job) => job.task),
    titles: of((job) => job.title),
    revisions: of((job) => job.revision),
  };
  return { index, next: page.next, asOf: page.asOf };
}

export function countJobs(state: State, project: string): JobCounts {
  projectNamed(state, project);
  return countByState([...state.jobs.values()].filter(({ record }) => record.project === project));
}

function countByState(jobs: readonly StoredJob[]): JobCounts {
  const counts: Partial<Record<JobState, number>> = {};
  for (const { record } of jobs)
    if (record.trashedAt === null) counts[record.state] = (counts[record.state] ?? 0) + 1;
  return counts;
}

export function identify(state: State): StorageIdentity {
  return {
    kind: 'memory',
    journal: null,
    incarnation: state.incarnation,
    schema: 1,
    lastEvent: state.lastSequence,
  };
}

export function status(state: State, now: number): StorageStatus {
  const jobs = countByState([...state.jobs.values()]);
  const readySince = unfinished(state).flatMap(({ live: { rank, priority } }) =>
    rank === null ? [] : [rank + priority * priorityStepMs],
  );
  return {
    ...identify(state),
    jobs,
    projects: [...state.projects.values()].filter(({ deleted }) => !deleted).length,
    workers: [...state.workers.values()].filter((worker) => worker.state === 'connected').length,
    oldestReadyMs: readySince.length === 0 ? null : now - Math.min(...readySince),
    locks: {
      granted: [...state.requests.values()].filter(({ epoch }) => epoch !== null).length,
      waiting: [...state.requests.values()].filter(({ epoch }) => epoch === null).length,
    },
  };
}
