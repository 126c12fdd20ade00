import type { Chance, Clock } from '../../ports/clock.ts';

const lifetimeMs = 10 * 60_000;
const keptMax = 1_000;

/** Codes with which a browser gets in: each works once, within ten minutes. They live only as long as the server. */
export class OneTimeCodes {
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #given = new Map<string, { readonly principal: string; readonly endsAt: number }>();

  constructor(clock: Clock, chance: Chance) {
    this.#clock = clock;
    this.#chance = chance;
  }

  give(principal: string): { readonly code: string; readonly expiresInMs: number } {
    const code = this.#chance.token(16);
    this.#given.set(code, { principal, endsAt: this.#clock.now() + lifetimeMs });
    const [oldest] = this.#given.keys();
    if (this.#given.size > keptMax && oldest !== undefined) this.#given.delete(oldest);
    return { code, expiresInMs: lifetimeMs };
  }

  /** Who gets in with this code, or null; from now on it is no good. */
  take(code: string): string | null {
    const given = this.#given.get(code);
    this.#given.delete(code);
    return given !== undefined && given.endsAt > this.#clock.now() ? given.principal : null;
  }
}
