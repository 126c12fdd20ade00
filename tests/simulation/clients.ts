/** People of the simulation: they submit, cancel, retry and lock, and repeat what was not answered. */
import { LabkeepError } from '../../client/src/labkeep-error.ts';
import type { JobRequest } from '../../src/core/jobs/specify.ts';
import { failureOf } from '../../src/worker/connection.ts';
import { rest } from '../../src/worker/host.ts';
import type { SeededChance } from '../crash-loop/chance.ts';
import { type Clockwork, Process } from './clockwork.ts';
import { commandOf, databases } from './lab.ts';
import type { Ledger } from './ledger.ts';
import type { Network } from './network.ts';
import { task } from './worker.ts';

export interface ClientOptions {
  readonly name: string;
  readonly clockwork: Clockwork;
  readonly chance: SeededChance;
  readonly network: Network;
  readonly servers: readonly string[];
  readonly ledger: Ledger;
  /** What every client knows of what was acknowledged, and of what was wished. */
  readonly wishes: Wishes;
}

export class Wishes {
  /** Jobs whose submission was acknowledged. */
  readonly acknowledged = new Set<string>();
  readonly cancels = new Set<string>();
  readonly retries = new Set<string>();
  readonly holds = new Set<string>();
  /** Jobs that come after others. */
  readonly dependent = new Set<string>();
  /** Calls that have not been answered yet. */
  open = 0;
}

const callMs = 5_000;
const lockLeaseMs = 10_000;
/** So long it believes to hold what it has renewed. */
const safeMs = 8_000;

export class SimulatedClient {
  readonly #options: ClientOptions;
  readonly #process: Process;
  #keys = 0;
  #at = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#process = new Process(options.clockwork, options.name);
  }

  async submit(jobs: readonly JobRequest[]): Promise<void> {
    const { wishes } = this.#options;
    const refs = (await this.#untilAnswered('submit', { jobs })) as readonly string[] | null;
    for (const [index, ref] of (refs ?? []).entries()) {
      wishes.acknowledged.add(ref);
      if ((jobs[index]?.after?.length ?? 0) > 0) wishes.dependent.add(ref);
    }
  }

  async move(ref: string, act: 'cancel' | 'retry' | 'hold' | 'release'): Promise<void> {
    const { wishes } = this.#options;
    if (act === 'cancel') wishes.cancels.add(ref);
    if (act === 'retry') wishes.retries.add(ref);
    if (act === 'hold') wishes.holds.add(ref);
    await this.#untilAnswered('move', { number: ref.slice(ref.indexOf('/') + 1), act });
  }

  /** Some work of a scientist: one to three jobs, some after others, some with locks. */
  draw(): readonly JobRequest[] {
    const { chance, wishes } = this.#options;
    const known = [...wishes.acknowledged];
    return Array.from({ length: chance.between(1, 3) }, (_, index) => {
      const script = {
        forMs: chance.next() < 0.7 ? chance.between(50, 8_000) : chance.between(8_000, 60_000),
        exitCode: chance.next() < 0.8 ? 0 : 1,
      };
      const before = index > 0 && chance.next() < 0.4 ? index - 1 : chance.oneOf(known.slice(-5));
      const after = before === undefined || chance.next() < 0.75 ? [] : [{ job: before, on: 'any' as const }];
      const isCommand = chance.next() < 0.6;
      return {
        ...(isCommand
          ? { command: commandOf(script) }
          : { task, parameters: [script.forMs, script.exitCode] }),
        onLost: chance.weighted({ retry: 5, fail: 2, ask: 2 }),
        limits: {
          ...(chance.next() < 0.2 ? { attemptMs: chance.between(200, 20_000) } : {}),
          ...(chance.next() < 0.1 ? { totalMs: chance.between(1_000, 60_000) } : {}),
        },
        retry: chance.next() < 0.4 ? { max: chance.between(1, 2), delayMs: chance.between(100, 5_000) } : {},
        priority: chance.between(-2, 2),
        after,
        locks:
          chance.next() < 0.7
            ? []
            : [`${chance.oneOf(databases)}:${chance.next() < 0.5 ? 'shared' : 'exclusive'}`],
      };
    });
  }

  /** Locks a database for a while, as long as its lease can be renewed. */
  async lock(): Promise<void> {
    const { chance, ledger, clockwork } = this.#options;
    const path = chance.oneOf(databases) ?? 'embl';
    const locks = [{ path, mode: chance.next() < 0.5 ? ('shared' as const) : ('exclusive' as const) }];
    const askedAt = clockwork.now;
    let found = (await this.#untilAnswered('lock', { locks, leaseMs: lockLeaseMs })) as Standing | null;
    // It is lost when it could not be renewed: a lease that is not safe is not held.
    let endsAt = askedAt + safeMs;
    while (found !== null && found.epoch === null && clockwork.now < endsAt) {
      const { ticket } = found;
      const sentAt = clockwork.now;
      const renewed = await this.#once('renewLocks', { locks: [{ ticket, epoch: 0 }] });
      if (renewed !== null) endsAt = sentAt + safeMs;
      found = (await this.#once('lockStands', { ticket })) as Standing | null;
    }
    if (found === null || found.epoch === null || clockwork.now >= endsAt) return;
    const { ticket, epoch } = found;
    const hold = ledger.hold({ client: this.#process.name, locks });
    const heldUntil = clockwork.now + chance.between(500, 15_000);
    let isLost = false;
    const lose = (): void => {
      isLost = true;
      ledger.letGo(hold);
    };
    let cancel = this.#process.timers.after(endsAt - clockwork.now, lose);
    while (!isLost && clockwork.now < heldUntil) {
      await rest(this.#process.timers, Math.min(3_000, heldUntil - clockwork.now));
      const sentAt = clockwork.now;
      const answer = (await this.#once('renewLocks', { locks: [{ ticket, epoch }] })) as {
        lost: readonly number[];
      } | null;
      if (answer?.lost.includes(ticket) === true) lose();
      else if (answer !== null && !isLost) {
        cancel();
        endsAt = sentAt + safeMs;
        cancel = this.#process.timers.after(endsAt - clockwork.now, lose);
      }
    }
    cancel();
    ledger.letGo(hold);
    if (!isLost) await this.#untilAnswered('unlock', { locks: [{ ticket, epoch }] });
  }

  /** Null if it was refused. */
  async #untilAnswered(verb: string, body: object): Promise<unknown> {
    const { wishes, chance } = this.#options;
    const key = `${this.#process.name}-${++this.#keys}`;
    wishes.open += 1;
    try {
      for (;;) {
        try {
          return await this.#call(verb, { key, ...body });
        } catch (error) {
          if (!(error instanceof LabkeepError)) throw error;
          if (failureOf(error).kind === 'refused') return null;
          await rest(this.#process.timers, chance.between(100, 2_000));
        }
      }
    } finally {
      wishes.open -= 1;
    }
  }

  async #once(verb: string, body: object): Promise<unknown> {
    try {
      return await this.#call(verb, body);
    } catch (error) {
      if (!(error instanceof LabkeepError)) throw error;
      await rest(this.#process.timers, 500);
      return null;
    }
  }

  async #call(verb: string, body: object): Promise<unknown> {
    const { network, servers } = this.#options;
    const from = { name: this.#process.name, process: this.#process };
    try {
      return await network.call(from, servers[this.#at % servers.length] ?? '', verb, body, {
        timeoutMs: callMs + 5_000,
      });
    } catch (error) {
      this.#at += 1;
      throw error;
    }
  }
}

interface Standing {
  readonly ticket: number;
  readonly epoch: number | null;
}
