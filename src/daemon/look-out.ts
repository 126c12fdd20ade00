/**
 * Looks at something again and again: when the file system says that it has changed, and now and then besides, since
 * that word is not given for what another machine writes. One look at a time; what changes meanwhile is looked at
 * once more. A look that fails is followed by others.
 */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Log } from '../ports/log.ts';
import type { Timers } from '../ports/timers.ts';
import type { Repeated, Troubles } from '../ports/troubles.ts';
import { systemWords } from './system-error.ts';

export interface LookOutOptions {
  /** Files; the folder of each is watched, so that one that is replaced is seen too. */
  readonly files?: readonly string[];
  /** Folders in which everything is looked at. */
  readonly folders?: readonly string[];
  readonly look: () => Promise<void>;
  /** The pause between two looks that nothing has asked for. */
  readonly everyMs: number;
  readonly timers: Timers;
  readonly log: Log;
  readonly what: Repeated;
  readonly troubles: Troubles;
}

export class LookOut {
  readonly #options: LookOutOptions;
  readonly #watchers: readonly FSWatcher[];
  #cancel = (): void => undefined;
  #looking: Promise<void> | null = null;
  #again = false;
  #stopped = false;

  constructor(options: LookOutOptions) {
    const { files = [], folders = [] } = options;
    this.#options = options;
    this.#watchers = [
      ...files.flatMap((file) => this.#watch(dirname(file), basename(file))),
      ...folders.flatMap((folder) => this.#watch(folder, null)),
    ];
  }

  /** Looks now, or once more after the look that goes on; resolves when the one that goes on then is over. */
  async look(): Promise<void> {
    this.#begin();
    await this.#looking;
  }

  /** Resolves when no look goes on any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const watcher of this.#watchers) watcher.close();
    this.#cancel();
    await this.#looking;
  }

  #begin(): void {
    if (this.#stopped) return;
    if (this.#looking !== null) {
      this.#again = true;
      return;
    }
    this.#cancel();
    this.#again = false;
    this.#looking = this.#lookOnce().finally(() => {
      this.#looking = null;
      if (this.#stopped) return;
      if (this.#again) this.#begin();
      else this.#cancel = this.#options.timers.after(this.#options.everyMs, () => this.#begin());
    });
  }

  async #lookOnce(): Promise<void> {
    const { look, what, troubles } = this.#options;
    try {
      await look();
      troubles.succeeded(what);
    } catch (error) {
      troubles.failed(what, error);
    }
  }

  #watch(folder: string, only: string | null): readonly FSWatcher[] {
    const warn = (cause: unknown): void =>
      this.#options.log.warn(
        { folder, cause: systemWords(cause) },
        'a folder cannot be watched: what changes in it is seen somewhat later',
      );
    try {
      const watcher = watch(folder, (_, name) => {
        if (only === null || name === null || name === only) this.#begin();
      });
      watcher.on('error', warn);
      return [watcher];
    } catch (error) {
      warn(error);
      return [];
    }
  }
}
