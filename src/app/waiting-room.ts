/**
 * Who may wait at one time: claims, requests for locks and event streams, each kind up to a bound of its own, and all of
 * them up to one that leaves connections to those who ask for something else. Whoever finds no place is told when to
 * come back.
 */
import { Fault } from '../core/faults.ts';
import type { Chance, Clock } from '../ports/clock.ts';
import { Pace } from './pace.ts';

export type WaitKind = 'claims' | 'locks' | 'streams';

/** How much may wait at one time. */
export interface WaitingBounds {
  readonly waitingClaims?: number;
  readonly waitingLocks?: number;
  readonly eventStreams?: number;
  /** Claims, locks and streams together. */
  readonly waitingInAll?: number;
}

export interface WaitCounts extends Readonly<Record<WaitKind, number>> {
  /** Since the server was started. */
  readonly turnedAway: Readonly<Record<WaitKind, number>>;
}

/** Several times as many as a large cluster has; they take about 1 GB. */
const usualMax = 10_000;
const comeBackMs = 1_000;

const said: Readonly<Record<WaitKind, string>> = {
  claims: 'claims wait already',
  locks: 'requests for locks wait already',
  streams: 'event streams are open already',
};

export class WaitingRoom {
  readonly #max: Readonly<Record<WaitKind, number>>;
  readonly #maxInAll: number;
  readonly #pace: Pace;
  readonly #waiting = { claims: 0, locks: 0, streams: 0 };
  readonly #turnedAway = { claims: 0, locks: 0, streams: 0 };

  constructor(world: { readonly clock: Clock; readonly chance: Chance }, bounds: WaitingBounds) {
    this.#max = {
      claims: bounds.waitingClaims ?? usualMax,
      locks: bounds.waitingLocks ?? usualMax,
      streams: bounds.eventStreams ?? usualMax,
    };
    this.#maxInAll = bounds.waitingInAll ?? Number.POSITIVE_INFINITY;
    this.#pace = new Pace(world);
  }

  get counts(): WaitCounts {
    return { ...this.#waiting, turnedAway: { ...this.#turnedAway } };
  }

  /** Refuses whoever would find no place. */
  check(kind: WaitKind): void {
    const { claims, locks, streams } = this.#waiting;
    const inAll = claims + locks + streams;
    if (this.#waiting[kind] < this.#max[kind] && inAll < this.#maxInAll) return;
    this.#turnedAway[kind] += 1;
    const detail =
      inAll < this.#maxInAll
        ? `${this.#waiting[kind]} ${said[kind]}`
        : `${inAll} claims, requests for locks and event streams wait already`;
    const pollAfterMs = this.#pace.pauseMs(comeBackMs);
    throw new Fault('too_many_requests', { detail, facts: { pollAfterMs } });
  }

  /** Takes a place, after it was checked that there is one; what it gives is called when the place is free again. */
  take(kind: WaitKind): () => void {
    this.#waiting[kind] += 1;
    return () => {
      this.#waiting[kind] -= 1;
    };
  }
}
