import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Fault } from '../../core/faults.ts';
import { connect, isLoss, sqlStateOf, unreachable } from '../connect.ts';
import { applicationName, checkFence, epochOf, type FenceClaim, makeFence, raiseFence } from './fence.ts';

const raiseWaitMs = 2_000;
const raisesMax = 4;
const lookAgainMs = 200;
const fateLooksMax = 50;

/** Two connections of a holder: one on which it works, and one from which it looks on, cancels, and ends those before it. */
export class Holder {
  readonly client: pg.Client;
  readonly #control: pg.Client;
  readonly #address: string;
  readonly #claim: FenceClaim;
  readonly #pid: number;
  #transaction: string | null = null;

  private constructor(
    clients: { readonly work: pg.Client; readonly control: pg.Client },
    address: string,
    claim: FenceClaim,
    pid: number,
  ) {
    this.client = clients.work;
    this.#control = clients.control;
    this.#address = address;
    this.#claim = claim;
    this.#pid = pid;
  }

  /** Connects, and raises the fence for an exclusive holder, who may write; a shared one only looks at it. */
  static async open(address: string, claim: FenceClaim, mode: 'exclusive' | 'shared'): Promise<Holder> {
    const control = await connect(address, 'labkeep control');
    try {
      const work = await connect(address, 'labkeep begin');
      try {
        const { rows } = await work.query<{ pid: number }>('select pg_backend_pid() as pid');
        const holder = new Holder({ work, control }, address, claim, rows[0]?.pid ?? 0);
        await holder.#begin(mode);
        return holder;
      } catch (error) {
        await work.end();
        throw error;
      }
    } catch (error) {
      await control.end();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.client.end(), this.#control.end()]);
  }

  onNotice(tell: (text: string) => void): void {
    this.client.on('notice', ({ severity, message }) => tell(`${severity ?? 'NOTICE'}: ${message ?? ''}`));
  }

  /** Runs one statement and lets its rows go by; how many rows it gave or touched. */
  async execute(text: string): Promise<number> {
    const ended = Promise.withResolvers<number>();
    // The extended protocol takes no second statement in the same text, whatever the first looked like.
    const query = new pg.Query({ text, queryMode: 'extended' } as pg.QueryConfig);
    query.on('row', () => undefined);
    query.on('end', (result) => ended.resolve(result.rowCount ?? 0));
    query.on('error', (error) => ended.reject(error));
    this.client.query(query);
    return ended.promise;
  }

  /** Which transaction this is, so that its fate can be asked for. */
  async remember(): Promise<void> {
    this.#transaction = await this.#currentTransaction();
  }

  async refuseOtherTransaction(): Promise<void> {
    if ((await this.#currentTransaction()) !== this.#transaction)
      throw new Fault('lock_lost', {
        detail: 'A statement of the files ended the transaction in which the lock was checked',
      });
  }

  /** Whether the commit took place is asked for, when the answer to it is lost. */
  async commit(): Promise<void> {
    try {
      const { command } = await this.client.query('commit');
      if (command !== 'COMMIT')
        throw new Fault('sql_failed', { detail: 'PostgreSQL rolled back at the commit' });
    } catch (error) {
      if (!(error instanceof Fault) && isLoss(error) && this.#transaction !== null) {
        if ((await this.#fate(this.#transaction)) === 'committed') return;
        throw error;
      }
      const sqlstate = sqlStateOf(error);
      if (sqlstate === null) throw error;
      const message = error instanceof Error ? error.message : '';
      throw new Fault(
        'sql_failed',
        { detail: `At the commit: ${message} (SQLSTATE ${sqlstate})`, facts: { sqlstate, message } },
        error,
      );
    }
  }

  /** Without its connection PostgreSQL rolls back by itself. */
  async rollBack(): Promise<void> {
    await this.client.query('rollback').catch(() => this.client.end());
  }

  /** Cancels what runs, until it has ended. */
  async cancelUntil(statement: Promise<unknown>): Promise<void> {
    let over = false;
    const end = (): void => {
      over = true;
    };
    const ended = statement.then(end, end);
    while (!over) {
      try {
        await this.#control.query('select pg_cancel_backend($1)', [this.#pid]);
      } catch {
        return this.client.end();
      }
      await Promise.race([ended, pause(lookAgainMs)]);
    }
  }

  async checkFence(): Promise<void> {
    await checkFence(this.#control, this.#claim);
  }

  /** Why a connection was ended: most often by whoever has the lock now. */
  async reason(error: unknown): Promise<unknown> {
    if (error instanceof Fault || !isLoss(error)) return error;
    try {
      await this.checkFence();
    } catch (found) {
      return found instanceof Fault ? found : unreachable(error);
    }
    return unreachable(error);
  }

  async #begin(mode: 'exclusive' | 'shared'): Promise<void> {
    await this.#endWithItsClient();
    if (mode === 'shared') await this.checkFence();
    else {
      await makeFence(this.#control, this.#claim.path);
      await this.#raise();
    }
    await this.client.query("select set_config('application_name', $1, false)", [
      applicationName(this.#claim),
    ]);
  }

  /** A statement whose client has died is ended soon, where the system of the server can tell. */
  async #endWithItsClient(): Promise<void> {
    try {
      await this.client.query("set client_connection_check_interval = '1s'");
    } catch (error) {
      if (sqlStateOf(error) !== '22023') throw error;
    }
  }

  async #raise(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const raised = raiseFence(this.client, this.#claim, raiseWaitMs);
      const [outcome, watch] = await Promise.allSettled([raised, this.#endThoseBefore(raised)]);
      if (outcome.status === 'fulfilled') return;
      if (watch.status === 'rejected') throw watch.reason;
      if (sqlStateOf(outcome.reason) !== '55P03') throw outcome.reason;
      await this.checkFence();
      if (tries >= raisesMax) throw this.#heldBy(watch.value, outcome.reason);
    }
  }

  /** While the fence is waited for, ends the connections that hold it under an older epoch; names the others. */
  async #endThoseBefore(raised: Promise<void>): Promise<readonly string[]> {
    let over = false;
    const end = (): void => {
      over = true;
    };
    const ended = raised.then(end, end);
    let others: readonly string[] = [];
    for (;;) {
      await Promise.race([ended, pause(lookAgainMs)]);
      if (over) return others;
      const { rows } = await this.#control.query<{ pid: number; name: string }>(
        `select pid, coalesce(application_name, '') as name from pg_stat_activity
         where pid = any (pg_blocking_pids($1))`,
        [this.#pid],
      );
      const stale = rows.filter(
        ({ name }) => (epochOf(name) ?? Number.POSITIVE_INFINITY) < this.#claim.epoch,
      );
      for (const { pid } of stale) await this.#control.query('select pg_terminate_backend($1)', [pid]);
      others = rows.filter((row) => !stale.includes(row)).map(({ pid, name }) => `${name} (pid ${pid})`);
    }
  }

  #heldBy(others: readonly string[], error: unknown): Fault {
    return new Fault(
      'lock_conflict',
      {
        detail: `The fence of ${this.#claim.path} is held in the database by ${others.join(', ') || 'somebody'}`,
        facts: { path: this.#claim.path, connections: others },
      },
      error,
    );
  }

  async #currentTransaction(): Promise<string> {
    const { rows } = await this.client.query<{ id: string }>('select pg_current_xact_id()::text as id');
    return rows[0]?.id ?? '';
  }

  async #fate(transaction: string): Promise<string | null> {
    const client = await connect(this.#address, 'labkeep control');
    try {
      for (let looks = 1; ; looks += 1) {
        const { rows } = await client.query<{ fate: string | null }>(
          'select pg_xact_status($1::xid8) as fate',
          [transaction],
        );
        const fate = rows[0]?.fate ?? null;
        if (fate !== 'in progress' || looks >= fateLooksMax) return fate;
        await pause(lookAgainMs);
      }
    } finally {
      await client.end();
    }
  }
}
