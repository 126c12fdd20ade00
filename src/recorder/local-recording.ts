/** A run that is told through the spool of the data folder, to the server that serves this folder. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Asks } from '../core/tasks/asks.ts';
import { systemCode } from '../daemon/system-error.ts';
import { isServed, type ServerStart } from './passing-server.ts';
import type { Recording, ToBegin } from './recording.ts';
import { type EndReport, isUntold, type Told, type Untold } from './report.ts';
import { recorderHere, type Spool, touchEveryMs } from './spool.ts';
import type { SpooledStart } from './spool-parts.ts';

const lookForCancelEveryMs = 1_000;
const askEveryMs = 200;
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
  readonly #start: SpooledStart;
  readonly #discovery: string;
  readonly #startServer: () => ServerStart;
  #serverStart: ServerStart | null = null;
  #timers: NodeJS.Timeout[] = [];

  private constructor(spool: Spool, start: SpooledStart, data: DataFolder, startServer: () => ServerStart) {
    this.#spool = spool;
    this.#start = start;
    this.dataFolder = data.folder;
    this.keptIn = spool.folder;
    this.#discovery = data.discovery;
    this.#startServer = startServer;
  }

  /** Writes the start down; starts a server if none serves the folder. */
  static begin(
    spool: Spool,
    { run, aliases }: ToBegin,
    data: DataFolder,
    within: string | null,
    startServer: () => ServerStart,
  ): LocalRecording {
    const start = {
      ...{ run, server: null, within, recorder: recorderHere() },
      ...(aliases === null ? {} : { aliases }),
    };
    spool.writeStart(run.key, start);
    const recording = new LocalRecording(spool, start, data, startServer);
    recording.#isServed();
    return recording;
  }

  attend(cancel: () => void): void {
    let asked = false;
    this.#timers = [
      setInterval(() => {
        try {
          this.#touch();
        } catch (error) {
          // The end is told in any case; a full disk must not cost the command.
          if (systemCode(error) === null) throw error;
        }
      }, touchEveryMs).unref(),
      setInterval(() => {
        const told = this.#spool.told(this.#key);
        if (asked || told === null || isUntold(told) || !told.cancel) return;
        asked = true;
        cancel();
      }, lookForCancelEveryMs).unref(),
    ];
  }

  async asks(enough: AbortSignal): Promise<Asks | null> {
    for (let waitMs = 1; !enough.aborted; waitMs = Math.min(2 * waitMs, askEveryMs)) {
      const told = this.#spool.told(this.#key);
      if (told !== null) return isUntold(told) ? null : (told.asks ?? null);
      if (!this.#isServed() && this.#serverStart?.hasFailed() === true) return null;
      await delay(waitMs);
    }
    return null;
  }

  async finish(end: EndReport): Promise<Told | Untold> {
    for (const timer of this.#timers) clearInterval(timer);
    const key = this.#key;
    const isServed = this.#isServed();
    this.#touch();
    this.#spool.writeEnd(key, end, !isServed);
    const told = await this.#answer(isServed ? answerWithinMs : startWithinMs);
    if (!isUntold(told)) this.#spool.remove(key);
    else if (isServed) this.#spool.writeEnd(key, end, true);
    return told;
  }

  get #key(): string {
    return this.#start.run.key;
  }

  /** Whoever was still for too long, as on a machine that slept, was taken for gone, and cleared away. */
  #touch(): void {
    if (!this.#spool.touch(this.#key)) this.#spool.writeStart(this.#key, this.#start);
  }

  async #answer(withinMs: number): Promise<Told | Untold> {
    const begunAt = process.uptime();
    for (let waitedMs = 0; waitedMs < withinMs; waitedMs = (process.uptime() - begunAt) * 1_000) {
      const told = this.#spool.told(this.#key);
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
