import pg from 'pg';
import type { Hint } from '../../ports/storage.ts';
import type { Primary } from './primary.ts';

const channel = 'labkeep_hint';
/** Notices of one server are sent at once, then at most so often: each costs a lock of the whole cluster. */
const pauseMs = 20;
const reconnectMs = 1_000;
const workersMax = 200;

/**
 * Hints between servers by LISTEN and NOTIFY, on a connection of their own. They may be lost: whoever waits also asks
 * again by the clock, so no error here is more than a delay.
 */
export class Notices {
  readonly #primary: Primary | null;
  readonly #self: string;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<(hint: Hint) => void>();
  #client: pg.Client | null = null;
  #pending: Hint | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /** Without an address there are none: behind a pooler nobody can listen. */
  constructor(primary: Primary | null, self: string, onError: (error: unknown) => void) {
    this.#primary = primary;
    this.#self = self;
    this.#onError = onError;
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
      keepAlive: true,
      application_name: 'labkeep hints',
    });
    client.on('notification', ({ payload }) => this.#received(payload ?? ''));
    client.on('error', (error) => this.#reopen(client, error));
    client.on('end', () => this.#reopen(client, null));
    try {
      await client.connect();
      // A hint may be lost, so nobody waits until it is on disk.
      await client.query(`listen ${channel}; set synchronous_commit = off`);
      this.#client = client;
    } catch (error) {
      this.#reopen(client, error);
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
    this.tellHere({ ...hint, ready: hint.ready && !toldReady });
    this.#pending = this.#pending === null ? hint : joined(this.#pending, hint);
    if (this.#timer === null) this.#flush();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#client?.end();
  }

  #flush(): void {
    this.#timer = null;
    const hint = this.#pending;
    if (hint === null || this.#closed) return;
    this.#pending = null;
    const payload = JSON.stringify({ from: this.#self, ...hint, workers: hint.workers.slice(0, workersMax) });
    this.#client?.query('select pg_notify($1, $2)', [channel, payload]).catch(this.#onError);
    this.#timer = setTimeout(() => this.#flush(), pauseMs);
    this.#timer.unref();
  }

  #received(payload: string): void {
    const hint = JSON.parse(payload) as Hint & { readonly from: string };
    if (hint.from === this.#self) return;
    for (const listener of this.#listeners)
      listener({ ready: hint.ready, event: hint.event, locks: hint.locks, workers: hint.workers });
  }

  async #openElsewhere(): Promise<void> {
    if (this.#closed) return;
    try {
      if (this.#primary?.isOneOfSeveral === true) await this.#primary.find();
    } catch (error) {
      this.#onError(error);
    }
    await this.open();
  }

  #reopen(client: pg.Client, error: unknown): void {
    if (this.#closed || (this.#client !== null && this.#client !== client)) return;
    if (error !== null) this.#onError(error);
    client.removeAllListeners('end');
    this.#client = null;
    setTimeout(() => void this.#openElsewhere(), reconnectMs).unref();
  }
}

function isEmpty({ ready, event, locks, workers }: Hint): boolean {
  return !ready && !event && !locks && workers.length === 0;
}

function joined(a: Hint, b: Hint): Hint {
  return {
    ready: a.ready || b.ready,
    event: a.event || b.event,
    locks: a.locks || b.locks,
    workers: [...new Set([...a.workers, ...b.workers])],
  };
}
