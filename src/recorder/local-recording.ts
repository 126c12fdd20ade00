/** A run that is told through the spool of the data folder, to the server that serves this folder. */
import { setTimeout as delay } from 'node:timers/promises';
import { isServed, type ServerStart } from './passing-server.ts';
import type { Recording } from './recording.ts';
import { type EndReport, isUntold, type RunReport, type Told, type Untold } from './report.ts';
import { recorderHere, type Spool, touchEveryMs } from './spool.ts';

const lookForCancelEveryMs = 1_000;
/** So long a server may take to answer; one that is only being started, longer. */
const answerWithinMs = 5_000;
const startWithinMs = 15_000;

interface DataFolder {
  readonly folder: string;
  readonly discovery: string;
}

export class LocalRecording implements Recording {
  readonly dataFolder: string;
  readonly keptIn: string;
  readonly #spool: Spool;
  readonly #run: RunReport;
  readonly #discovery: string;
  readonly #startServer: () => ServerStart;
  #serverStart: ServerStart | null = null;
  #timers: NodeJS.Timeout[] = [];

  private constructor(spool: Spool, run: RunReport, data: DataFolder, startServer: () => ServerStart) {
    this.#spool = spool;
    this.#run = run;
    this.dataFolder = data.folder;
    this.keptIn = spool.folder;
    this.#discovery = data.discovery;
    this.#startServer = startServer;
  }

  /** Writes the start down; starts a server if none serves the folder. */
  static begin(
    spool: Spool,
    run: RunReport,
    data: DataFolder,
    within: string | null,
    startServer: () => ServerStart,
  ): LocalRecording {
    spool.writeStart(run.key, { run, server: null, within, recorder: recorderHere() });
    const recording = new LocalRecording(spool, run, data, startServer);
    recording.#isServed();
    return recording;
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
    const isServed = this.#isServed();
    this.#spool.writeEnd(key, end, !isServed);
    const told = await this.#answer(isServed ? answerWithinMs : startWithinMs);
    if (!isUntold(told)) this.#spool.remove(key);
    else if (isServed) this.#spool.writeEnd(key, end, true);
    return told;
  }

  async #answer(withinMs: number): Promise<Told | Untold> {
    const begunAt = process.uptime();
    for (let waitedMs = 0; waitedMs < withinMs; waitedMs = (process.uptime() - begunAt) * 1_000) {
      const told = this.#spool.told(this.#run.key);
      if (told !== null && (isUntold(told) || told.final)) return told;
      // An answer comes within some milliseconds, or takes a while.
      const isSoon = waitedMs < 30;
      if (!isSoon && !this.#isServed() && this.#serverStart?.hasFailed() === true) break;
      await delay(isSoon ? 1 : Math.min(50, waitedMs / 10));
    }
    return { why: 'no server answered' };
  }

  /** Whether a server serves the folder; where none does, one is started, once. It may have gone since the start. */
  #isServed(): boolean {
    const served = isServed(this.#discovery);
    if (!served) this.#serverStart ??= this.#startServer();
    return served;
  }
}
