/**
 * What goes on at a server. Lists are read once per project, and again only where events say that something
 * happened; so to look every second costs little, however many projects there are.
 */
import {
  type Health,
  type Job,
  type JobSummary,
  type LabkeepClient,
  LabkeepError,
  type Worker,
} from '@labkeep/client';
import { all } from '../all.ts';

export interface Activity {
  readonly server: Health & { readonly url: string };
  readonly workers: readonly Worker[];
  /** With a worker, longest first. */
  readonly running: readonly RunningJob[];
  /** Not yet with a worker, by what they wait for, most first. */
  readonly waiting: readonly { readonly reason: string; readonly jobs: number }[];
  /** Whether there are more unfinished jobs than were looked at. */
  readonly more: boolean;
}

export type RunningJob = JobSummary & Pick<Job, 'progress'>;

interface Unfinished {
  readonly running: readonly JobSummary[];
  readonly waiting: readonly JobSummary[];
  readonly more: boolean;
}

const runningMax = 200;
const waitingMax = 1_000;
const eventsMax = 1_000;
const atOnce = 8;
/** Only so many are asked how far they are. */
const progressMax = 50;

export class ActivityReader {
  readonly #client: LabkeepClient;
  readonly #url: string;
  readonly #projects = new Map<string, Unfinished>();
  #cursor: string | null = null;

  constructor(client: LabkeepClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  async read(): Promise<Activity> {
    const [health, workers] = await Promise.all([
      this.#client.health(),
      all(this.#client.workers.each({ limit: 1_000 })),
      this.#catchUp(),
    ]);
    const projects = [...this.#projects.values()];
    const running = projects
      .flatMap((one) => one.running)
      .sort((a, b) => (a.startedAt ?? '~').localeCompare(b.startedAt ?? '~'));
    return {
      server: { ...health, url: this.#url },
      workers,
      running: await this.#withProgress(running),
      waiting: byReason(projects.flatMap((one) => one.waiting)),
      more: projects.some((one) => one.more),
    };
  }

  async #catchUp(): Promise<void> {
    const news = this.#cursor === null ? null : await this.#newsAfter(this.#cursor);
    const asOf = news?.asOf ?? (await this.#client.events.list({ limit: 1 })).asOf;
    if (news === null) this.#projects.clear();
    const names = news?.projects ?? (await this.#allProjects());
    for (let at = 0; at < names.length; at += atOnce)
      await Promise.all(names.slice(at, at + atOnce).map((name) => this.#readProject(name)));
    // Not before: what a server that went away did not tell is asked for again.
    this.#cursor = asOf;
  }

  /** Which projects something happened in. Null if it was too much, or the cursor is too old: then all is read anew. */
  async #newsAfter(
    cursor: string,
  ): Promise<{ readonly projects: readonly string[]; readonly asOf: string } | null> {
    try {
      const { items, next, asOf } = await this.#client.events.list({ after: cursor, limit: eventsMax });
      if (next !== asOf) return null;
      const projects = items.map(({ project }) => project).filter((name) => name !== null);
      return { projects: [...new Set(projects)], asOf };
    } catch (error) {
      if (error instanceof LabkeepError && error.code === 'cursor_gone') return null;
      throw error;
    }
  }

  async #allProjects(): Promise<readonly string[]> {
    const projects = await all(this.#client.projects.each({ limit: 1_000 }));
    return projects.map(({ name }) => name);
  }

  async #readProject(project: string): Promise<void> {
    try {
      const [running, waiting] = await Promise.all([
        this.#client.jobs.list(project, { state: ['running', 'offered', 'lost'], limit: runningMax }),
        this.#client.jobs.list(project, { state: ['ready', 'waiting'], limit: waitingMax }),
      ]);
      const more = running.next !== null || waiting.next !== null;
      this.#projects.set(project, { running: running.items, waiting: waiting.items, more });
    } catch (error) {
      if (!(error instanceof LabkeepError) || error.code !== 'project_unknown') throw error;
      this.#projects.delete(project);
    }
  }

  async #withProgress(jobs: readonly JobSummary[]): Promise<readonly RunningJob[]> {
    const asked = jobs.slice(0, progressMax).map(async (job): Promise<RunningJob> => {
      const { progress } = await this.#client.jobs.get(job.ref);
      return { ...job, progress };
    });
    return [
      ...(await Promise.all(asked)),
      ...jobs.slice(progressMax).map((job) => ({ ...job, progress: null })),
    ];
  }
}

function byReason(jobs: readonly JobSummary[]): Activity['waiting'] {
  const groups = Map.groupBy(jobs, ({ state, reason }) =>
    state === 'ready' ? 'worker' : (reason ?? 'unknown'),
  );
  return [...groups]
    .map(([reason, members]) => ({ reason, jobs: members.length }))
    .sort((a, b) => b.jobs - a.jobs || (a.reason < b.reason ? -1 : 1));
}
