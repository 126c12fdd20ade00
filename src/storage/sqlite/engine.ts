import type { DatabaseSync } from 'node:sqlite';
import type { ReadyWork } from '../../core/dispatch/classes.ts';
import { Fault } from '../../core/faults.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Hint } from '../../ports/storage.ts';
import { alike } from '../shared/alike.ts';
import { type Act, type Join, runGroup, type Surroundings, sizeOfGroup } from '../shared/group.ts';
import type { Cell } from '../shared/row-builder.ts';
import { driveSync, type Row, type Script, type Statement, type Value } from '../shared/script.ts';
import { compose } from '../shared/select/clause.ts';
import type { Engine } from '../shared/sql-storage.ts';
import { loadStatements, writersIn } from '../shared/statements.ts';
import { faultOf } from './faults.ts';
import { PreparedStatement } from './prepared-statement.ts';

const texts = loadStatements(new URL('./statements/', import.meta.url));

export const writers = writersIn(texts);

interface Waiting {
  readonly act: Act<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One connection, one writer. Acts that arrive in the same turn of the event loop share a transaction. Statements run
 * synchronously, so a script is never interrupted and a reading script sees one state.
 */
export class SqliteEngine implements Engine {
  readonly kind = 'sqlite';
  readonly journal: Engine['journal'];
  readonly schema: number;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, PreparedStatement>();
  readonly #compositions = new Map<string, PreparedStatement>();
  readonly #around: Surroundings;
  readonly #clock: Clock;
  readonly #listeners = new Set<(hint: Hint) => void>();
  readonly #waiting: Waiting[] = [];
  #lastRead: Promise<void> = Promise.resolve();
  #scheduled = false;
  #telling = false;
  #closed = false;

  constructor(
    database: DatabaseSync,
    { journal, schema }: Pick<Engine, 'journal' | 'schema'>,
    clock: Clock,
    around: Surroundings,
  ) {
    this.#database = database;
    this.journal = journal;
    this.schema = schema;
    this.#clock = clock;
    this.#around = around;
  }

  get leaseMs(): number {
    return this.#around.durations.leaseMs;
  }

  write<T>(act: Act<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Fault('stopping'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ act, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  /** One large read per turn of the event loop: whoever asks for many lists delays nobody else by more than one. */
  async read<T>(script: () => Script<T>): Promise<T> {
    this.#lastRead = this.#lastRead.then(nextTurn);
    await this.#lastRead;
    return await this.readOne(script);
  }

  async readOne<T>(script: () => Script<T>): Promise<T> {
    // Who is told within a transaction must not read what is not committed.
    if (this.#telling) await nextTurn();
    if (this.#closed) throw new Fault('stopping');
    try {
      return driveSync(script(), this.#execute);
    } catch (error) {
      throw faultOf(error);
    }
  }

  async now(): Promise<number> {
    return this.#clock.now();
  }

  onHint(listener: (hint: Hint) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  hurry(): void {
    // A file on this machine is never away.
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    while (this.#waiting.length > 0) this.#commitGroup();
    this.#closed = true;
    this.#database.close();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#waiting.length > 0) this.#commitGroup();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #commitGroup(): void {
    const group = this.#waiting.splice(0, sizeOfGroup(actsOf(this.#waiting)));
    const join: Join = (ready) => {
      this.#tellReady(ready);
      const joined = this.#waiting.splice(
        0,
        sizeOfGroup(actsOf([...group, ...this.#waiting])) - group.length,
      );
      group.push(...joined);
      return actsOf(joined);
    };
    const { outcomes, hint, told } = driveSync(
      runGroup([...actsOf(group)], this.#around, join),
      this.#execute,
    );
    outcomes.forEach((outcome, index) => {
      if (outcome.done) group[index]?.resolve(outcome.value);
      else group[index]?.reject(faultOf(outcome.error));
    });
    this.#tell({ ...hint, ready: told ? null : hint.ready });
  }

  /** Within a transaction: who is told may ask for an act at once, which then joins it. */
  #tellReady(ready: ReadyWork): void {
    this.#telling = true;
    try {
      this.#tell({ ready, event: false, locks: false, workers: [] });
    } finally {
      this.#telling = false;
    }
  }

  #tell(hint: Hint): void {
    if (hint.ready !== null || hint.event || hint.locks || hint.workers.length > 0)
      for (const listener of this.#listeners) listener(hint);
  }

  readonly #execute = ({ name, rows, kind, where }: Statement): readonly Row[] => {
    if (name === 'begin') this.#database.exec('begin immediate');
    else if (name === 'rollback' && !this.#database.isTransaction) return [];
    if (where !== undefined) {
      const { text, values } = compose(textOf, name, rows[0] ?? [], where);
      return this.#composed(text).select(...values.map(bound));
    }
    const statement = this.#prepared(name);
    if (kind === 'select') return statement.select(...(rows[0] ?? []).map(bound));
    if (statement.writesSets)
      for (const { keys, rest } of alike(rows))
        statement.run(JSON.stringify(keys), ...(rest as readonly Cell[]));
    else for (const values of rows) statement.run(...(values as readonly Cell[]));
    return [];
  };

  #prepared(name: string): PreparedStatement {
    const known = this.#statements.get(name);
    if (known !== undefined) return known;
    const text = textOf(name);
    const statement = new PreparedStatement(this.#database.prepare(text), text);
    this.#statements.set(name, statement);
    return statement;
  }

  /** Those used last are kept: a selection is asked for stretch after stretch, and page after page. */
  #composed(text: string): PreparedStatement {
    const statement =
      this.#compositions.get(text) ?? new PreparedStatement(this.#database.prepare(text), text);
    this.#compositions.delete(text);
    this.#compositions.set(text, statement);
    const [oldest] = this.#compositions.keys();
    if (this.#compositions.size > compositionsMax && oldest !== undefined) this.#compositions.delete(oldest);
    return statement;
  }
}

const compositionsMax = 64;

function textOf(name: string): string {
  const text = texts.get(name);
  if (text === undefined) throw new Error(`no statement ${name}`);
  return text;
}

function actsOf(waiting: readonly Waiting[]): readonly Act<unknown>[] {
  return waiting.map(({ act }) => act);
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lists of keys go to json_each as text. Only selections have them. */
function bound(value: Value): Cell {
  return Array.isArray(value) ? JSON.stringify(value) : (value as Cell);
}
