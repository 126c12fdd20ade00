import assert from 'node:assert/strict';
import type {
  AttemptClaim,
  Claim,
  ClaimAnswer,
  ConfirmAnswer,
  FinishedAttempt,
  FinishResult,
  HeldAttempt,
  OfferedJob,
  OutputAnswer,
  OutputChunk,
  ProgressReport,
  RenewAnswer,
  WorkerProfile,
} from '../../src/ports/records/workers.ts';
import type { Storage } from '../../src/ports/storage.ts';

export type Said = Partial<Omit<FinishedAttempt, 'attempt' | 'outcome'>>;

export type LabProfile = Pick<WorkerProfile, 'name' | 'principal'> & Partial<WorkerProfile>;

/** A worker as the suite plays it: it remembers nothing, and says what it is told to say. */
export class LabWorker {
  readonly id: number;
  readonly principal: string;
  readonly #storageNow: () => Storage;

  private constructor(storageNow: () => Storage, id: number, principal: string) {
    this.#storageNow = storageNow;
    this.id = id;
    this.principal = principal;
  }

  static async register(storageNow: () => Storage, profile: LabProfile): Promise<LabWorker> {
    const whole = { labels: {}, tasks: [], capacity: 4, accept: [], ...profile };
    const { worker } = await storageNow().registerWorker({ profile: whole });
    return new LabWorker(storageNow, worker, profile.principal);
  }

  /** Asks for work. Without `held` nothing is compared with the record. */
  claim(capacity: number, held: Claim['held'] = null, seen: number | null = null): Promise<ClaimAnswer> {
    const named = { worker: this.id, principal: this.principal };
    return this.#storageNow().claimJobs({ ...named, capacity, held, seen });
  }

  async offers(capacity: number): Promise<readonly OfferedJob[]> {
    return (await this.claim(capacity)).offers;
  }

  /** Takes up to so many jobs and starts them. */
  async take(capacity: number): Promise<readonly OfferedJob[]> {
    const offers = await this.offers(capacity);
    const { refused } = await this.confirm(...offers);
    assert.deepEqual(refused, []);
    return offers;
  }

  confirm(...attempts: readonly AttemptClaim[]): Promise<ConfirmAnswer> {
    const named = attempts.map(({ attempt, epoch }) => ({ attempt, epoch }));
    return this.#storageNow().confirmAttempts({
      worker: this.id,
      principal: this.principal,
      attempts: named,
    });
  }

  renew(...progress: readonly ProgressReport[]): Promise<RenewAnswer> {
    return this.#storageNow().renewAttempts({ worker: this.id, principal: this.principal, progress });
  }

  /** Ends one attempt. */
  async finish(
    of: AttemptClaim,
    outcome: FinishedAttempt['outcome'],
    said: Said = {},
  ): Promise<FinishResult> {
    const [result] = await this.finishAll([report(of, outcome, said)]);
    assert.ok(result);
    return result;
  }

  finishAll(attempts: readonly FinishedAttempt[]): Promise<readonly FinishResult[]> {
    return this.#storageNow().finishAttempts({ principal: this.principal, attempts });
  }

  output(of: AttemptClaim, ...chunks: readonly OutputChunk[]): Promise<OutputAnswer> {
    return this.#storageNow().appendOutput({
      principal: this.principal,
      attempt: of.attempt,
      epoch: of.epoch,
      chunks,
    });
  }
}

export function report(
  { attempt, epoch }: AttemptClaim,
  outcome: FinishedAttempt['outcome'],
  said: Said = {},
): FinishedAttempt {
  const exitCode = outcome === 'succeeded' ? 0 : outcome === 'failed' ? 1 : null;
  return { attempt, epoch, outcome, exitCode, reason: null, error: null, outputs: [], ...said };
}

/** What a worker says that it still has in hand. */
export function held({ attempt, epoch }: AttemptClaim, state: HeldAttempt['state']): HeldAttempt {
  return { attempt, epoch, state };
}

export function progress(
  of: AttemptClaim,
  fraction: number | null,
  text: string | null,
  counts: ProgressReport['counts'] = null,
): ProgressReport {
  return { attempt: of.attempt, epoch: of.epoch, fraction, text, counts };
}

/** The one offer that is expected. */
export function only(offers: readonly OfferedJob[]): OfferedJob {
  const [offer] = offers;
  assert.equal(offers.length, 1);
  assert.ok(offer);
  return offer;
}
