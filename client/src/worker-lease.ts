import type { Hand } from './hand.ts';
import { LabkeepError } from './labkeep-error.ts';
import type { CallOptions } from './options.ts';
import { Renewals } from './renewals.ts';
import { mayPass } from './repetition.ts';
import type { NewWorker, Registration } from './types.ts';
import { type Patience, untilAnswered } from './until-answered.ts';
import type { WorkerVerbs } from './worker-loop.ts';

/** Who this worker is to the server, and its one lease there. */
export class WorkerLease {
  readonly #verbs: WorkerVerbs;
  readonly #profile: NewWorker;
  readonly #hand: Hand;
  readonly #patience: Patience;
  readonly #renewals: Renewals;
  readonly #name: { worker: string; epoch: number | undefined };
  #registering: Promise<void> | null = null;

  private constructor(
    verbs: WorkerVerbs,
    profile: NewWorker,
    hand: Hand,
    patience: Patience,
    name: { worker: string; epoch: number | undefined },
    given: { readonly leaseMs: number; readonly sentAt: number },
  ) {
    this.#verbs = verbs;
    this.#profile = profile;
    this.#hand = hand;
    this.#patience = patience;
    this.#name = name;
    this.#renewals = new Renewals(
      {
        renew: (options) => this.#renew(options),
        hasNews: () => hand.hasNews,
        onFailure: (error, failures) => this.#failed(error, failures),
        onNearEnd: () => this.#nearEnd(),
      },
      given.leaseMs,
      given.sentAt,
    );
  }

  /** Registers, until that is answered. */
  static async obtain(
    verbs: WorkerVerbs,
    profile: NewWorker,
    hand: Hand,
    patience: Patience,
  ): Promise<WorkerLease> {
    const { worker, epoch, leaseMs, sentAt } = await register(verbs, profile, patience);
    return new WorkerLease(verbs, profile, hand, patience, { worker, epoch }, { leaseMs, sentAt });
  }

  /** As the server calls it. */
  get worker(): string {
    return this.#name.worker;
  }

  /**
   * The highest epoch that this worker was told, by its registration or in an offer: a claim that is on its way for long
   * speaks of no more than that. Undefined where the server does not tell.
   */
  get seen(): number | undefined {
    return this.#name.epoch === undefined ? undefined : Math.max(this.#name.epoch, this.#hand.offered);
  }

  /** How long the server gives it. */
  get leaseMs(): number {
    return this.#renewals.leaseMs;
  }

  get isSafe(): boolean {
    return this.#renewals.isSafe;
  }

  get renewed(): Promise<void> {
    return this.#renewals.renewed;
  }

  /** There is progress to tell. */
  look(): void {
    this.#renewals.look();
  }

  /** Renews until the signal ends it. */
  keep(signal: AbortSignal): Promise<void> {
    return this.#renewals.run(signal);
  }

  /** The server does not know this worker any more. Several may find out at once. */
  registerAgain(): Promise<void> {
    this.#registering ??= register(this.#verbs, this.#profile, this.#patience)
      .then(({ worker, epoch, leaseMs, sentAt }) => {
        this.#name.worker = worker;
        this.#name.epoch = epoch;
        this.#renewals.extend(leaseMs, sentAt);
      })
      .finally(() => {
        this.#registering = null;
      });
    return this.#registering;
  }

  async #renew(options: CallOptions): Promise<{ readonly leaseMs: number }> {
    const running = this.#hand.running();
    const progress = running.map(({ offer: { attempt, epoch }, progress: news }) => ({
      attempt,
      epoch,
      ...news.take(),
    }));
    try {
      const answer = await this.#verbs.attempts.renew({ worker: this.worker, progress }, options);
      for (const attempt of this.#hand.select(progress, answer.cancel)) attempt.ask('cancelled');
      for (const attempt of this.#hand.select(progress, answer.lost)) attempt.ask('lease_lost');
      return answer;
    } catch (error) {
      // What was refused is not sent again; what did not arrive is.
      if (error instanceof LabkeepError && mayPass(error)) for (const it of running) it.progress.putBack();
      throw error;
    }
  }

  async #failed(error: LabkeepError, failures: number): Promise<void> {
    if (failures === 0) this.#patience.onTrouble(error);
    const { signal } = this.#patience;
    if (error.code !== 'worker_unknown' || signal.aborted) return;
    await this.registerAgain().catch((reason: unknown) => {
      // Refused: the next claim, which is refused too, ends the work.
      if (!signal.aborted && !(reason instanceof LabkeepError)) throw reason;
    });
  }

  /** What would be done again elsewhere, or holds locks, ends now. */
  #nearEnd(): void {
    for (const attempt of this.#hand.running())
      if (attempt.offer.onLost === 'retry' || (attempt.offer.databases ?? []).length > 0)
        attempt.ask('lease_lost');
  }
}

/** A server of before does not tell the epoch. */
type Told = Omit<Registration, 'epoch'> & Partial<Pick<Registration, 'epoch'>>;

async function register({ workers }: WorkerVerbs, profile: NewWorker, patience: Patience) {
  return untilAnswered(patience, async (options) => {
    const sentAt = performance.now();
    const { worker, leaseMs, epoch }: Told = await workers.register(profile, options);
    return { worker, epoch, leaseMs, sentAt };
  });
}
