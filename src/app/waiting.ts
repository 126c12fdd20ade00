/**
 * Claims that wait for work. Each looks once when it comes; if it finds nothing it waits, and looks again when
 *
 * - work became ready: waiting claims are woken in the order of their arrival, one first, then two, four, … while
 *   every one of them finds something. Workers that may serve the same jobs are kin, and one of them that finds
 *   nothing speaks for its kin; so a hint never wakes a herd;
 * - something of its own worker was changed: a cancellation;
 * - a second has passed, for hints may be lost where several servers share a storage: one of each kin, and a few
 *   of those that looked longest ago.
 *
 * No wake-up is lost: a hint that comes while a claim is looking makes it look once more before it waits.
 */
import type { WorkerAbility } from '../core/dispatch/classes.ts';
import { Fault } from '../core/faults.ts';
import type { Chance } from '../ports/clock.ts';
import type { ClaimAnswer, Hint } from '../ports/storage.ts';
import type { Timers } from '../ports/timers.ts';
import { Waiter } from './waiter.ts';

export interface WaitingClaim {
  readonly worker: number;
  /** With 0, only news of the worker itself is waited for. */
  readonly capacity: number;
  readonly waitMs: number;
  readonly first: () => Promise<ClaimAnswer>;
  readonly again: () => Promise<ClaimAnswer>;
  /** Aborted when the client has gone. */
  readonly gone?: AbortSignal | undefined;
}

const reaskMs = 1_000;
const reaskedAtOnce = 20;
const kinAtOnce = 16;
const abilitiesKnown = 100_000;

export class WaitingClaims {
  readonly #timers: Timers;
  readonly #chance: Chance;
  readonly #max: number;
  readonly #kinOf = new Map<number, string>();
  /** All that wait, in the order in which they looked last. */
  readonly #waiters = new Set<Waiter>();
  /** The claims of one worker: one, or for a moment two. In order of arrival. */
  readonly #byWorker = new Map<number, Set<Waiter>>();
  /** Those that take work, by kin, in order of arrival. */
  readonly #kin = new Map<string, Set<Waiter>>();
  readonly #unlisten: () => void;
  #stopTimer: (() => void) | null = null;
  #waking = false;
  #wakeAgain = false;
  #stopped = false;

  constructor(world: {
    readonly storage: { onHint(listener: (hint: Hint) => void): () => void };
    readonly timers: Timers;
    readonly chance: Chance;
    readonly max: number;
  }) {
    this.#timers = world.timers;
    this.#chance = world.chance;
    this.#max = world.max;
    this.#unlisten = world.storage.onHint((hint) => this.#heed(hint));
  }

  get size(): number {
    return this.#waiters.size;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** What a worker said of itself, so that its kin are known. A worker that is not known is its own kin. */
  know(worker: number, ability: WorkerAbility): void {
    const { principal, tasks, accept } = ability;
    this.#kinOf.set(worker, JSON.stringify([principal, [...tasks].sort(), [...accept].sort()]));
    if (this.#kinOf.size <= abilitiesKnown) return;
    const [oldest] = this.#kinOf.keys();
    if (oldest !== undefined) this.#kinOf.delete(oldest);
  }

  /** Answers when there is something to say, the time is over, the client has gone, or the server stops. */
  async wait(claim: WaitingClaim): Promise<ClaimAnswer> {
    if (this.#stopped) return claim.first();
    if (this.#waiters.size >= this.#max)
      throw new Fault('too_many_requests', { detail: `${this.#max} claims wait already` });
    const waiter = new Waiter(claim, (looking) => this.#moveLast(looking));
    this.#enter(waiter);
    const stopTimer = this.#timers.after(claim.waitMs, () => waiter.end());
    const leave = (): void => waiter.end();
    claim.gone?.addEventListener('abort', leave, { once: true });
    try {
      void waiter.look().then(() => this.#supersede(waiter));
      if (claim.gone?.aborted === true) leave();
      return await waiter.answer;
    } finally {
      stopTimer();
      claim.gone?.removeEventListener('abort', leave);
      this.#leave(waiter);
    }
  }

  /** Ends every wait. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#unlisten();
    this.#stopTimer?.();
    for (const waiter of this.#waiters) waiter.end();
  }

  #enter(waiter: Waiter): void {
    this.#waiters.add(waiter);
    add(this.#byWorker, waiter.worker, waiter);
    if (waiter.takesWork) {
      waiter.kin = this.#kinKey(waiter.worker);
      add(this.#kin, waiter.kin, waiter);
    }
    if (this.#stopTimer === null) this.#startTimer();
  }

  #leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    remove(this.#byWorker, waiter.worker, waiter);
    remove(this.#kin, waiter.kin, waiter);
    if (this.#waiters.size > 0) return;
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  /** One claim of a worker at a time: the newer one knows better what the worker holds. Not if it was refused. */
  #supersede(newer: Waiter): void {
    if (newer.refused) return;
    for (const older of this.#byWorker.get(newer.worker) ?? []) {
      if (older === newer) return;
      older.end();
    }
  }

  #kinKey(worker: number): string {
    return this.#kinOf.get(worker) ?? `worker ${worker}`;
  }

  #moveLast(waiter: Waiter): void {
    if (this.#waiters.delete(waiter)) this.#waiters.add(waiter);
  }

  #heed(hint: Hint): void {
    for (const worker of hint.workers)
      for (const waiter of this.#byWorker.get(worker) ?? []) void waiter.look();
    if (!hint.ready) return;
    for (const waiter of this.#waiters) if (waiter.takesWork) waiter.lookAgainIfLooking();
    void this.#wakeAll();
  }

  #startTimer(): void {
    const afterMs = reaskMs * (0.9 + 0.2 * this.#chance.next());
    this.#stopTimer = this.#timers.after(afterMs, () => {
      this.#startTimer();
      void this.#wakeAll();
      for (const waiter of [...this.#waiters].slice(0, reaskedAtOnce)) if (waiter.idle) void waiter.look();
    });
  }

  /** Goes through all kin; what comes in the meantime makes it go through them once more. */
  async #wakeAll(): Promise<void> {
    this.#wakeAgain = true;
    if (this.#waking) return;
    this.#waking = true;
    while (this.#wakeAgain && !this.#stopped) {
      this.#wakeAgain = false;
      const kin = [...this.#kin.values()].values();
      const lane = async (): Promise<void> => {
        for (const waiters of kin) await this.#wakeKin(waiters);
      };
      await Promise.all(Array.from({ length: kinAtOnce }, lane));
    }
    this.#waking = false;
  }

  async #wakeKin(waiters: ReadonlySet<Waiter>): Promise<void> {
    for (let width = 1; ; width *= 2) {
      const woken = firstIdle(waiters, width);
      if (woken.length === 0) return;
      const found = await Promise.all(woken.map((waiter) => waiter.look()));
      if (found.includes(false)) return;
    }
  }
}

function firstIdle(waiters: ReadonlySet<Waiter>, many: number): readonly Waiter[] {
  const idle: Waiter[] = [];
  for (const waiter of waiters) {
    if (idle.length === many) break;
    if (waiter.idle) idle.push(waiter);
  }
  return idle;
}

function add<K>(sets: Map<K, Set<Waiter>>, key: K, waiter: Waiter): void {
  const there = sets.get(key);
  if (there === undefined) sets.set(key, new Set([waiter]));
  else there.add(waiter);
}

function remove<K>(sets: Map<K, Set<Waiter>>, key: K, waiter: Waiter): void {
  const there = sets.get(key);
  there?.delete(waiter);
  if (there?.size === 0) sets.delete(key);
}
