import pg from 'pg';
import type { Troubles } from '../../ports/troubles.ts';
import { alike } from '../shared/alike.ts';
import { type BuildRow, type Cell, rowBuilder } from '../shared/row-builder.ts';
import type { Row, Statement, Value } from '../shared/script.ts';
import { compose } from '../shared/select/clause.ts';
import { loadStatements, writersIn } from '../shared/statements.ts';
import { ConnectionLost, isConnectionLoss } from './faults.ts';
import type { Primary } from './primary.ts';

const texts = loadStatements(new URL('./statements/', import.meta.url));
export const writers = writersIn(texts);

/** Integers of 8 bytes come as numbers: none here reaches 2^53. All else as the driver does by default. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

const alikeRowsMin = 8;

/** Until a connection is made, or one comes free. */
export const acquireMsMax = 5_000;

const keepingConnections = {
  failed: 'a connection to PostgreSQL failed that nobody used',
  succeeds: 'connections to PostgreSQL are kept again',
};

export function openPool(primary: Primary, max: number, troubles: Troubles | undefined): pg.Pool {
  /** Each new connection goes to where the primary is then. */
  class ToPrimary extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super({ ...config, connectionString: primary.url });
    }
  }
  // The pool waits for it, though its types do not say so.
  const checked: object = { onConnect: (client: pg.Client) => primary.check(client) };
  const pool = new pg.Pool({
    Client: ToPrimary,
    ...checked,
    max,
    types,
    connectionTimeoutMillis: acquireMsMax,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: 'labkeep',
    pipeline: true,
  } as pg.PoolConfig);
  // One that is lost while nobody uses it harms nobody: whoever needs the next learns whether PostgreSQL is there.
  pool.on('error', (error) => {
    if (!isConnectionLoss(error)) troubles?.failed(keepingConnections, error);
  });
  pool.on('connect', () => troubles?.succeeded(keepingConnections));
  return pool;
}

/** A connection to the primary; where that is gone, it is looked for among the hosts, once. */
export async function connect(pool: pg.Pool, primary: Primary): Promise<pg.PoolClient> {
  for (let found = false; ; ) {
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      if (!primary.isOneOfSeveral || found || !isConnectionLoss(error)) throw error;
      await primary.find();
      found = true;
      continue;
    }
    if (!primary.isOfBefore(client)) return client;
    client.release(true);
  }
}

/**
 * One connection while a script runs on it. Writes are sent without waiting for their answers (the connection is
 * pipelined). The first error among them is thrown by the next statement that is waited for; a transaction in which one
 * failed cannot commit, since PostgreSQL turns its commit into a rollback.
 */
export class Connection {
  readonly #client: pg.PoolClient;
  readonly #prepare: boolean;
  #failed: { readonly error: unknown } | null = null;
  #lost = false;
  #unreplicated = false;

  constructor(client: pg.PoolClient, prepare: boolean) {
    this.#client = client;
    this.#prepare = prepare;
    client.on('error', this.#fail);
    client.on('notice', this.#heed);
  }

  get lost(): boolean {
    return this.#lost;
  }

  release(): void {
    this.#client.off('error', this.#fail);
    this.#client.off('notice', this.#heed);
    this.#client.release(this.#lost);
  }

  /** A connection that breaks between two statements says so by itself; the next statement then meets it. */
  readonly #fail = (): void => {
    this.#lost = true;
  };

  /** A commit that ceased to wait for its standby says so by a warning, and succeeds. */
  readonly #heed = ({ routine }: { readonly routine?: string | undefined }): void => {
    if (routine === 'SyncRepWaitForLSN') this.#unreplicated = true;
  };

  async execute({ name, rows, kind, where }: Statement): Promise<readonly Row[]> {
    const text = textOf(name);
    if (where !== undefined) {
      const composed = compose(textOf, name, rows[0] ?? [], where);
      return await this.#rows({ text: composed.text, values: [...composed.values] });
    }
    if (kind === 'write') {
      this.#write(name, text, rows);
      return [];
    }
    if (name === 'begin' || name === 'rollback') this.#failed = null;
    const several = name === 'begin' || name === 'begin-read';
    const answer = await this.#rows(several ? { text } : this.#query(name, text, rows[0] ?? []));
    if (this.#unreplicated && name === 'commit')
      throw new ConnectionLost(new Error('the standby has not confirmed the commit'));
    return answer;
  }

  async #rows(query: pg.QueryConfig): Promise<readonly Row[]> {
    return rowsOf(await this.#settled(this.#client.query<Cell[]>({ ...query, rowMode: 'array' })));
  }

  /** Where most rows are alike but for their keys, a set of them is one statement with few values. */
  #write(name: string, text: string, rows: readonly (readonly Value[])[]): void {
    const ofAlike = rows.length < alikeRowsMin ? undefined : texts.get(`${name}-alike`);
    const sets = ofAlike === undefined ? [] : alike(rows);
    if (ofAlike !== undefined && sets.length * alikeRowsMin <= rows.length)
      for (const { keys, rest } of sets) this.#send(this.#query(`${name}-alike`, ofAlike, [keys, ...rest]));
    else this.#send(this.#query(name, text, columnsOf(rows)));
  }

  #send(query: pg.QueryConfig): void {
    this.#client.query(query).catch((error: unknown) => {
      this.#failed ??= { error };
    });
  }

  async #settled<T>(query: Promise<T>): Promise<T> {
    let problem: unknown = null;
    let answer: T | undefined;
    try {
      answer = await query;
    } catch (error) {
      problem = error;
    }
    if (this.#failed !== null) problem = this.#failed.error;
    if (problem === null) return answer as T;
    if (!isConnectionLoss(problem)) throw problem;
    this.#lost = true;
    throw new ConnectionLost(problem);
  }

  #query(name: string, text: string, given: readonly unknown[]): pg.QueryConfig {
    const values = given.map(parameter);
    return this.#prepare ? { name, text, values } : { text, values };
  }
}

function textOf(name: string): string {
  const text = texts.get(name);
  if (text === undefined) throw new Error(`no statement ${name}`);
  return text;
}

/** Several statements sent as one text answer with a list: what the last gave counts. */
function rowsOf(answer: pg.QueryArrayResult<Cell[]> | pg.QueryArrayResult<Cell[]>[]): readonly Row[] {
  const last = Array.isArray(answer) ? answer.at(-1) : answer;
  if (last === undefined || last.rows.length === 0) return [];
  return last.rows.map(builderOf(last.fields.map(({ name }) => name)));
}

const builders = new Map<string, BuildRow>();

function builderOf(names: readonly string[]): BuildRow {
  const key = names.join();
  const known = builders.get(key);
  if (known !== undefined) return known;
  const builder = rowBuilder(names);
  builders.set(key, builder);
  return builder;
}

/** Lists of integers, of which there are most, as PostgreSQL writes them; the driver would quote and escape each. */
function parameter(value: unknown): unknown {
  if (!Array.isArray(value) || !value.every(isIntegerOrNull)) return value;
  return `{${value.map((item: number | null) => item ?? 'null').join(',')}}`;
}

function isIntegerOrNull(item: unknown): boolean {
  return item === null || Number.isInteger(item);
}

/** Rows to write become one array per column, for unnest. */
function columnsOf(rows: readonly (readonly Value[])[]): readonly unknown[] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? null));
}
