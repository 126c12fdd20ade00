/** Looks at the storage after every step in which it changed, and says what must never be seen there. */
import type { Position } from '../../src/core/events/cursor.ts';
import type { RecordedEvent } from '../../src/core/events/event.ts';
import type { AttemptRecord, JobRecord } from '../../src/core/jobs/job.ts';
import { readReference, writeReference } from '../../src/core/jobs/reference.ts';
import { isFinal, type JobState, moves } from '../../src/core/jobs/states.ts';
import type { Storage } from '../../src/ports/storage.ts';
import type { Wishes } from './clients.ts';
import { project } from './lab.ts';
import { type Ledger, nameOf } from './ledger.ts';

interface Told {
  readonly state: JobState;
  readonly revision: number;
}

export class Judge {
  readonly #ledger: Ledger;
  readonly #wishes: Wishes;
  readonly #breach: (what: string) => void;
  /** What the events have said of each job. */
  #told = new Map<string, Told>();
  #after: Position | null = null;
  #lastAt = 0;
  /** All events since the beginning of this incarnation. */
  events: RecordedEvent[] = [];
  #jobs: readonly JobRecord[] = [];
  #lastEpoch = 0;
  readonly #given = new Set<number>();
  #lastEpochBefore = 0;

  constructor(ledger: Ledger, wishes: Wishes, breach: (what: string) => void) {
    this.#ledger = ledger;
    this.#wishes = wishes;
    this.#breach = breach;
  }

  get incarnation(): string {
    return this.#after?.incarnation ?? '';
  }

  get jobs(): readonly JobRecord[] {
    return this.#jobs;
  }

  /** The storage was restored: what was told since the backup is unsaid. */
  async restored(storage: Storage): Promise<void> {
    const { incarnation, upTo } = await storage.listEvents({ after: null, limit: 1_000, project: null });
    this.#after = { incarnation, sequence: upTo };
    this.events = [];
    this.#told = new Map();
    this.#lastAt = 0;
    this.#lastEpochBefore = this.#lastEpoch;
    this.#jobs = await allJobs(storage);
    for (const job of this.#jobs) this.#told.set(writeReference(job), job);
    const kept = new Set(this.#jobs.map(writeReference));
    for (const ref of this.#wishes.acknowledged) if (!kept.has(ref)) this.#wishes.acknowledged.delete(ref);
  }

  async look(storage: Storage): Promise<void> {
    const moved = await this.#readEvents(storage);
    this.#jobs = await allJobs(storage);
    this.#compareStates();
    await this.#compareCounts(storage);
    await this.#judgeLocks(storage);
    const byRef = new Map(this.#jobs.map((job) => [writeReference(job), job]));
    for (const ref of moved) {
      const job = byRef.get(ref);
      if (job !== undefined) this.#judgeJob(ref, job, await storage.listAttempts(readReference(ref, 'ref')));
    }
  }

  /** When all is over. */
  lookBack(): void {
    const refs = new Set(this.#jobs.map(writeReference));
    for (const ref of this.#wishes.acknowledged)
      if (!refs.has(ref)) this.#breach(`${ref} was acknowledged and is lost`);
    for (const job of this.#jobs)
      if (!isFinal(job.state)) this.#breach(`${writeReference(job)} is ${job.state} for ever`);
  }

  async #readEvents(storage: Storage): Promise<ReadonlySet<string>> {
    const moved = new Set<string>();
    const page = await storage.listEvents({ after: this.#after, limit: 10_000, project: null });
    let expected = (this.#after?.sequence ?? 0) + 1;
    for (const event of page.items) {
      if (event.sequence !== expected)
        this.#breach(`after event ${expected - 1} comes event ${event.sequence}`);
      expected = event.sequence + 1;
      if (event.at < this.#lastAt) this.#breach(`event ${event.sequence} is of a time before the one before`);
      this.#lastAt = event.at;
      this.events.push(event);
      for (const { ref, state, revision } of event.jobs) {
        this.#judgeMove(event, ref, { state, revision });
        moved.add(ref);
      }
    }
    if (page.upTo !== expected - 1)
      this.#breach(`the record of events ends at ${page.upTo}, not ${expected - 1}`);
    this.#after = { incarnation: page.incarnation, sequence: page.upTo };
    return moved;
  }

  #judgeMove({ type, sequence }: RecordedEvent, ref: string, now: Told): void {
    const before = this.#told.get(ref);
    this.#told.set(ref, now);
    const what = `event ${sequence} (${type}) of ${ref}: ${now.state} (${now.revision}) after ${before?.state} (${before?.revision})`;
    if (type === 'report.late') {
      if (before?.state !== now.state || before.revision !== now.revision) this.#breach(what);
    } else if (before === undefined) {
      if (type !== 'jobs.created') this.#breach(what);
    } else if (now.revision <= before.revision) this.#breach(what);
    else if (now.revision === before.revision + 1 && !leads(before.state, now.state)) this.#breach(what);
  }

  #compareStates(): void {
    if (this.#jobs.length !== this.#told.size)
      this.#breach(`${this.#jobs.length} jobs are listed, the events tell of ${this.#told.size}`);
    for (const job of this.#jobs) {
      const told = this.#told.get(writeReference(job));
      if (told?.state !== job.state || told.revision !== job.revision)
        this.#breach(
          `${writeReference(job)} is ${job.state} (${job.revision}), by its events ${told?.state} (${told?.revision})`,
        );
    }
  }

  async #compareCounts(storage: Storage): Promise<void> {
    const counted: Partial<Record<JobState, number>> = {};
    for (const { state } of this.#jobs) counted[state] = (counted[state] ?? 0) + 1;
    const counts = await storage.countJobs({ project });
    for (const state of new Set([...Object.keys(counts), ...Object.keys(counted)]) as Set<JobState>)
      if ((counts[state] ?? 0) !== (counted[state] ?? 0))
        this.#breach(`${counts[state] ?? 0} jobs are counted as ${state}, ${counted[state] ?? 0} are`);
  }

  async #judgeLocks(storage: Storage): Promise<void> {
    const { items } = await storage.listLocks({ path: null, limit: 100 });
    const held = items.filter(({ state }) => state === 'granted');
    for (const [index, one] of held.entries())
      for (const other of held.slice(index + 1))
        for (const a of one.locks)
          for (const b of other.locks)
            if (a.path === b.path && (a.mode === 'exclusive' || b.mode === 'exclusive'))
              this.#breach(`tickets ${one.ticket} and ${other.ticket} both hold ${a.path}`);
  }

  #judgeJob(ref: string, job: JobRecord, attempts: readonly AttemptRecord[]): void {
    let last = 0;
    for (const { attempt, epoch } of attempts) {
      // What was lost by a restore has none any more.
      if (epoch <= last && (epoch > 0 || this.#ledger.incarnation === 1))
        this.#breach(`${ref}: attempt ${attempt} has the epoch ${epoch}, not above ${last}`);
      last = epoch;
    }
    for (const { attempt, epoch, outcome, finishedAt } of attempts) {
      const run = this.#ledger.find(ref, attempt, epoch);
      if (finishedAt !== null && outcome !== 'lost' && run !== undefined && run.end === null)
        this.#breach(`${ref} attempt ${attempt}@${epoch} ${outcome} on record; really it goes on`);
    }
    if (isFinal(job.state)) this.#judgeEnd(ref, job, attempts);
  }

  /** Whether its history, and what really happened, explain how a job ended. */
  #judgeEnd(ref: string, { state, reason }: JobRecord, attempts: readonly AttemptRecord[]): void {
    const last = attempts.at(-1);
    const good = attempts.filter(({ outcome }) => outcome === 'succeeded');
    if (attempts.some(({ finishedAt }) => finishedAt === null))
      this.#breach(`${ref} is ${state}, and an attempt of it goes on`);
    if (good.length !== (state === 'succeeded' ? 1 : 0))
      this.#breach(`${ref} is ${state}, and ${good.length} attempts of it succeeded`);
    for (const { attempt, epoch, outcome, reason: why } of attempts) {
      const run = this.#ledger.find(ref, attempt, epoch);
      const truth = run?.end ?? 'never begun';
      if (outcome === 'succeeded' && truth !== 'succeeded')
        this.#breach(`${ref} attempt ${attempt}@${epoch} succeeded on record; really it was ${truth}`);
      if (outcome === 'failed' && why === 'exit_code' && truth !== 'failed')
        this.#breach(`${ref} attempt ${attempt}@${epoch} failed on record; really it was ${truth}`);
    }
    if (state === 'failed' && last?.outcome !== 'failed' && last?.outcome !== 'lost')
      this.#breach(`${ref} failed, and its last attempt was ${last?.outcome}`);
    if (state === 'cancelled' && reason === 'requested' && !this.#wishes.cancels.has(ref))
      this.#breach(`${ref} was cancelled, and nobody had asked for it`);
    if (state === 'cancelled' && reason !== 'requested' && reason !== 'dependency_failed')
      this.#breach(`${ref} was cancelled for the reason ${reason}`);
    if (state === 'denied' || (state === 'expired' && reason !== 'total_time_limit'))
      this.#breach(`${ref} is ${state} for the reason ${reason}`);
  }

  /** A claim begins: the epoch that it gives is above all that were given before, and is given once. */
  claim(): (epoch: number) => void {
    const before = this.#lastEpoch;
    return (epoch) => {
      if (epoch <= before || this.#given.has(epoch))
        this.#breach(`the epoch ${epoch} is given after ${before}`);
      this.#given.add(epoch);
      this.#lastEpoch = Math.max(epoch, this.#lastEpoch);
    };
  }

  /** A run that really began is on record as confirmed, under its epoch. */
  async judgeStart(storage: Storage, run: Parameters<typeof nameOf>[0]): Promise<void> {
    const attempts = await storage.listAttempts(readReference(run.job, 'ref')).catch(() => null);
    const found = attempts?.some(
      ({ attempt, epoch }) => attempt === run.attemptNumber && epoch === run.epoch,
    );
    // What was confirmed before a restore may be begun just after it.
    const isOfBefore = this.#ledger.incarnation > 1 && run.epoch <= this.#lastEpochBefore;
    if (found !== true && !isOfBefore) this.#breach(`${nameOf(run)} was begun, and is not on record`);
  }
}

function leads(from: JobState, to: JobState): boolean {
  return (
    from === to ||
    Object.values(moves[from] as Readonly<Record<string, readonly string[]>>).some((targets) =>
      targets.includes(to),
    )
  );
}

async function allJobs(storage: Storage): Promise<readonly JobRecord[]> {
  return (await storage.listJobs({ project, limit: 1_000 })).items;
}
