/**
 * What fails again and again is written to the log when it begins, once a minute while it lasts, and when it is over. All
 * that fail since the storage does not answer are one trouble. That one is over when one of those that it befell
 * succeeds: others may succeed all the time, where the database takes no new connections.
 */
import { Fault } from '../core/faults.ts';
import type { Log } from '../ports/log.ts';
import type { Repeated, Troubles } from '../ports/troubles.ts';

interface Trouble {
  readonly since: number;
  readonly failing: Set<Repeated>;
  saidAt: number;
}

export interface TroubleOptions {
  readonly log: Log;
  /** In ms, of a clock that is never set. */
  readonly now: () => number;
  /** Where the storage is, without what is secret. */
  readonly storage: string;
}

const reminderMs = 60_000;

const storageAway: Repeated = {
  failed: 'the storage does not answer; it is asked again and again',
  succeeds: 'the storage answers again',
};

export class TroubleLog implements Troubles {
  readonly #options: TroubleOptions;
  readonly #troubles = new Map<Repeated, Trouble>();

  constructor(options: TroubleOptions) {
    this.#options = options;
  }

  failed(what: Repeated, error: unknown): void {
    const now = this.#options.now();
    const kind = isAway(error) && what.apart !== true ? storageAway : what;
    const trouble = this.#troubles.get(kind) ?? { since: now, failing: new Set(), saidAt: -Infinity };
    this.#troubles.set(kind, trouble);
    trouble.failing.add(what);
    if (now - trouble.saidAt < reminderMs) return;
    const lasts = trouble.saidAt > -Infinity ? `, for ${seconds(now - trouble.since)} now` : '';
    trouble.saidAt = now;
    const where = kind === storageAway ? { storage: this.#options.storage } : {};
    this.#options.log.warn({ ...where, ...factsOf(error) }, `${kind.failed}${lasts}`);
  }

  succeeded(what: Repeated): void {
    this.#end(what);
    const failing = this.#troubles.get(storageAway)?.failing;
    if (failing?.has(what) === true || failing?.size === 0) this.#end(storageAway);
  }

  rests(what: Repeated): void {
    this.#troubles.delete(what);
    this.#troubles.get(storageAway)?.failing.delete(what);
  }

  #end(kind: Repeated): void {
    const trouble = this.#troubles.get(kind);
    if (trouble === undefined) return;
    this.#troubles.delete(kind);
    const lasted = seconds(this.#options.now() - trouble.since);
    this.#options.log.info({}, `${kind.succeeds}, after ${lasted}`);
  }
}

function isAway(error: unknown): boolean {
  return error instanceof Fault && error.code === 'storage_unavailable';
}

/** A fault is known; of anything else the log keeps where it came from. */
function factsOf(error: unknown): object {
  return error instanceof Fault ? { code: error.code, cause: rootsOf(error).join('; ') } : { error };
}

/** What stands at the beginning of it, in the words of whoever said it first. */
function rootsOf(error: unknown): readonly string[] {
  if (error instanceof AggregateError)
    return [...new Set((error.errors as readonly unknown[]).flatMap(rootsOf))];
  if (!(error instanceof Error)) return [String(error)];
  return error.cause === undefined ? [error.message] : rootsOf(error.cause);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
