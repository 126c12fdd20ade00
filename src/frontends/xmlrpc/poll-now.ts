/**
 * Tells workers that listen that they should ask now. It says nothing else, and nothing rests on it: who misses it asks
 * at its own time.
 *
 * - When work became ready, those of one kin (they may serve the same jobs) are told in order: one first, then two,
 *   four, … while those that were told find something. So one job does not bring a herd.
 * - Who asks and finds nothing speaks for its kin. Who does not answer, or is full, speaks for nobody.
 * - A cancellation is told to the worker that it is for.
 * - Who is not reached is left alone for a while, longer each time, and forgotten in the end.
 */
import type { Timers } from '../../ports/timers.ts';

export interface PollAddress {
  readonly host: string;
  readonly port: number;
  /** Equal for workers that may serve the same jobs. */
  readonly kin: string;
}

export interface PollHint {
  readonly ready: boolean;
  readonly workers: readonly number[];
}

/** What became of a worker’s asking. */
export type Asked = 'found' | 'nothing' | 'full';
type Told = Asked | 'silent';

export interface PollNowOptions {
  /** Says `poll_now` to the address; false if it was not heard. */
  readonly send: (address: PollAddress) => Promise<boolean>;
  readonly timers: Timers;
}

interface Listener {
  readonly worker: number;
  readonly address: PollAddress;
  telling: ((asked: Asked) => void) | null;
  again: boolean;
  failures: number;
  resting: boolean;
}

const listenersMax = 10_000;
const toldAtOnceMax = 32;
const kinAtOnce = 16;
const askWithinMs = 2_000;
const failuresMax = 8;
const restMs = 1_000;

export class PollNow {
  readonly #options: PollNowOptions;
  readonly #listeners = new Map<number, Listener>();
  readonly #stops = new Set<() => void>();
  #stopped = false;
  #telling = false;
  #tellAgain = false;

  constructor(options: PollNowOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Where a worker listens from now on; null for nowhere. */
  listen(worker: number, address: PollAddress | null): void {
    this.#listeners.delete(worker);
    if (address === null || this.#stopped) return;
    this.#listeners.set(worker, {
      worker,
      address,
      telling: null,
      again: false,
      failures: 0,
      resting: false,
    });
    if (this.#listeners.size <= listenersMax) return;
    const [oldest] = this.#listeners.keys();
    if (oldest !== undefined) this.#listeners.delete(oldest);
  }

  /** A worker has asked for work. */
  asked(worker: number, asked: Asked): void {
    this.#listeners.get(worker)?.telling?.(asked);
  }

  heed(hint: PollHint): void {
    if (this.#stopped) return;
    for (const worker of hint.workers) {
      const listener = this.#listeners.get(worker);
      if (listener !== undefined) void this.#tell(listener);
    }
    if (hint.ready) void this.#tellAll();
  }

  stop(): void {
    this.#stopped = true;
    for (const stop of this.#stops) stop();
    for (const { telling } of this.#listeners.values()) telling?.('nothing');
    this.#listeners.clear();
  }

  async #tellAll(): Promise<void> {
    this.#tellAgain = true;
    if (this.#telling) return;
    this.#telling = true;
    while (this.#tellAgain && !this.#stopped) {
      this.#tellAgain = false;
      const kin = Map.groupBy(this.#listeners.values(), ({ address }) => address.kin).values();
      const lane = async (): Promise<void> => {
        for (const listeners of kin) await this.#tellKin(listeners);
      };
      await Promise.all(Array.from({ length: kinAtOnce }, lane));
    }
    this.#telling = false;
  }

  async #tellKin(listeners: readonly Listener[]): Promise<void> {
    const waiting = listeners.filter(({ resting }) => !resting);
    for (let width = 1; waiting.length > 0 && !this.#stopped; width = Math.min(width * 2, toldAtOnceMax)) {
      const told = await Promise.all(waiting.splice(0, width).map((listener) => this.#tell(listener)));
      if (told.includes('nothing')) return;
    }
  }

  /** One at a time for each listener: who is told again meanwhile is told once more afterwards. */
  async #tell(listener: Listener): Promise<Told> {
    if (listener.telling !== null) {
      listener.again = true;
      return 'silent';
    }
    const { promise, resolve } = Promise.withResolvers<Told>();
    listener.telling = resolve;
    const heard = await this.#options.send(listener.address);
    const stopTimer = this.#after(askWithinMs, () => resolve('silent'));
    if (heard) listener.failures = 0;
    else {
      this.#rest(listener);
      resolve('silent');
    }
    const told = await promise;
    stopTimer();
    listener.telling = null;
    if (listener.again && heard && !this.#stopped) {
      listener.again = false;
      void this.#tell(listener);
    }
    return told;
  }

  #rest(listener: Listener): void {
    listener.failures += 1;
    listener.resting = true;
    if (listener.failures >= failuresMax) {
      if (this.#listeners.get(listener.worker) === listener) this.#listeners.delete(listener.worker);
      return;
    }
    this.#after(restMs * 2 ** listener.failures, () => {
      listener.resting = false;
    });
  }

  #after(ms: number, act: () => void): () => void {
    const cancel = this.#options.timers.after(ms, () => {
      this.#stops.delete(stop);
      act();
    });
    const stop = (): void => {
      this.#stops.delete(stop);
      cancel();
    };
    this.#stops.add(stop);
    return stop;
  }
}
