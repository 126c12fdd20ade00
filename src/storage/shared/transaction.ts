import { joinedWork, type ReadyWork } from '../../core/dispatch/classes.ts';
import type { EventType } from '../../core/events/event.ts';
import type { FinalState, JobState } from '../../core/jobs/states.ts';
import type { Durations } from '../../core/leases/durations.ts';
import type { Chance } from '../../ports/clock.ts';
import type { Hint } from '../../ports/storage.ts';
import type { Known } from './known.ts';
import { type Moved, writeMoves } from './moves-text.ts';
import { type Row, type Script, select, selectOne, type Value, write } from './script.ts';

/** The one row of counters: read when a transaction begins, written before it commits. */
export interface Counters {
  readonly incarnation: string;
  /** Epochs up to this one were given by an incarnation before. */
  epochsFrom: number;
  /** When the storage was restored, until the leases of before are over: so long nothing is handed out; else null. */
  restoredAt: number | null;
  event: number;
  epoch: number;
  job: number;
  clock: number;
}

interface EventDraft {
  readonly type: EventType;
  readonly projectId: number | null;
  readonly database: string | null;
  readonly actor: string;
  readonly jobs: Moved[];
}

/** What acts share while a group of them is under way: time, counters, events to come, hints to give. */
export class Transaction {
  readonly durations: Durations;
  readonly chance: Chance;
  readonly known: Known;
  readonly counters: Counters;
  /** Milliseconds since 1970; one instant for the whole transaction, never before an earlier one. */
  readonly now: number;
  #actor = '';
  #writes = 0;
  #accepted: EventDraft[] = [];
  #current: EventDraft[] = [];
  #ready: ReadyWork | null = null;
  #locks = false;
  #untold: ReadyWork | null = null;
  readonly #tallies = new Map<
    string,
    { readonly projectId: number; readonly state: FinalState; readonly change: number }
  >();
  readonly #workers = new Set<number>();

  constructor(
    counters: Counters,
    now: number,
    surroundings: { durations: Durations; chance: Chance; known: Known },
  ) {
    this.counters = counters;
    this.now = now;
    this.durations = surroundings.durations;
    this.chance = surroundings.chance;
    this.known = surroundings.known;
  }

  /** Whose act it is. */
  get actor(): string {
    return this.#actor;
  }

  /** Statements that wrote so far: tells whether a refused act left something behind. */
  get writes(): number {
    return this.#writes;
  }

  get hint(): Hint {
    return {
      ready: this.#ready,
      event: this.#accepted.length > 0,
      locks: this.#locks,
      workers: [...this.#workers],
    };
  }

  /** Begins an act: from here on, events are its own. */
  begin(actor: string): void {
    this.#actor = actor;
    this.#current = [];
  }

  /** Ends an act; what a refused one announced is forgotten. */
  end(accepted: boolean): void {
    if (accepted) this.#accepted.push(...this.#current);
    this.#current = [];
  }

  select(name: string, ...values: readonly Value[]): Script<readonly Row[]> {
    return select(name, ...values);
  }

  selectOne(name: string, ...values: readonly Value[]): Script<Row | undefined> {
    return selectOne(name, ...values);
  }

  write(name: string, rows: readonly (readonly Value[])[]): Script<void> {
    this.#writes += rows.length;
    this.known.forgetWritten(name, rows);
    return write(name, rows);
  }

  nextEpoch(): number {
    return ++this.counters.epoch;
  }

  /** Takes `count` job ids and gives the first. */
  takeJobIds(count: number): number {
    const first = this.counters.job + 1;
    this.counters.job += count;
    return first;
  }

  /** One event of this act for each type, project and database, however often it is told. */
  record(type: EventType, projectId: number | null, database: string | null = null): void {
    this.#eventOf(type, projectId, database);
  }

  /** The same, with a job that moved. */
  moved(
    type: EventType,
    projectId: number,
    number: string,
    state: JobState,
    revision: number,
    trashed = false,
  ): void {
    const moved = { number, state, revision };
    this.#eventOf(type, projectId).jobs.push(trashed ? { ...moved, trashed } : moved);
  }

  #eventOf(type: EventType, projectId: number | null, database: string | null = null): EventDraft {
    for (const draft of this.#current)
      if (draft.type === type && draft.projectId === projectId && draft.database === database) return draft;
    const draft: EventDraft = { type, projectId, database, actor: this.#actor, jobs: [] };
    this.#current.push(draft);
    return draft;
  }

  /** Counts jobs that reached or left a final state, per project: kept, so that no count ever scans them. */
  tally(projectId: number, state: FinalState, change: number): void {
    const key = `${projectId} ${state}`;
    const before = this.#tallies.get(key);
    this.#tallies.set(key, { projectId, state, change: (before?.change ?? 0) + change });
  }

  tallyRows(): readonly (readonly Value[])[] {
    return [...this.#tallies.values()]
      .filter((it) => it.change !== 0)
      .map((it) => [it.projectId, it.state, it.change]);
  }

  wakeReady(work: ReadyWork | null): void {
    this.#ready = joinedWork(this.#ready, work);
    this.#untold = joinedWork(this.#untold, work);
  }

  /** What became ready since this was asked last: whoever asks tells those who wait. */
  tellReady(): ReadyWork | null {
    const untold = this.#untold;
    this.#untold = null;
    return untold;
  }

  /** A request for locks that waited was granted, or taken back. */
  wakeLocks(): void {
    this.#locks = true;
  }

  wakeWorker(workerId: number): void {
    this.#workers.add(workerId);
  }

  /** The rows of the events, numbered without gap. */
  numberEvents(): readonly (readonly Value[])[] {
    return this.#accepted.map((draft) => [
      ++this.counters.event,
      this.now,
      draft.type,
      draft.projectId,
      draft.actor,
      writeMoves(draft.jobs),
      draft.database,
    ]);
  }
}
