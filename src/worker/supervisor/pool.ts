import { existsSync, statSync, truncateSync } from 'node:fs';
import type { Timers } from '../../ports/timers.ts';
import { pipesFolder, SupervisorLink, supervisorLog } from './link.ts';
import { clearStalePipes } from './pipes.ts';
import { identify } from './processes.ts';

export interface PoolOptions {
  readonly folder: string;
  readonly timers: Timers;
  /** An idle supervisor beyond the first ends after so long (ms). */
  readonly idleMs: number;
}

const goodbyeMs = 500;
/** So many commands in a row that no supervisor lived to start are bad luck; more, and this machine cannot. */
const unstartedMax = 3;
const logBytesMax = 1024 * 1024;

/**
 * The worker’s supervisors: as many as commands ran at once, started when they are needed, used again and again.
 * Each is detached, so that what ends the worker does not end it.
 */
export class SupervisorPool {
  readonly #options: PoolOptions;
  readonly #all = new Set<SupervisorLink>();
  #closed = false;
  #unstarted = 0;
  #idle: { readonly link: SupervisorLink; readonly forget: () => void }[] = [];

  constructor(options: PoolOptions) {
    this.#options = options;
    clearStalePipes(pipesFolder(options.folder), (pid) => identify(pid) !== null);
    const log = supervisorLog(options.folder);
    if (existsSync(log) && statSync(log).size > logBytesMax) truncateSync(log);
  }

  take(): SupervisorLink {
    for (let spare = this.#idle.pop(); spare !== undefined; spare = this.#idle.pop()) {
      spare.forget();
      if (spare.link.alive) return spare.link;
    }
    const link = new SupervisorLink(this.#options.folder);
    this.#all.add(link);
    void link.gone.then(() => this.#all.delete(link));
    return link;
  }

  started(): void {
    this.#unstarted = 0;
  }

  /** A supervisor died before it started its command. Whether another may be tried, on this machine. */
  unstarted(): boolean {
    this.#unstarted += 1;
    return this.#unstarted <= unstartedMax;
  }

  giveBack(link: SupervisorLink): void {
    if (!link.alive || this.#closed) return;
    const forget = this.#options.timers.after(this.#options.idleMs, () => this.#retire(link));
    this.#idle.push({ link, forget });
  }

  /** Ends those that are idle, and lets the others end after their command. Resolves when the idle ones are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    const idle = this.#idle;
    this.#idle = [];
    for (const spare of idle) spare.forget();
    for (const link of this.#all) link.dismiss();
    const gone = Promise.all(idle.map(({ link }) => link.waitFor()));
    const cancel = this.#options.timers.after(goodbyeMs, () => {
      for (const { link } of idle) link.kill();
    });
    await gone;
    cancel();
  }

  #retire(link: SupervisorLink): void {
    if (this.#idle.length <= 1) return;
    this.#idle = this.#idle.filter((spare) => spare.link !== link);
    link.dismiss();
  }
}
