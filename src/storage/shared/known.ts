import type { Grant } from '../../core/access/roles.ts';
import { classKey, type JobClass } from '../../core/dispatch/classes.ts';
import type { LiveJob } from '../../core/jobs/job.ts';
import type { SetBack } from '../../core/leases/gap.ts';
import type { DatabaseRecord } from '../../ports/records/catalogue.ts';
import type { KnownWorker } from './acts/workers.ts';
import type { Value } from './script.ts';

const heldMax = 20_000;
const databasesMax = 10_000;
const workersMax = 10_000;
const grantsMax = 10_000;

/** The names of the statements that write what is remembered here. */
export interface Writers {
  /** All that write unfinished jobs, by the job’s id: each of them makes the jobs forgotten that it writes. */
  readonly live: ReadonlySet<string>;
  /** All that write the catalogue: each of them makes the whole of it forgotten. */
  readonly databases: ReadonlySet<string>;
  /** All that write workers: each of them makes what workers can do, and their leases, forgotten. */
  readonly workers: ReadonlySet<string>;
  /** All that write tokens: each of them makes forgotten what they give. */
  readonly tokens: ReadonlySet<string>;
}

/** A project’s name, a class’s body and a worker’s principal never change once given, so what was read may be kept. */
export class Known {
  /** Not null while the clock is behind the time that was told. */
  setBack: SetBack | null = null;
  readonly #writers: Writers;
  #lastWrite: string | null = null;
  readonly #held = new Map<number, LiveJob>();
  readonly #databases = new Map<string, DatabaseRecord>();
  readonly #abilities = new Map<number, KnownWorker>();
  readonly #grants = new Map<string, readonly Grant[]>();
  readonly #projects = new Map<number, string>();
  readonly #classes = new Map<number, JobClass>();
  readonly #classIds = new Map<string, number>();
  readonly #workers = new Map<number, string>();

  /**
   * While no other process writes the storage, more is remembered: jobs that workers hold as they were written, from
   * their start to their end, databases that nobody closes, workers as they are registered, and what principals may do.
   */
  constructor(writers: Writers) {
    this.#writers = writers;
  }

  /** At the beginning of a transaction: what another process wrote since the last one here makes memories doubtful. */
  expectLast(write: string | null): void {
    if (write === this.#lastWrite) return;
    this.#forgetShared();
  }

  /** After the commit of a transaction that wrote. */
  committed(transaction: string | null): void {
    this.#lastWrite = transaction;
  }

  held(id: number): LiveJob | undefined {
    return this.#held.get(id);
  }

  /** After it was written. */
  rememberHeld(live: LiveJob): void {
    this.#held.set(live.id, live);
    if (this.#held.size <= heldMax) return;
    const [oldest] = this.#held.keys();
    if (oldest !== undefined) this.#held.delete(oldest);
  }

  /** Before a statement is run. */
  forgetWritten(statement: string, rows: readonly (readonly Value[])[]): void {
    if (rows.length === 0) return;
    if (this.#writers.databases.has(statement)) this.#databases.clear();
    if (this.#writers.workers.has(statement)) this.#abilities.clear();
    if (this.#writers.tokens.has(statement)) this.#grants.clear();
    if (!this.#writers.live.has(statement)) return;
    for (const [id] of rows) this.#held.delete(id as number);
  }

  database(name: string): DatabaseRecord | undefined {
    return this.#databases.get(name);
  }

  /** A closure is not of the catalogue alone: a database that has one is read each time. */
  rememberDatabase(database: DatabaseRecord): void {
    if (database.closure !== null) return;
    if (this.#databases.size >= databasesMax) this.#databases.clear();
    this.#databases.set(database.name, database);
  }

  worker(id: number): KnownWorker | undefined {
    return this.#abilities.get(id);
  }

  rememberWorker(worker: KnownWorker): void {
    if (this.#abilities.size >= workersMax) this.#abilities.clear();
    this.#abilities.set(worker.id, worker);
  }

  /** What the tokens of a principal give it. */
  grants(principal: string): readonly Grant[] | undefined {
    return this.#grants.get(principal);
  }

  rememberGrants(principal: string, grants: readonly Grant[]): void {
    if (this.#grants.size >= grantsMax) this.#grants.clear();
    this.#grants.set(principal, grants);
  }

  projectName(id: number): string {
    const name = this.#projects.get(id);
    if (name === undefined) throw new Error(`project ${id} was not read before`);
    return name;
  }

  hasProject(id: number): boolean {
    return this.#projects.has(id);
  }

  rememberProject(id: number, name: string): void {
    this.#projects.set(id, name);
  }

  classOf(id: number): JobClass | undefined {
    return this.#classes.get(id);
  }

  classId(key: string): number | undefined {
    return this.#classIds.get(key);
  }

  rememberClass(id: number, it: JobClass): void {
    this.#classes.set(id, it);
    this.#classIds.set(classKey(it), id);
  }

  workerPrincipal(id: number): string | undefined {
    return this.#workers.get(id);
  }

  rememberPrincipal(id: number, principal: string): void {
    this.#workers.set(id, principal);
  }

  /** After a rollback: what the transaction had inserted is not there. */
  forget(): void {
    this.#forgetShared();
    this.#projects.clear();
    this.#classes.clear();
    this.#classIds.clear();
    this.#workers.clear();
  }

  #forgetShared(): void {
    this.#held.clear();
    this.#databases.clear();
    this.#abilities.clear();
    this.#grants.clear();
  }
}
