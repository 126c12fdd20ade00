import pg from 'pg';
import type { Row, Statement, Value } from '../shared/script.ts';
import { loadStatements } from '../shared/statements.ts';
import { ConnectionLost, isConnectionLoss } from './faults.ts';

const texts = loadStatements(new URL('./statements/', import.meta.url));

/** Integers of 8 bytes come as numbers: none here reaches 2^53. All else as the driver does by default. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

export interface PoolOptions {
  readonly url: string;
  readonly max: number;
  /** Named statements are kept by the connection; behind a transaction pooler they cannot be. */
  readonly prepare: boolean;
}

export function openPool({ url, max }: PoolOptions, onError: (error: unknown) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    types,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: 'labkeep',
  });
  pool.on('error', onError);
  return pool;
}

/** One connection while a script runs on it. */
export class Connection {
  readonly #client: pg.PoolClient;
  readonly #prepare: boolean;
  #lost = false;

  constructor(client: pg.PoolClient, prepare: boolean) {
    this.#client = client;
    this.#prepare = prepare;
  }

  get lost(): boolean {
    return this.#lost;
  }

  release(): void {
    this.#client.release(this.#lost);
  }

  async execute({ name, rows, kind }: Statement): Promise<readonly Row[]> {
    const text = texts.get(name);
    if (text === undefined) throw new Error(`no statement ${name}`);
    try {
      if (name === 'begin' || name === 'begin-read') return lastRows(await this.#client.query(text));
      const values = kind === 'write' ? columnsOf(rows) : (rows[0] ?? []);
      return lastRows(await this.#client.query(this.#query(name, text, values)));
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      this.#lost = true;
      throw new ConnectionLost(error);
    }
  }

  #query(name: string, text: string, values: readonly unknown[]): pg.QueryConfig {
    return this.#prepare ? { name, text, values: [...values] } : { text, values: [...values] };
  }
}

/** Several statements sent as one text answer with a list: what the last gave counts. */
function lastRows(answer: unknown): readonly Row[] {
  const last: unknown = Array.isArray(answer) ? answer.at(-1) : answer;
  return (last as pg.QueryResult<Row & pg.QueryResultRow>).rows;
}

/** Rows to write become one array per column, for unnest. */
function columnsOf(rows: readonly (readonly Value[])[]): readonly unknown[] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? null));
}
