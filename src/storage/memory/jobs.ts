import type { Position } from '../../core/events/cursor.ts';
import { childrenIn } from '../../core/jobs/gather.ts';
import {
  type FileRecord,
  filesShown,
  type JobDetails,
  type JobIndex,
  type JobRecord,
} from '../../core/jobs/job.ts';
import type { JobPlace } from '../../core/jobs/reference.ts';
import type { JobState } from '../../core/jobs/states.ts';
import type { JobCounts, ListJobs, Page } from '../../ports/storage.ts';
import { lastAttempt } from './attempts.ts';
import { filesOf } from './files.ts';
import { byNumber, pageOf } from './pages.ts';
import { childrenOf, isContainer, jobAt, projectNamed, type State, type StoredJob } from './state.ts';

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

/** Those in the trash do not count. */
export function countByState(jobs: readonly StoredJob[]): JobCounts {
  const counts: Partial<Record<JobState, number>> = {};
  for (const { record } of jobs)
    if (record.trashedAt === null) counts[record.state] = (counts[record.state] ?? 0) + 1;
  return counts;
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
