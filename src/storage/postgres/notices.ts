import pg from 'pg';
import { joinedWork, type ReadyWork } from '../../core/dispatch/classes.ts';
import type { Hint } from '../../ports/storage.ts';
import type { Repeated, Troubles } from '../../ports/troubles.ts';
import { faultOf, isConnectionLoss } from './faults.ts';
import type { Primary } from './primary.ts';

const channel = 'labkeep_hint';
/** Notices of one server are sent at once, then at most so often: each costs a lock of the whole cluster. */
const pauseMs = 20;
const reconnectMs = 1_000;
/** Who does not answer by then is tried again later: a server starts without hints rather than not at all. */
const connectMsMax = 2_000;
/** Who is asked to pass on a notice and stands still holds up nobody who closes. */
const sendMsMax = 5_000;
const workersMax = 200;
/** PostgreSQL takes notices of less than 8,000 bytes. A name may be long, and more so in UTF-8. */
const kindsLengthMax = 1_500;

export interface NoticesOptions {
  readonly self: string;
  readonly troubles: Troubles | undefined;
  /** They go by another address than all else. */
  readonly apart: boolean;
}

/**
 * Hints between servers by LISTEN and NOTIFY, on a connection of their own. They may be lost: whoever waits also asks
 * again by the clock, so no error here is more than a delay.
 */
export class Notices {
  readonly #primary: Primary | null;
  readonly #self: string;
  readonly #troubles: Troubles | undefined;
  readonly #listening: Repeated;
  readonly #listeners = new Set<(hint: Hint) => void>();
  #client: pg.Client | null = null;
  readonly #lost = new WeakSet<pg.Client>();
  #pending: Hint | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** The last one: they are answered in order. */
  #sent: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** Without an address there are none: behind a pooler nobody can listen. */
  constructor(primary: Primary | null, { self, troubles, apart }: NoticesOptions) {
    this.#primary = primary;
    this.#self = self;
    this.#troubles = troubles;
    this.#listening = {
      failed: 'hints of other servers do not come; they are asked for again',
      succeeds: 'hints of other servers come again',
      apart,
    };
  }

  listen(listener: (hint: Hint) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async open(): Promise<void> {
    const primary = this.#primary;
    if (primary === null) return;
    const client = new pg.Client({
      connectionString: primary.url,
      connectionTimeoutMillis: connectMsMax,
      query_timeout: sendMsMax,
      keepAlive: true,
      application_name: 'labkeep hints',
    });
    client.on('notification', ({ payload }) => this.#received(payload ?? ''));
    client.on('error', (error) => this.#reopen(client, error));
    client.on('end', () => this.#reopen(client, null));
    try {
      await client.connect();
      await primary.check(client);
      // A hint may be lost, so nobody waits until it is on disk.
      await client.query(`listen ${channel}; set synchronous_commit = off`);
      if (this.#closed) return await client.end();
      this.#client = client;
      this.#troubles?.succeeded(this.#listening);
    } catch (error) {
      this.#reopen(client, error);
      await client.end();
    }
  }

  /** Tells the listeners of this server alone. */
  tellHere(hint: Hint): void {
    if (isEmpty(hint)) return;
    for (const listener of this.#listeners) listener(hint);
  }

  /** Tells the listeners of this server at once (of ready jobs only if they were not), and those of the others soon. */
  send(hint: Hint, toldReady: boolean): void {
    if (isEmpty(hint)) return;
    this.tellHere({ ...hint, ready: toldReady ? null : hint.ready });
    this.#pending = this.#pending === null ? hint : joined(this.#pending, hint);
    if (this.#timer === null) this.#flush();
  }

  /** What others have not been told yet they are told before. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#sendPending();
    this.#closed = true;
    await this.#primary?.close();
    await this.#sent;
    await this.#client?.end();
  }

  #flush(): void {
    this.#timer = null;
    if (this.#pending === null || this.#closed) return;
    this.#sendPending();
    this.#timer = setTimeout(() => this.#flush(), pauseMs);
    this.#timer.unref();
  }

  #sendPending(): void {
    const hint = this.#pending;
    this.#pending = null;
    if (hint === null || this.#client === null) return;
    const payload = writeNotice(this.#self, hint);
    this.#sent = this.#client
      .query('select pg_notify($1, $2)', [channel, payload])
      .catch((error: unknown) => this.#fail(error));
  }

  #received(payload: string): void {
    try {
      const { from, ready, event, locks, workers } = JSON.parse(payload) as Notice;
      if (from === this.#self) return;
      const hint = { ready: readWork(ready), event, locks, workers };
      for (const listener of this.#listeners) listener(hint);
    } catch (error) {
      // Anybody who may use the database may send to the channel whatever they like.
      this.#tell(error);
    }
  }

  async #openElsewhere(): Promise<void> {
    if (this.#closed) return;
    try {
      if (this.#primary?.isOneOfSeveral === true) await this.#primary.find();
    } catch (error) {
      this.#tell(error);
    }
    await this.open();
  }

  #reopen(client: pg.Client, error: unknown): void {
    // A connection that fails says so more than once; were each answered by a new one, there would be ever more of them.
    if (this.#closed || this.#lost.has(client) || (this.#client !== null && this.#client !== client)) return;
    this.#lost.add(client);
    if (error !== null && this.#client === null) this.#tell(error);
    else if (error !== null) this.#fail(error);
    client.removeAllListeners('end');
    this.#client = null;
    setTimeout(() => void this.#openElsewhere(), reconnectMs).unref();
  }

  /** That a connection is lost is no trouble yet: in a moment there is another one, or there is none to be had. */
  #fail(error: unknown): void {
    if (!isConnectionLoss(error)) this.#tell(error);
  }

  #tell(error: unknown): void {
    this.#troubles?.failed(this.#listening, faultOf(error));
  }
}

/** As it is sent. A server of before sends no kinds, only whether there are any. */
interface Notice extends Omit<Hint, 'ready'> {
  readonly from: string;
  readonly ready: ReadyWork | boolean | null;
}

function writeNotice(from: string, hint: Hint): string {
  const ready = JSON.stringify(hint.ready).length > kindsLengthMax ? 'any' : hint.ready;
  return JSON.stringify({ from, ...hint, ready, workers: hint.workers.slice(0, workersMax) });
}

function readWork(ready: Notice['ready']): ReadyWork | null {
  if (typeof ready === 'boolean') return ready ? 'any' : null;
  return ready;
}

function isEmpty({ ready, event, locks, workers }: Hint): boolean {
  return ready === null && !event && !locks && workers.length === 0;
}

function joined(a: Hint, b: Hint): Hint {
  return {
    ready: joinedWork(a.ready, b.ready),
    event: a.event || b.event,
    locks: a.locks || b.locks,
    workers: [...new Set([...a.workers, ...b.workers])],
  };
}
