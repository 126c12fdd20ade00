import type { Chance, Clock } from '../ports/clock.ts';

/** All together ask so often; so each of them asks the more seldom the more there are. */
const askedPerSecond = 500;
const longestMs = 20_000;

/**
 * When those should come back who may not wait here. Each is given a turn of its own behind those before it, and a
 * little chance; so thousands who were sent away together do not come back together.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #chance: Chance;
  #lastTurn = 0;

  constructor({ clock, chance }: { readonly clock: Clock; readonly chance: Chance }) {
    this.#clock = clock;
    this.#chance = chance;
  }

  /** After how long (ms): about `atLeastMs`, or later. */
  pauseMs(atLeastMs: number): number {
    const now = this.#clock.now();
    // A clock that was set back leaves turns that lie far ahead.
    this.#lastTurn = Math.min(Math.max(this.#lastTurn, now) + 1_000 / askedPerSecond, now + longestMs);
    const pauseMs = Math.max(atLeastMs, this.#lastTurn - now);
    return Math.round(pauseMs * (0.75 + this.#chance.next() / 2));
  }
}
