/** Tells runs to a server over HTTP. Loaded only where a server is named: a client costs time to load. */
import { hostname } from 'node:os';
import { LabkeepClient, LabkeepError, type Mount, type RecordedRun } from '@labkeep/client';
import { isRunning } from '../worker/supervisor/processes.ts';
import { endThere, mountsFor, runThere } from './paths-there.ts';
import { type EndReport, projectBegun, type RunReport, type Told, type Untold } from './report.ts';
import type { Spool } from './spool.ts';
import type { Aliases } from './spool-parts.ts';

export interface RemoteServer {
  readonly url: string;
  readonly token: string | null;
}

/** So long each call tries to reach its server. */
const patienceMs = 3_000;

export class RemoteTeller {
  readonly #client: LabkeepClient;
  readonly #url: string;
  /** By the key of a run. */
  readonly #mounts = new Map<string, readonly Mount[]>();

  constructor({ url, token }: RemoteServer) {
    const options = { url, retry: { forMs: patienceMs } };
    this.#client = new LabkeepClient(token === null ? options : { ...options, token });
    this.#url = url;
  }

  async record(run: RunReport, aliases: Aliases = {}): Promise<RecordedRun | Untold> {
    try {
      const mounts = await mountsFor(aliases, run.project ?? null, this.#findDirectory);
      this.#mounts.set(run.key, mounts);
      return await this.#client.runs.record(runThere(run, mounts));
    } catch (error) {
      return untold(error);
    }
  }

  readonly #findDirectory = async (project: string | null, alias: string): Promise<string | null> => {
    try {
      return (await this.#client.directories.get(project, alias)).path;
    } catch (error) {
      if (!(error instanceof LabkeepError)) throw error;
      if (error.code === 'directory_unknown' || error.code === 'project_unknown') return null;
      throw error;
    }
  };

  /** Keeps the run alive on record; true if somebody asked to cancel it. */
  async renew({ attempt, epoch }: RecordedRun): Promise<boolean> {
    const answer = await this.#client.runs.renew({ attempt, epoch }).catch(untold);
    return !('why' in answer) && answer.cancel;
  }

  async finish(
    { job, attempt, epoch, newProject }: RecordedRun,
    run: RunReport,
    end: EndReport,
  ): Promise<Told | Untold> {
    const told = endThere(end, this.#mounts.get(run.key) ?? []);
    const ended = await this.#client.runs.finish({ attempt, epoch, ...told }).catch(untold);
    if ('why' in ended) return ended;
    const project = newProject ? projectBegun(run, job.project) : null;
    return { ref: ended.ref, state: ended.state, newProject: project, final: true, cancel: false };
  }

  /** Tells the runs for this server that were kept when it was away, and whose recorders are gone. */
  async tellKept(spool: Spool): Promise<void> {
    for (const key of spool.keys()) {
      const start = spool.start(key);
      if (start === null || start.server !== this.#url || start.run.host !== hostname()) continue;
      if (isRunning(start.recorder)) continue;
      const begun = await this.record(start.run, start.aliases);
      if ('why' in begun) continue;
      const end = spool.end(key);
      if (end === null || !('why' in (await this.finish(begun, start.run, end)))) spool.remove(key);
    }
  }
}

function untold(error: unknown): Untold {
  if (!(error instanceof LabkeepError)) throw error;
  return { why: error.code === 'server_away' ? 'no server answered' : error.detail };
}
