import type pg from 'pg';
import { Fault } from '../../core/faults.ts';
import type { Hint } from '../../ports/storage.ts';
import type { Timelines } from '../shared/failover.ts';
import {
  type Act,
  type GroupResult,
  type Join,
  runGroup,
  type Surroundings,
  sizeOfGroup,
} from '../shared/group.ts';
import { driveAsync, type Script } from '../shared/script.ts';
import type { Engine } from '../shared/sql-storage.ts';
import { Connection, connect } from './connection.ts';
import { ConnectionLost, faultOf } from './faults.ts';
import type { Notices } from './notices.ts';
import type { Permits } from './permits.ts';
import type { Primary } from './primary.ts';

interface Waiting {
  readonly act: Act<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface EngineParts {
  readonly pool: pg.Pool;
  readonly primary: Primary;
  readonly reads: Permits;
  readonly timelines: Timelines;
  readonly prepare: boolean;
  readonly schema: number;
  readonly around: Surroundings;
  readonly notices: Notices;
}

/** A group that lost its connection before commit is tried again on a new one, for at most so long. */
const retryForMs = 15_000;
const retryPauseMs = 100;
const retryPauseMsMax = 2_000;

/** One group of acts at a time per server; the row of counters orders the groups of all servers. */
export class PostgresEngine implements Engine {
  readonly kind = 'postgres';
  readonly journal = null;
  readonly schema: number;
  readonly #pool: pg.Pool;
  readonly #primary: Primary;
  readonly #reads: Permits;
  readonly #timelines: Timelines;
  readonly #prepare: boolean;
  readonly #around: Surroundings;
  readonly #notices: Notices;
  readonly #waiting: Waiting[] = [];
  #working: Promise<void> | null = null;
  #closed = false;
  #hurried = false;
  #outdated: Fault | null = null;

  constructor({ pool, primary, reads, timelines, prepare, schema, around, notices }: EngineParts) {
    this.#pool = pool;
    this.#primary = primary;
    this.#reads = reads;
    this.#timelines = timelines;
    this.#prepare = prepare;
    this.schema = schema;
    this.#around = around;
    this.#notices = notices;
  }

  get leaseMs(): number {
    return this.#around.durations.leaseMs;
  }

  write<T>(act: Act<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Fault('stopping'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ act, resolve: resolve as (value: unknown) => void, reject });
      this.#begin();
    });
  }

  async read<T>(script: () => Script<T>): Promise<T> {
    if (this.#closed) throw new Fault('stopping');
    return await this.#withConnection(async (connection) => {
      await connection.execute({ name: 'begin-read', rows: [[]], kind: 'select' });
      try {
        return await driveAsync(script(), (statement) => connection.execute(statement));
      } finally {
        if (!connection.lost) await connection.execute({ name: 'commit', rows: [[]], kind: 'select' });
      }
    });
  }

  async readOne<T>(script: () => Script<T>): Promise<T> {
    if (this.#closed) throw new Fault('stopping');
    return await this.#withConnection((connection) =>
      driveAsync(script(), (statement) => connection.execute(statement)),
    );
  }

  async now(): Promise<number> {
    if (this.#around.clock !== null) return this.#around.clock();
    return await this.#withConnection(async (connection) => {
      const rows = await connection.execute({ name: 'find-time', rows: [[]], kind: 'select' });
      return Number(rows[0]?.now);
    });
  }

  onHint(listener: (hint: Hint) => void): () => void {
    return this.#notices.listen(listener);
  }

  hurry(): void {
    this.#hurried = true;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#working !== null) await this.#working;
    await this.#primary.close();
    await this.#notices.close();
    await this.#pool.end();
  }

  async #withConnection<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    // What a newer server made of the tables may be read wrongly. Each sweep looks whether it is so still.
    if (this.#outdated !== null) throw this.#outdated;
    return this.#reads.use(() => this.#onConnection(use));
  }

  async #onConnection<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    let connection: Connection | null = null;
    try {
      connection = new Connection(await connect(this.#pool, this.#primary), this.#prepare);
      return await use(connection);
    } catch (error) {
      throw faultOf(error);
    } finally {
      connection?.release();
    }
  }

  #begin(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
      if (this.#waiting.length > 0) this.#begin();
    });
  }

  /** Commits group after group until nothing waits. */
  async #work(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, sizeOfGroup(actsOf(this.#waiting)));
      const join: Join = (ready) => {
        this.#notices.tellHere({ ready, event: false, locks: false, workers: [] });
        const room = sizeOfGroup(actsOf([...group, ...this.#waiting])) - group.length;
        const joined = this.#waiting.splice(0, room);
        group.push(...joined);
        return actsOf(joined);
      };
      try {
        const { outcomes, hint, told } = await this.#commitGroup([...actsOf(group)], join);
        this.#outdated = outdatedBy(outcomes);
        outcomes.forEach((outcome, index) => {
          if (outcome.done) group[index]?.resolve(outcome.value);
          else group[index]?.reject(faultOf(outcome.error));
        });
        this.#notices.send(hint, told);
      } catch (error) {
        for (const { reject } of group) reject(faultOf(error));
      }
    }
  }

  async #commitGroup(acts: Act<unknown>[], join: Join): Promise<GroupResult> {
    const giveUpAt = performance.now() + retryForMs;
    for (let pause = retryPauseMs; ; pause = Math.min(pause * 2, retryPauseMsMax)) {
      try {
        return await this.#tryGroup(acts, join);
      } catch (error) {
        if (!(error instanceof ConnectionLost) || this.#hurried) throw error;
        if (performance.now() + pause > giveUpAt) throw error;
        this.#around.known.forget();
        const jittered = pause * (0.5 + this.#around.chance.next());
        await new Promise((resolve) => setTimeout(resolve, jittered));
      }
    }
  }

  async #tryGroup(acts: Act<unknown>[], join: Join): Promise<GroupResult> {
    let client: pg.PoolClient;
    try {
      client = await connect(this.#pool, this.#primary);
    } catch (error) {
      throw new ConnectionLost(error);
    }
    const connection = new Connection(client, this.#prepare);
    const known = this.#primary.timelineOf(client);
    // What is not prepared goes through a pooler, which may lead each transaction elsewhere.
    const timeline = this.#prepare ? known : null;
    const place = known === 0 ? {} : { place: { timeline, timelines: this.#timelines } };
    try {
      return await driveAsync(runGroup(acts, { ...this.#around, ...place }, join), (statement) =>
        connection.execute(statement),
      );
    } finally {
      connection.release();
    }
  }
}

function outdatedBy([first]: GroupResult['outcomes']): Fault | null {
  const error = first?.done === false ? first.error : null;
  return error instanceof Fault && error.code === 'storage_newer' ? error : null;
}

function actsOf(waiting: readonly Waiting[]): readonly Act<unknown>[] {
  return waiting.map(({ act }) => act);
}
