/**
 * Claims that wait for work. Each looks once when it comes; if it finds nothing it waits, and looks again when
 *
 * - work became ready that it may serve: of those who may, one looks first, who came first, then two, four, … while
 *   every one of them finds something. One that finds nothing speaks for all who may serve that kind of work; so a
 *   hint never wakes a herd;
 * - something of its own worker was changed: a cancellation.
 *
 * Hints may be lost where several servers share a storage. So the storage is asked every second what they would have
 * said: one question for all who wait, and nobody looks if there is nothing.
 *
 * No wake-up is lost: whoever is looking when a hint comes looks once more, unless somebody else found that nothing is
 * left.
 */
import { kindKey, mayServe, type WorkerAbility, type WorkKind } from '../core/dispatch/classes.ts';
import type { Chance } from '../ports/clock.ts';
import type { ClaimAnswer } from '../ports/records/workers.ts';
import type { Hint, Storage } from '../ports/storage.ts';
import type { Timers } from '../ports/timers.ts';
import type { Troubles } from '../ports/troubles.ts';
import { Waiter } from './waiter.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface WaitingClaim {
  readonly worker: number;
  /** With 0, only news of the worker itself is waited for. */
  readonly capacity: number;
  /** Whether the worker has jobs in its hands, which could be cancelled. */
  readonly holds: boolean;
  /** At most; up to a fifth less, so that those who came together do not come back together. */
  readonly waitMs: number;
  readonly first: () => Promise<ClaimAnswer>;
  readonly again: () => Promise<ClaimAnswer>;
  /** Aborted when the client has gone. */
  readonly gone?: AbortSignal | undefined;
}

type Serves = (ability: WorkerAbility) => boolean;

const reaskMs = 1_000;
const linesAtOnce = 16;

const askingForNews = {
  failed: 'the storage did not say what there is to do; it is asked again',
  succeeds: 'the storage says again what there is to do',
};

export class WaitingClaims {
  readonly #storage: Pick<Storage, 'onHint' | 'newsFor'>;
  readonly #timers: Timers;
  readonly #chance: Chance;
  readonly #troubles: Troubles | undefined;
  readonly #room: WaitingRoom;
  /** All that wait, in the order of their arrival. */
  readonly #waiters = new Set<Waiter>();
  /** The claims of one worker: one, or for a moment two. In order of arrival. */
  readonly #byWorker = new Map<number, Set<Waiter>>();
  /** What is being handed round, and whether more of it came meanwhile. */
  readonly #waking = new Map<string, { again: boolean }>();
  readonly #unlisten: () => void;
  #stopTimer: (() => void) | null = null;
  #asking: Promise<void> | null = null;
  #stopped = false;

  constructor(world: {
    readonly storage: Pick<Storage, 'onHint' | 'newsFor'>;
    readonly timers: Timers;
    readonly chance: Chance;
    readonly troubles?: Troubles | undefined;
    readonly room: WaitingRoom;
  }) {
    this.#storage = world.storage;
    this.#timers = world.timers;
    this.#chance = world.chance;
    this.#troubles = world.troubles;
    this.#room = world.room;
    this.#unlisten = world.storage.onHint((hint) => this.#heed(hint));
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Answers when there is something to say, the time is over, the client has gone, or the server stops. */
  async wait(claim: WaitingClaim): Promise<ClaimAnswer> {
    if (this.#stopped) return claim.first();
    this.#room.check('claims');
    const giveBack = this.#room.take('claims');
    const waiter = new Waiter(claim);
    this.#enter(waiter);
    const stopTimer = this.#timers.after(claim.waitMs * (1 - this.#chance.next() / 5), () => waiter.end());
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
      giveBack();
    }
  }

  /** Ends every wait; resolves when the storage is asked for nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unlisten();
    this.#rest();
    for (const waiter of this.#waiters) waiter.end();
    await this.#asking;
  }

  #enter(waiter: Waiter): void {
    this.#waiters.add(waiter);
    const ofWorker = this.#byWorker.get(waiter.claim.worker) ?? new Set();
    this.#byWorker.set(waiter.claim.worker, ofWorker.add(waiter));
    if (this.#stopTimer === null) this.#startTimer();
  }

  #leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    const { worker } = waiter.claim;
    const ofWorker = this.#byWorker.get(worker);
    ofWorker?.delete(waiter);
    if (ofWorker?.size === 0) this.#byWorker.delete(worker);
    if (this.#waiters.size === 0) this.#rest();
  }

  #rest(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.#troubles?.rests(askingForNews);
  }

  /** One claim of a worker at a time: the newer one knows better what the worker holds. Not if it was refused. */
  #supersede(newer: Waiter): void {
    if (newer.serves === null) return;
    for (const older of this.#byWorker.get(newer.claim.worker) ?? []) {
      if (older === newer) return;
      older.end();
    }
  }

  #startTimer(): void {
    const afterMs = reaskMs * (0.9 + 0.2 * this.#chance.next());
    this.#stopTimer = this.#timers.after(afterMs, () => {
      this.#startTimer();
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = null;
      });
    });
  }

  /** What hints would have said. */
  async #ask(): Promise<void> {
    const holding = [...this.#waiters].filter(({ claim }) => claim.holds);
    try {
      const news = await this.#storage.newsFor({ workers: holding.map(({ claim }) => claim.worker) });
      this.#troubles?.succeeded(askingForNews);
      this.#heed(news);
    } catch (error) {
      if (this.#stopTimer !== null) this.#troubles?.failed(askingForNews, error);
    }
  }

  #heed({ ready, workers }: Pick<Hint, 'ready' | 'workers'>): void {
    for (const worker of workers) for (const waiter of this.#byWorker.get(worker) ?? []) void waiter.look();
    if (ready === 'any') void this.#inRounds('any', () => this.#wakeAll());
    else for (const kind of ready ?? []) void this.#inRounds(kindKey(kind), () => this.#wakeFor(kind));
  }

  /** One round at a time of what has this key; what comes in the meantime leads to another one. */
  async #inRounds(key: string, round: () => Promise<void>): Promise<void> {
    const before = this.#waking.get(key);
    if (before !== undefined) {
      before.again = true;
      return;
    }
    const rounds = { again: true };
    this.#waking.set(key, rounds);
    while (rounds.again && !this.#stopped) {
      rounds.again = false;
      await round();
    }
    this.#waking.delete(key);
  }

  #wakeFor(kind: WorkKind): Promise<void> {
    return this.#wakeLine(this.#waiters, (ability) => mayServe(ability, kind));
  }

  /** Where nobody can say what became ready, of all who may serve the same work some look. */
  async #wakeAll(): Promise<void> {
    const lines = Map.groupBy(this.#waiters, ({ serves }) => (serves === null ? null : kinKey(serves)));
    for (const waiter of lines.get(null) ?? []) if (waiter.claim.capacity > 0) void waiter.look();
    lines.delete(null);
    const inTurn = lines.entries();
    const lane = async (): Promise<void> => {
      for (const [key, line] of inTurn) await this.#wakeLine(line, (ability) => kinKey(ability) === key);
    };
    await Promise.all(Array.from({ length: linesAtOnce }, lane));
  }

  /** Hands round what these may serve. */
  async #wakeLine(line: Iterable<Waiter>, serves: Serves): Promise<void> {
    for (let width = 1; ; width *= 2) {
      const woken = firstOf(line, serves, width);
      if (woken.length === 0) return;
      const found = await Promise.all(woken.map((waiter) => waiter.look()));
      const speaks = ({ serves: it }: Waiter): boolean => it !== null && serves(it);
      if (woken.some((waiter, index) => found[index] === 'nothing' && speaks(waiter))) return;
    }
  }
}

/** Those who are idle, in the order of their arrival; else those who are looking, and may have looked too early. */
function firstOf(line: Iterable<Waiter>, serves: Serves, many: number): readonly Waiter[] {
  const idle: Waiter[] = [];
  const looking: Waiter[] = [];
  for (const waiter of line) {
    if (idle.length === many) return idle;
    if (waiter.claim.capacity === 0 || waiter.answered) continue;
    if (waiter.serves !== null && !serves(waiter.serves)) continue;
    if (waiter.idle) idle.push(waiter);
    else if (looking.length < many) looking.push(waiter);
  }
  return [...idle, ...looking].slice(0, many);
}

function kinKey({ principal, tasks, accept }: WorkerAbility): string {
  return JSON.stringify([principal, [...tasks].sort(), [...accept].sort()]);
}
