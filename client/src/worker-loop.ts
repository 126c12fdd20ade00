/**
 * A worker in this process: register, ask for work, confirm, run, report. One call follows another; only the renewal of
 * the lease, the logs and the reports go beside them.
 */
import type { Attempts } from './attempts.ts';
import { declaredTask } from './declared-task.ts';
import { deliver } from './deliver.ts';
import { Hand } from './hand.ts';
import { failed, type JobAttempt, type Report, timerMsMax } from './job-attempt.ts';
import { LabkeepError } from './labkeep-error.ts';
import type { CallOptions } from './options.ts';
import { rest } from './pause.ts';
import { askedPauseMs, grownPauseMs, mayPass } from './repetition.ts';
import type { ClaimAnswer, ClaimRequest, NewWorker, Offer } from './types.ts';
import { type Patience, untilAnswered } from './until-answered.ts';
import type { JobHandler, WorkOptions } from './work.ts';
import { WorkerLease } from './worker-lease.ts';
import type { Workers } from './workers.ts';

/** The verbs of a worker. */
export interface WorkerVerbs {
  readonly attempts: Attempts;
  readonly workers: Pick<Workers, 'register'>;
  claims(request: ClaimRequest, options?: CallOptions): Promise<ClaimAnswer>;
}

const claimWaitMs = 30_000;
/** A full worker asks for news only after so long: most often a place comes free before. */
const fullMs = 100;
/** Where the time of stopping has a bound, reports that nobody answers are given up after so long. */
const lastReportsMs = 30_000;
const lastClaimMs = 2_000;
/** An answer that is due is waited for so long at least. */
const silenceMsMin = 2_000;

export class WorkerLoop {
  readonly #verbs: WorkerVerbs;
  readonly #options: WorkOptions;
  readonly #handlers: ReadonlyMap<string, JobHandler>;
  readonly #hand: Hand;
  readonly #stop = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #giveUp = new AbortController();
  readonly #untilStop: Patience;
  readonly #untilEnd: Patience;
  readonly #running = new Set<Promise<Report>>();
  readonly #lives = new Set<Promise<void>>();
  #lease: WorkerLease | null = null;
  /** The claim that is under way, or the rest before it. */
  #asking: { readonly capacity: number; readonly controller: AbortController } | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(verbs: WorkerVerbs, options: WorkOptions) {
    this.#verbs = verbs;
    this.#options = options;
    this.#handlers = new Map(Object.entries(options.handlers));
    if (this.#handlers.size === 0)
      throw new LabkeepError({
        code: 'usage',
        detail: 'A worker needs a handler.',
        field: 'handlers',
        expected: 'a function for each task',
      });
    const onTrouble = options.onTrouble ?? (() => undefined);
    this.#untilStop = { signal: this.#stop.signal, onTrouble };
    this.#untilEnd = { signal: this.#giveUp.signal, onTrouble };
    const log = { attempts: verbs.attempts, patience: this.#untilEnd };
    const { capacity = 1, aliases = {} } = options;
    this.#hand = new Hand(capacity, new Map(Object.entries(aliases)), log, () => this.#lease?.look());
  }

  /** Resolves when the signal has ended the work and all is reported; rejects when the server refuses this worker. */
  async run(): Promise<void> {
    const { signal, drainMs } = this.#options;
    if (signal?.aborted === true) return;
    const stop = (): void => this.#halt(drainMs);
    signal?.addEventListener('abort', stop, { once: true });
    const renewing = new AbortController();
    let kept: Promise<void> | undefined;
    try {
      this.#lease = await WorkerLease.obtain(this.#verbs, this.#profile(), this.#hand, this.#untilStop);
      kept = this.#lease.keep(renewing.signal).catch((error: unknown) => this.#fail(error));
      await this.#claimAlways(this.#lease);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fail(error);
    }
    await this.#drain();
    renewing.abort();
    await kept;
    signal?.removeEventListener('abort', stop);
    if (this.#failure !== null) throw this.#failure.error;
  }

  #profile(): NewWorker {
    const { name, capacity = 1, labels, accept } = this.#options;
    const declares = Object.entries(this.#options.declares ?? {}).map(([task, it]) => declaredTask(task, it));
    const tasks = [...this.#handlers.keys()];
    return { name, capacity, tasks, labels, accept, ...(declares.length === 0 ? {} : { declares }) };
  }

  #halt(drainMs = Number.POSITIVE_INFINITY): void {
    this.#stop.abort();
    this.#stopped.resolve();
    this.#asking?.controller.abort();
    if (drainMs > timerMsMax) return;
    const timer = setTimeout(() => {
      for (const attempt of this.#hand.all()) attempt.ask('worker_stopped');
    }, drainMs);
    void this.#allEnded().then(() => clearTimeout(timer));
  }

  /** The server will not have this worker: what runs ends, since somebody else may be given it. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#halt();
    for (const attempt of this.#hand.all()) attempt.ask('lease_lost');
  }

  async #drain(): Promise<void> {
    await this.#allEnded();
    const bounded = this.#options.drainMs !== undefined || this.#failure !== null;
    const timer = bounded ? setTimeout(() => this.#giveUp.abort(), lastReportsMs) : undefined;
    while (this.#lives.size > 0) await Promise.all(this.#lives);
    clearTimeout(timer);
  }

  async #allEnded(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async #claimAlways(lease: WorkerLease): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await rest(await this.#claim(lease), signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof LabkeepError) || !mayPass(error)) throw error;
        if (failures === 0) this.#untilStop.onTrouble(error);
        await rest(askedPauseMs(error, grownPauseMs(failures, 200, 10_000)), signal);
        failures += 1;
      }
    }
  }

  /** One claim and what follows from it; how long (ms) to wait until the next. */
  async #claim(lease: WorkerLease): Promise<number> {
    if (this.#hand.free === 0) await this.#restWhileFull();
    if (this.#stop.signal.aborted) return 0;
    const capacity = this.#hand.free;
    const held = this.#hand.held();
    const controller = new AbortController();
    const answer = await this.#ask(lease, { capacity, held }, controller);
    if (answer === null) return 0;
    for (const attempt of this.#hand.select(held, answer.cancel)) attempt.ask('cancelled');
    const abandoned = this.#hand.select(held, answer.abandon).filter(({ state }) => state !== 'finished');
    for (const attempt of abandoned) attempt.ask('lease_lost');
    if (answer.offers.length > 0) await this.#take(lease, answer.offers);
    // Claim and report crossed on the way: what ended meanwhile is not named again, and there is nothing to wait for.
    const hasCrossed = answer.abandon.length > 0 && abandoned.length === 0 && answer.cancel.length === 0;
    return hasCrossed ? 0 : answer.pollAfterMs;
  }

  /** Null if the claim was cut off, or has to be made under another name. */
  async #ask(
    lease: WorkerLease,
    request: Pick<ClaimRequest, 'capacity' | 'held'>,
    controller: AbortController,
  ): Promise<ClaimAnswer | null> {
    this.#asking = { capacity: request.capacity, controller };
    try {
      return await this.#verbs.claims(
        {
          ...request,
          ...seenBy(lease),
          worker: lease.worker,
          ...this.#hand.namedAliases,
          waitMs: Math.min(claimWaitMs, Math.floor(lease.leaseMs / 2)),
        },
        // A server that fell silent is left before the lease is over.
        { signal: controller.signal, timeoutMs: Math.max(lease.leaseMs / 3, silenceMsMin) },
      );
    } catch (error) {
      if (controller.signal.aborted) {
        if (this.#stop.signal.aborted) await this.#putBack(lease);
      } else if (error instanceof LabkeepError && error.code === 'worker_unknown')
        await lease.registerAgain();
      else throw error;
      return null;
    } finally {
      this.#asking = null;
    }
  }

  /** What the claim that was cut off may have been offered is not named, and goes back at once, uncounted. */
  async #putBack(lease: WorkerLease): Promise<void> {
    const request = {
      worker: lease.worker,
      ...seenBy(lease),
      capacity: 0,
      held: this.#hand.held(),
      waitMs: 0,
    };
    try {
      await this.#verbs.claims(request, { timeoutMs: lastClaimMs });
    } catch (error) {
      // Then they go back by themselves, when the time to confirm them is over.
      if (!(error instanceof LabkeepError)) throw error;
      this.#untilEnd.onTrouble(error);
    }
  }

  async #take(lease: WorkerLease, offers: readonly Offer[]): Promise<void> {
    const taken = offers.map((offer) => this.#hand.take(offer));
    let granted: ReadonlySet<JobAttempt>;
    try {
      granted = await this.#confirm(lease, taken);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fail(error);
      // Whether they are confirmed is not known; they can be handed back either way.
      granted = new Set(taken);
    }
    for (const attempt of taken) {
      if (!granted.has(attempt)) this.#hand.drop(attempt);
      else if (this.#stop.signal.aborted) this.#track(this.#report(attempt, { outcome: 'returned' }));
      else this.#track(this.#live(attempt));
    }
  }

  /** Those that may start: the server has agreed, and the lease covers them. */
  async #confirm(lease: WorkerLease, taken: readonly JobAttempt[]): Promise<ReadonlySet<JobAttempt>> {
    const attempts = taken.map(({ offer: { attempt, epoch } }) => ({ attempt, epoch }));
    for (;;) {
      try {
        // After a sleep it renews first, or the server would take back at once what it confirmed.
        while (!lease.isSafe) await this.#renewed(lease);
        const { start } = await untilAnswered(this.#untilStop, (options) =>
          this.#verbs.attempts.confirm({ worker: lease.worker, attempts }, options),
        );
        if (lease.isSafe) return new Set(taken.filter(({ offer }) => start.includes(offer.attempt)));
      } catch (error) {
        if (!(error instanceof LabkeepError) || error.code !== 'worker_unknown') throw error;
        await lease.registerAgain();
      }
    }
  }

  async #renewed(lease: WorkerLease): Promise<void> {
    await Promise.race([lease.renewed, this.#stopped.promise]);
    this.#stop.signal.throwIfAborted();
  }

  async #live(attempt: JobAttempt): Promise<void> {
    const ending = this.#run(attempt);
    this.#running.add(ending);
    const report = await ending.finally(() => this.#running.delete(ending));
    await attempt.logged();
    await this.#report(attempt, report);
  }

  async #run(attempt: JobAttempt): Promise<Report> {
    const { task, command } = attempt.offer;
    const handler =
      (task === null ? undefined : this.#handlers.get(task)) ??
      (command === null ? undefined : this.#handlers.get('command')) ??
      this.#handlers.get('*');
    // The server hands out only what the worker has said that it can do.
    if (handler === undefined) return failed('not_started', `this worker has no handler of the name ${task}`);
    return attempt.run(handler);
  }

  async #report(attempt: JobAttempt, report: Report): Promise<void> {
    attempt.state = 'finished';
    await deliver(attempt.offer, report, this.#verbs.attempts, this.#untilEnd);
    this.#hand.drop(attempt);
    // A claim that asks for news only is made anew.
    if (this.#asking?.capacity === 0) this.#asking.controller.abort();
  }

  #track(life: Promise<void>): void {
    const settled = life
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#lives.delete(settled));
    this.#lives.add(settled);
  }

  async #restWhileFull(): Promise<void> {
    const controller = new AbortController();
    this.#asking = { capacity: 0, controller };
    await rest(fullMs, controller.signal);
    this.#asking = null;
  }
}

function seenBy({ seen }: WorkerLease): Pick<ClaimRequest, 'seen'> {
  return seen === undefined ? {} : { seen };
}
