/** The record of a server as far as a worker can tell: jobs, epochs, one lease per worker. No durability, no rules. */
import type { FinishedAttempt, HeldAttempt, Offer, OutputChunk } from '../../../src/worker/connection.ts';

export interface FakeJob {
  readonly ref: string;
  readonly asked: Partial<Offer>;
  state: 'ready' | 'offered' | 'running' | 'lost' | 'ended';
  attemptNumber: number;
  epoch: number;
  cancelRequested: boolean;
  report: FinishedAttempt | null;
  reason: string | null;
  readonly late: FinishedAttempt[];
  /** By attempt and epoch, then by number. */
  readonly output: Map<string, Map<number, OutputChunk>>;
  progress: { fraction: number | undefined; text: string | undefined } | null;
}

export interface FakeDurations {
  leaseMs: number;
  offerMs: number;
}

export class FakeJobs {
  readonly durations: FakeDurations;
  readonly #jobs: FakeJob[] = [];
  readonly #offeredAt = new Map<string, number>();
  #epoch = 0;
  #leaseEndsAt = 0;

  constructor(durations: FakeDurations) {
    this.durations = durations;
  }

  submit(asked: Partial<Offer>): FakeJob {
    const job: FakeJob = {
      ref: `test/${this.#jobs.length + 1}`,
      asked,
      state: 'ready',
      attemptNumber: 1,
      epoch: 0,
      cancelRequested: false,
      report: null,
      reason: null,
      late: [],
      output: new Map(),
      progress: null,
    };
    this.#jobs.push(job);
    return job;
  }

  /** Before every act, and every few milliseconds: what the clock has decided. */
  sweep(now: number): void {
    for (const job of this.#jobs) {
      if (job.state === 'offered' && now > (this.#offeredAt.get(job.ref) ?? 0) + this.durations.offerMs)
        job.state = 'ready';
      if (job.state === 'running' && now > this.#leaseEndsAt) this.#lose(job, 'lease_lost');
    }
  }

  renewLease(now: number): void {
    this.#leaseEndsAt = now + this.durations.leaseMs;
  }

  /** As the server: what is not named goes back or is lost, what is named and not known is to be abandoned. */
  reconcile(held: readonly HeldAttempt[]): { readonly abandon: string[]; readonly cancel: string[] } {
    const cancel: string[] = [];
    const known = new Set<string>();
    for (const job of this.#jobs.filter(
      ({ state }) => state === 'offered' || state === 'running' || state === 'lost',
    )) {
      const named = held.find((it) => it.attempt === nameOf(job) && it.epoch === job.epoch);
      if (named !== undefined) known.add(`${named.attempt}@${named.epoch}`);
      if (named === undefined && job.state === 'offered') job.state = 'ready';
      else if (named === undefined && job.state === 'running') this.#lose(job, 'worker_forgot');
      else if (named !== undefined && job.state === 'running' && job.cancelRequested)
        cancel.push(named.attempt);
    }
    const abandon = held.filter((it) => it.state !== 'finished' && !known.has(`${it.attempt}@${it.epoch}`));
    return { abandon: abandon.map(({ attempt }) => attempt), cancel };
  }

  handOut(capacity: number, now: number): Offer[] {
    const chosen = this.#jobs.filter(({ state }) => state === 'ready').slice(0, capacity);
    return chosen.map((job) => {
      job.state = 'offered';
      job.epoch = ++this.#epoch;
      this.#offeredAt.set(job.ref, now);
      return offerOf(job, this.durations.offerMs);
    });
  }

  confirm(attempt: string, epoch: number): boolean {
    const job = this.#current(attempt, epoch);
    if (job?.state === 'offered') job.state = 'running';
    return job?.state === 'running';
  }

  /** False if the attempt is no longer the worker’s. */
  isRunning(attempt: string, epoch: number): boolean {
    return this.#current(attempt, epoch)?.state === 'running';
  }

  progress(attempt: string, epoch: number, fraction: number | undefined, text: string | undefined): void {
    const job = this.#current(attempt, epoch);
    if (job !== undefined && (fraction !== undefined || text !== undefined))
      job.progress = { fraction, text };
  }

  cancelling(): string[] {
    return this.#jobs.filter((job) => job.state === 'running' && job.cancelRequested).map(nameOf);
  }

  /** False if the attempt was never given under this epoch. */
  keepOutput(attempt: string, epoch: number, chunks: readonly OutputChunk[]): boolean {
    const job = this.#jobs.find((it) => it.ref === refOf(attempt));
    if (job === undefined || epoch > this.#epoch) return false;
    const key = `${attempt}@${epoch}`;
    const kept = job.output.get(key) ?? new Map<number, OutputChunk>();
    job.output.set(key, kept);
    for (const chunk of chunks) if (!kept.has(chunk.seq)) kept.set(chunk.seq, chunk);
    return true;
  }

  finish(report: FinishedAttempt): { readonly applied: boolean; readonly code: string | null } {
    const job = this.#current(report.attempt, report.epoch);
    if (job === undefined || (job.state === 'ended' && job.report === null)) {
      this.#jobs.find((it) => it.ref === refOf(report.attempt))?.late.push(report);
      return { applied: false, code: 'epoch_stale' };
    }
    if (job.state === 'ended') return { applied: true, code: null };
    if (job.state === 'offered' || report.outcome === 'returned') this.#putBack(job);
    else this.#end(job, report, report.reason ?? null);
    return { applied: true, code: null };
  }

  #current(attempt: string, epoch: number): FakeJob | undefined {
    return this.#jobs.find((job) => job.epoch === epoch && nameOf(job) === attempt && job.state !== 'ready');
  }

  #lose(job: FakeJob, reason: string): void {
    if (job.asked.onLost === 'ask') job.state = 'lost';
    else if (job.asked.onLost === 'retry') {
      job.attemptNumber += 1;
      this.#putBack(job);
    } else this.#end(job, null, reason);
  }

  #putBack(job: FakeJob): void {
    job.state = 'ready';
    job.epoch = 0;
  }

  #end(job: FakeJob, report: FinishedAttempt | null, reason: string | null): void {
    job.state = 'ended';
    job.report = report;
    job.reason = reason;
  }
}

function nameOf(job: FakeJob): string {
  return `${job.ref.replace('/', '.')}-${job.attemptNumber}`;
}

function refOf(attempt: string): string {
  return attempt.slice(0, attempt.lastIndexOf('-')).replace('.', '/');
}

function offerOf(job: FakeJob, leaseMs: number): Offer {
  return {
    attempt: nameOf(job),
    job: job.ref,
    epoch: job.epoch,
    leaseMs,
    attemptNumber: job.attemptNumber,
    project: 'test',
    projectDirectory: null,
    task: null,
    title: null,
    owner: 'me',
    command: null,
    stdin: null,
    directory: null,
    environment: {},
    parameters: null,
    inputs: [],
    outputs: [],
    limits: {},
    onLost: 'fail',
    metadata: null,
    token: `token-of-${job.ref}`,
    ...job.asked,
  };
}
