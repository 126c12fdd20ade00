import { LabkeepError } from './labkeep-error.ts';
import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import { projectPath } from './projects.ts';
import type { Transport } from './transport.ts';
import type {
  AttemptList,
  BulkAct,
  BulkReport,
  Job,
  JobChanges,
  JobCount,
  JobDiff,
  JobFile,
  JobFileList,
  JobIndex,
  JobList,
  JobState,
  JobSummary,
  Log,
  LogChunk,
  NewJob,
  NewJobsAnswer,
  PurgeRequest,
  ResolveRequest,
  Why,
} from './types.ts';

export type JobAct = 'submit' | 'cancel' | 'retry' | 'hold' | 'release' | 'restore';

export interface JobQuery extends PageQuery {
  readonly state?: JobState | readonly JobState[] | undefined;
  /** A number: only its children. */
  readonly parent?: string | undefined;
  readonly order?: 'oldest' | 'newest' | undefined;
  /** A selection, such as `state:failed tag:native Rfree<0.25`. Pages may then hold fewer jobs than asked for. */
  readonly where?: string | undefined;
  /** In place of `order`: `newest`, `oldest`, or a number, `Rfree` or `Rfree:desc`. */
  readonly sort?: string | undefined;
  /** Jobs in the trash, and no others. */
  readonly trash?: boolean | undefined;
}

export type JobSelection = Pick<JobQuery, 'where' | 'trash'>;

export interface LogQuery {
  /** The newest if none is named. */
  readonly attempt?: number | undefined;
  /** Only what follows this sequence number: `next` of the page before. */
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}

/** Jobs are named by reference, such as `toxd/12` or `toxd/12.1`. */
export class Jobs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  submit(project: string, job: NewJob, options?: CallOptions): Promise<Job> {
    return this.#transport.json({
      method: 'POST',
      path: `${projectPath(project)}/jobs`,
      body: job,
      repeat: 'key',
      options,
    });
  }

  /** All or none of 1 to 1,000 jobs; answers in the order given. */
  async submitMany(
    project: string,
    jobs: readonly NewJob[],
    options?: CallOptions,
  ): Promise<readonly JobSummary[]> {
    const path = `${projectPath(project)}/jobs`;
    const answer = await this.#transport.json<NewJobsAnswer>({
      method: 'POST',
      path,
      body: { jobs },
      repeat: 'key',
      options,
    });
    return answer.items;
  }

  list(project: string, query: JobQuery = {}, options?: CallOptions): Promise<JobList> {
    const { state, ...rest } = query;
    const states = typeof state === 'object' ? state.join(',') : state;
    return this.#transport.json({
      method: 'GET',
      path: `${projectPath(project)}/jobs`,
      query: { ...rest, state: states },
      repeat: 'safe',
      options,
    });
  }

  each(
    project: string,
    query: JobQuery = {},
    options?: CallOptions,
  ): AsyncGenerator<JobSummary, void, undefined> {
    return eachItem(query, (page) => this.list(project, page, options));
  }

  /** Little of up to 100,000 jobs at once, in columns: what a view of a whole project begins with. */
  index(project: string, query: PageQuery = {}, options?: CallOptions): Promise<JobIndex> {
    return this.#transport.json({
      method: 'GET',
      path: `${projectPath(project)}/jobs/index`,
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  /** How many are selected; all of them, if nothing is asked. */
  count(project: string, selection: JobSelection = {}, options?: CallOptions): Promise<JobCount> {
    return this.#transport.json({
      method: 'GET',
      path: `${projectPath(project)}/jobs/count`,
      query: { ...selection },
      repeat: 'safe',
      options,
    });
  }

  /** Acts on one slice of what is selected; `next` is where to go on. Each job is done or refused by itself. */
  bulk(project: string, act: BulkAct, options?: CallOptions): Promise<BulkReport> {
    return this.#transport.json({
      method: 'POST',
      path: `${projectPath(project)}/bulk`,
      body: act,
      repeat: 'key',
      options,
    });
  }

  /** The same to the end, slice after slice: what became of each job. */
  bulkEach(
    project: string,
    act: BulkAct,
    options?: CallOptions,
  ): AsyncGenerator<BulkReport['items'][number], void, undefined> {
    return eachItem(act, (slice) => this.bulk(project, slice, options));
  }

  get(ref: string, options?: CallOptions): Promise<Job> {
    return this.#transport.json({ method: 'GET', path: jobPath(ref), repeat: 'safe', options });
  }

  edit(ref: string, changes: JobChanges, options?: CallOptions): Promise<Job> {
    return this.#transport.json({
      method: 'PATCH',
      path: jobPath(ref),
      body: changes,
      repeat: 'key',
      options,
    });
  }

  /** To the trash. */
  remove(ref: string, options?: CallOptions): Promise<void> {
    return this.#transport.nothing({ method: 'DELETE', path: jobPath(ref), repeat: 'key', options });
  }

  /** Out of the trash for good. `force`: although other jobs rest on it. */
  purge(ref: string, request: PurgeRequest = {}, options?: CallOptions): Promise<void> {
    return this.#transport.nothing({
      method: 'POST',
      path: `${jobPath(ref)}/purge`,
      body: request,
      repeat: 'key',
      options,
    });
  }

  /** Says what became of a lost job. */
  resolve(ref: string, outcome: ResolveRequest['outcome'], options?: CallOptions): Promise<Job> {
    return this.#transport.json({
      method: 'POST',
      path: `${jobPath(ref)}/resolve`,
      body: { outcome } satisfies ResolveRequest,
      repeat: 'key',
      options,
    });
  }

  act(ref: string, act: JobAct, options?: CallOptions): Promise<Job> {
    return this.#transport.json({ method: 'POST', path: `${jobPath(ref)}/${act}`, repeat: 'key', options });
  }

  /** A new job like this one, with changes. */
  rerun(ref: string, changes: NewJob = {}, options?: CallOptions): Promise<Job> {
    return this.#transport.json({
      method: 'POST',
      path: `${jobPath(ref)}/rerun`,
      body: changes,
      repeat: 'key',
      options,
    });
  }

  /** What this job and another have not in common. */
  diff(ref: string, other: string, options?: CallOptions): Promise<JobDiff> {
    return this.#transport.json({
      method: 'GET',
      path: `${jobPath(ref)}/diff`,
      query: { with: other },
      repeat: 'safe',
      options,
    });
  }

  why(ref: string, options?: CallOptions): Promise<Why> {
    return this.#transport.json({ method: 'GET', path: `${jobPath(ref)}/why`, repeat: 'safe', options });
  }

  log(ref: string, query: LogQuery = {}, options?: CallOptions): Promise<Log> {
    return this.#transport.json({
      method: 'GET',
      path: `${jobPath(ref)}/log`,
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  /** What of the log is there by now, piece after piece. */
  eachLogChunk(
    ref: string,
    query: LogQuery = {},
    options?: CallOptions,
  ): AsyncGenerator<LogChunk, void, undefined> {
    return eachItem(query, (page) => this.log(ref, page, options));
  }

  /** The log’s bytes themselves, as text. */
  logText(ref: string, query: LogQuery = {}, options?: CallOptions): Promise<string> {
    return this.#transport.text({
      method: 'GET',
      path: `${jobPath(ref)}/log`,
      query: { ...query, format: 'text' },
      headers: { accept: 'text/plain' },
      repeat: 'safe',
      options,
    });
  }

  files(ref: string, query: PageQuery = {}, options?: CallOptions): Promise<JobFileList> {
    return this.#transport.json({
      method: 'GET',
      path: `${jobPath(ref)}/files`,
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  eachFile(
    ref: string,
    query: PageQuery = {},
    options?: CallOptions,
  ): AsyncGenerator<JobFile, void, undefined> {
    return eachItem(query, (page) => this.files(ref, page, options));
  }

  attempts(ref: string, options?: CallOptions): Promise<AttemptList> {
    return this.#transport.json({ method: 'GET', path: `${jobPath(ref)}/attempts`, repeat: 'safe', options });
  }
}

export function jobPath(ref: string): string {
  const slash = ref.lastIndexOf('/');
  if (slash < 1 || slash === ref.length - 1)
    throw new LabkeepError({
      code: 'invalid_field',
      detail: `${JSON.stringify(ref)} is not a reference such as toxd/12.`,
      field: 'ref',
      found: ref,
      expected: 'a reference such as toxd/12',
    });
  return `${projectPath(ref.slice(0, slash))}/jobs/${encodeURIComponent(ref.slice(slash + 1))}`;
}
