/** A run that is told through the spool of the data folder, to the server that serves this folder. */
import { setTimeout as delay } from 'node:timers/promises';
import { isServed, type ServerStart } from './passing-server.ts';
import type { Recording } from './recording.ts';
import { type EndReport, isUntold, type RunReport, type Told, type Untold } from './report.ts';
import { type Spool, startOfProcess, touchEveryMs } from './spool.ts';

const lookForCancelEveryMs = 1_000;
/** So long a server may take to answer; one that is only being started, longer. */
const answerWithinMs = 5_000;
const startWithinMs = 15_000;

export class LocalRecording implements Recording {
  readonly folders: readonly string[];
  readonly keptIn: string;
  readonly #spool: Spool;
  readonly #run: RunReport;
  readonly #serverStart: ServerStart | null;
  #timers: NodeJS.Timeout[] = [];

  private constructor(spool: Spool, run: RunReport, dataFolder: string, serverStart: ServerStart | null) {
    this.#spool = spool;
    this.#run = run;
    this.folders = [dataFolder];
    this.keptIn = spool.folder;
    this.#serverStart = serverStart;
  }

  /** Writes the start down; starts a server if none serves the folder. */
  static begin(
    spool: Spool,
    run: RunReport,
    data: { readonly folder: string; readonly discovery: string },
    within: string | null,
    startServer: () => ServerStart,
  ): LocalRecording {
    spool.writeStart(run.key, {
      run,
      server: null,
      within,
      pid: process.pid,
      pidStarted: startOfProcess(process.pid) ?? '',
    });
    return new LocalRecording(spool, run, data.folder, isServed(data.discovery) ? null : startServer());
  }

  attend(cancel: () => void): void {
    let asked = false;
    this.#timers = [
      setInterval(() => this.#spool.touch(this.#run.key), touchEveryMs).unref(),
      setInterval(() => {
        const told = this.#spool.told(this.#run.key);
        if (asked || told === null || isUntold(told) || !told.cancel) return;
        asked = true;
        cancel();
      }, lookForCancelEveryMs).unref(),
    ];
  }

  async finish(end: EndReport): Promise<Told | Untold> {
    for (const timer of this.#timers) clearInterval(timer);
    const { key } = this.#run;
    const isStarting = this.#serverStart !== null;
    this.#spool.writeEnd(key, end, isStarting);
    const until = performance.now() + (isStarting ? startWithinMs : answerWithinMs);
    for (let pauseMs = 1; performance.now() < until; pauseMs = Math.min(50, pauseMs * 1.2)) {
      const told = this.#spool.told(key);
      if (told !== null && isUntold(told)) return told;
      if (told?.final === true) {
        this.#spool.remove(key);
        return told;
      }
      if (this.#serverStart?.hasFailed() === true) break;
      await delay(pauseMs);
    }
    if (!isStarting) this.#spool.writeEnd(key, end, true);
    return { why: 'no server answered' };
  }
}
