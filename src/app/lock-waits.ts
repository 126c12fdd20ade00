/**
 * Requests for locks that wait. When some request was granted or taken back, and every second, since hints may be lost
 * where several servers share a storage, the storage is asked which of them wait still: one question for all. The others
 * are looked at, in the order of the tickets. No wake-up is lost: who waits is listed before it is first looked at, and a
 * hint that comes during a round leads to another one.
 */
import { Fault } from '../core/faults.ts';
import type { LockRecord } from '../ports/records/locks.ts';
import type { Storage } from '../ports/storage.ts';
import type { Timers } from '../ports/timers.ts';
import type { WaitingRoom } from './waiting-room.ts';

interface Waiter {
  readonly ticket: number;
  readonly look: () => Promise<LockRecord>;
  readonly end: (outcome: LockRecord | 'over' | { readonly error: unknown }) => void;
}

const reaskMs = 1_000;
const lookedAtAtOnce = 16;

export class LockWaits {
  readonly #storage: Pick<Storage, 'onHint' | 'waitingAmong'>;
  readonly #timers: Timers;
  readonly #room: WaitingRoom;
  readonly #waiters = new Set<Waiter>();
  readonly #unlisten: () => void;
  #stopTimer: (() => void) | null = null;
  #looking = false;
  #again = false;
  #stopped = false;

  constructor(world: {
    readonly storage: Pick<Storage, 'onHint' | 'waitingAmong'>;
    readonly timers: Timers;
    readonly room: WaitingRoom;
  }) {
    this.#storage = world.storage;
    this.#timers = world.timers;
    this.#room = world.room;
    this.#unlisten = world.storage.onHint(({ locks }) => {
      if (locks) void this.#lookAtAll();
    });
  }

  /** To be asked before a ticket is taken, which would be left behind. */
  checkRoom(): void {
    this.#room.check('locks');
  }

  /** Null when the time is over, the client has gone, or the server stops, and the request waits still. */
  async untilGranted(
    ticket: number,
    waitMs: number,
    look: () => Promise<LockRecord>,
    gone?: AbortSignal,
  ): Promise<LockRecord | null> {
    if (waitMs <= 0 || gone?.aborted === true) return null;
    // The request stays in line; whoever asks again is served by another server.
    if (this.#stopped) throw new Fault('stopping', { detail: 'The server is draining: nobody waits here' });
    const giveBack = this.#room.take('locks');
    const { promise, resolve } = Promise.withResolvers<Parameters<Waiter['end']>[0]>();
    const waiter: Waiter = { ticket, look, end: resolve };
    const leave = (): void => waiter.end('over');
    const stopTimer = this.#timers.after(waitMs, leave);
    gone?.addEventListener('abort', leave, { once: true });
    this.#waiters.add(waiter);
    if (this.#stopTimer === null) this.#startTimer();
    void lookAt(waiter);
    const outcome = await promise;
    this.#waiters.delete(waiter);
    giveBack();
    stopTimer();
    gone?.removeEventListener('abort', leave);
    if (this.#waiters.size === 0) this.#endTimer();
    if (outcome === 'over') return null;
    if ('error' in outcome) throw outcome.error;
    return outcome;
  }

  /** Ends every wait; those that come later are sent away. */
  stop(): void {
    this.#stopped = true;
    this.#unlisten();
    for (const waiter of this.#waiters) waiter.end('over');
    this.#endTimer();
  }

  #startTimer(): void {
    this.#stopTimer = this.#timers.after(reaskMs, () => {
      this.#startTimer();
      void this.#lookAtAll();
    });
  }

  #endTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  async #lookAtAll(): Promise<void> {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    while (this.#again) {
      this.#again = false;
      const inOrder = (await this.#noLongerWaiting()).values();
      const lane = async (): Promise<void> => {
        for (const waiter of inOrder) await lookAt(waiter);
      };
      await Promise.all(Array.from({ length: lookedAtAtOnce }, lane));
    }
    this.#looking = false;
  }

  /** All of them, where the storage does not answer: each is then told why. */
  async #noLongerWaiting(): Promise<readonly Waiter[]> {
    const all = [...this.#waiters].sort((one, other) => one.ticket - other.ticket);
    if (all.length === 0) return [];
    try {
      const tickets = all.map(({ ticket }) => ticket);
      const waiting = new Set(await this.#storage.waitingAmong({ tickets }));
      return all.filter(({ ticket }) => !waiting.has(ticket));
    } catch {
      return all;
    }
  }
}

/** Never rejects: what goes wrong is for whoever waits. */
async function lookAt(waiter: Waiter): Promise<void> {
  try {
    const record = await waiter.look();
    if (record.state === 'granted') waiter.end(record);
  } catch (error) {
    waiter.end({ error });
  }
}
