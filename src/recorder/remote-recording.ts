/** A run that is told over HTTP, to a server that was named. What it could not be told is kept, and told later. */
import { hostname } from 'node:os';
import { LabkeepClient, LabkeepError, type RecordedRun } from '@labkeep/client';
import type { Recording } from './recording.ts';
import type { EndReport, RunReport, Told, Untold } from './report.ts';
import { type Spool, startOfProcess } from './spool.ts';

export interface RemoteServer {
  readonly url: string;
  readonly token: string | undefined;
}

/** So long the end of a run tries to reach its server. */
const patienceMs = 3_000;

/**
 * The start is told while the command runs. If the server is away, both are kept in the spool; the next run for the
 * same server tells them after its own.
 */
export class RemoteRecording implements Recording {
  readonly folders: readonly string[];
  readonly keptIn: string;
  readonly #spool: Spool;
  readonly #run: RunReport;
  readonly #client: LabkeepClient;
  readonly #url: string;
  readonly #begun: Promise<RecordedRun | Untold>;
  #timer: NodeJS.Timeout | undefined;

  private constructor(spool: Spool, run: RunReport, dataFolder: string, { url, token }: RemoteServer) {
    this.#spool = spool;
    this.#run = run;
    this.#url = url;
    this.folders = [dataFolder];
    this.keptIn = spool.folder;
    this.#client = new LabkeepClient({
      url,
      ...(token === undefined ? {} : { token }),
      retry: { forMs: patienceMs },
    });
    this.#begun = this.#client.runs.record(run).catch(untold);
  }

  static begin(spool: Spool, run: RunReport, dataFolder: string, server: RemoteServer): RemoteRecording {
    const pidStarted = startOfProcess(process.pid) ?? '';
    spool.writeStart(run.key, { run, server: server.url, within: null, pid: process.pid, pidStarted });
    return new RemoteRecording(spool, run, dataFolder, server);
  }

  attend(cancel: () => void): void {
    void this.#begun.then((begun) => {
      if ('why' in begun) return;
      const { attempt, epoch, leaseMs } = begun;
      const renew = async (): Promise<void> => {
        const answer = await this.#client.runs.renew({ attempt, epoch }).catch(untold);
        if (!('why' in answer) && answer.cancel) cancel();
      };
      this.#timer = setInterval(() => void renew(), leaseMs / 3).unref();
    });
  }

  async finish(end: EndReport): Promise<Told | Untold> {
    clearInterval(this.#timer);
    this.#spool.writeEnd(this.#run.key, end, true);
    const early = await this.#begun;
    // A server that was away at the start may be back.
    const begun = 'why' in early ? await this.#client.runs.record(this.#run).catch(untold) : early;
    const told = 'why' in begun ? begun : await tell(this.#client, begun, this.#run, end);
    if ('why' in told) return told;
    this.#spool.remove(this.#run.key);
    await tellKept(this.#spool, this.#client, this.#url);
    return told;
  }
}

/** Runs for this server that were kept when it was away, and whose recorders are gone. */
async function tellKept(spool: Spool, client: LabkeepClient, url: string): Promise<void> {
  for (const key of spool.keys()) {
    const start = spool.start(key);
    if (start === null || start.server !== url || start.run.host !== hostname()) continue;
    if (startOfProcess(start.pid) === start.pidStarted) continue;
    const begun = await client.runs.record(start.run).catch(untold);
    if ('why' in begun) continue;
    const end = spool.end(key);
    if (end === null || !('why' in (await tell(client, begun, start.run, end)))) spool.remove(key);
  }
}

async function tell(
  client: LabkeepClient,
  { job, attempt, epoch, newProject }: RecordedRun,
  run: RunReport,
  end: EndReport,
): Promise<Told | Untold> {
  const ended = await client.runs.finish({ attempt, epoch, ...end }).catch(untold);
  if ('why' in ended) return ended;
  const project = newProject ? { name: job.project, directory: run.folder } : null;
  return { ref: ended.ref, state: ended.state, newProject: project, final: true, cancel: false };
}

function untold(error: unknown): Untold {
  if (!(error instanceof LabkeepError)) throw error;
  return { why: error.code === 'server_away' ? 'no server answered' : error.detail };
}
