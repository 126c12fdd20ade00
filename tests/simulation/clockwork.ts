/** Virtual time: all that happens is one queue of steps; nothing waits for a real clock. */
import type { Timers } from '../../src/ports/timers.ts';

interface Step {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
  cancelled: boolean;
}

export class Clockwork {
  /** Milliseconds since the simulation began; what every clock in it is derived from. */
  now = 0;
  steps = 0;
  /** How many acts of the storage are under way: they are over before time goes on. */
  busy = 0;
  readonly #queue: Step[] = [];
  #order = 0;

  after(afterMs: number, act: () => void): () => void {
    const step = {
      at: this.now + Math.max(0, Math.ceil(afterMs)),
      order: this.#order++,
      act,
      cancelled: false,
    };
    this.#queue.splice(this.#placeOf(step.at), 0, step);
    return () => {
      step.cancelled = true;
    };
  }

  /** Takes one step after the other, and lets every promise come to rest after each, until `isOver` says so. */
  async run(isOver: () => boolean, afterStep: () => Promise<void>): Promise<void> {
    while (!isOver()) {
      const step = this.#queue.pop();
      if (step === undefined) throw new Error('nothing is left to happen');
      if (step.cancelled) continue;
      this.now = step.at;
      this.steps += 1;
      step.act();
      await this.settle();
      await afterStep();
    }
  }

  async settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.busy > 0);
  }

  /** The queue is sorted so that the next step is the last; of the same instant, the one that was asked for first. */
  #placeOf(at: number): number {
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#queue[middle]?.at ?? 0) > at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Something that can be stopped and go on, or be killed. What comes while it is stopped waits for it. */
export class Process {
  readonly name: string;
  readonly #clockwork: Clockwork;
  #state: 'running' | 'stopped' | 'dead' = 'running';
  #waiting: { act: () => void; cancelled: boolean }[] = [];
  readonly #ends: (() => void)[] = [];

  constructor(clockwork: Clockwork, name: string) {
    this.#clockwork = clockwork;
    this.name = name;
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  readonly timers: Timers = {
    after: (afterMs, act) => {
      if (this.isDead) return () => undefined;
      const call = { act, cancelled: false };
      const cancel = this.#clockwork.after(afterMs, () => this.#take(call));
      return () => {
        call.cancelled = true;
        cancel();
      };
    },
  };

  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped';
  }

  goOn(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    for (const call of this.#waiting.splice(0)) this.#clockwork.after(0, () => this.#take(call));
  }

  kill(): void {
    if (this.isDead) return;
    this.#state = 'dead';
    this.#waiting = [];
    for (const end of this.#ends.splice(0)) end();
  }

  /** Calls once it is killed. */
  whenKilled(act: () => void): void {
    this.#ends.push(act);
  }

  #take(call: { readonly act: () => void; readonly cancelled: boolean }): void {
    if (call.cancelled || this.isDead) return;
    if (this.#state === 'stopped') this.#waiting.push(call);
    else call.act();
  }
}
