/**
 * Which of the hosts that an address names takes writes. One that was the primary before, and came back as if nothing had
 * happened, is told by its timeline, which is smaller than that of the one that was promoted.
 */
import pg from 'pg';
import { Fault } from '../../core/faults.ts';
import { sqlState } from './faults.ts';

const probeMs = 2_000;
/** A new connection says within so long what it leads to, also where the machine is busy. */
const checkMsMax = 5_000;
/** Another host may be promoted while this one still answers: the others are asked so often. */
const lookEveryMs = 5_000;

/** Read in every new connection. */
const question = `select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as reads_only,
  case when not pg_is_in_recovery()
    then ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint::float end as timeline`;

interface Answer {
  readonly standby: boolean;
  readonly reads_only: boolean;
  readonly timeline: number | null;
}

/** A database that takes no writes, or no longer the right ones; with the code that PostgreSQL itself gives for that. */
class NotPrimary extends Error {
  readonly code = '25006';

  constructor(why: string) {
    super(why);
    this.name = 'NotPrimary';
  }
}

export class Primary {
  readonly #hosts: readonly string[];
  readonly #timelines = new WeakMap<pg.ClientBase, number>();
  readonly #open = new Set<pg.Client>();
  #url: string;
  #timeline = 0;
  #finding: Promise<void> | null = null;
  #watch: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();

  constructor(url: string) {
    this.#hosts = hostsOf(url);
    this.#url = this.#hosts[0] ?? url;
  }

  /** The address of the one that took writes last. */
  get url(): string {
    return this.#url;
  }

  get isOneOfSeveral(): boolean {
    return this.#hosts.length > 1;
  }

  /** Refuses a new connection that is of no use. */
  async check(client: pg.Client): Promise<void> {
    // The pool’s own time limit ends with the connection, and nobody else would cut off this one.
    const timer = setTimeout(() => client.connection.stream.destroy(), checkMsMax);
    const timeline = await timelineOf(client).finally(() => clearTimeout(timer));
    if (timeline < this.#timeline)
      throw new NotPrimary(`timeline ${timeline} is of a primary of before; it is ${this.#timeline} now`);
    this.#timelines.set(client, timeline);
    this.#open.add(client);
    client.once('end', () => this.#open.delete(client));
    this.#rise(timeline);
  }

  /** Zero where PostgreSQL does not tell. */
  timelineOf(client: pg.ClientBase): number {
    return this.#timelines.get(client) ?? 0;
  }

  isOfBefore(client: pg.ClientBase): boolean {
    return this.timelineOf(client) < this.#timeline;
  }

  /** Asks all hosts, and goes on with the one that takes writes; of two, with the one that was promoted last. */
  find(): Promise<void> {
    this.#finding ??= this.#find().finally(() => {
      this.#finding = null;
    });
    return this.#finding;
  }

  /** Asks the other hosts now and then, as long as there are some: a primary of before may go on answering. */
  watch(): void {
    if (!this.isOneOfSeveral) return;
    this.#watch = setInterval(() => {
      this.#looking = this.#look();
    }, lookEveryMs);
    this.#watch.unref();
  }

  async close(): Promise<void> {
    if (this.#watch !== null) clearInterval(this.#watch);
    await this.#looking;
  }

  /** A connection of its own, for what is no part of a pool. */
  async connect(name: string): Promise<pg.Client> {
    if (this.isOneOfSeveral) await this.find();
    const client = new pg.Client({ connectionString: this.#url, keepAlive: true, application_name: name });
    await client.connect();
    return client;
  }

  async #find(): Promise<void> {
    const asked = await ask(this.#hosts);
    const [found] = asked.primaries.filter(({ timeline }) => timeline >= this.#timeline);
    if (found === undefined) {
      const { causes } = asked;
      const detail = 'No host of the database takes writes';
      throw new Fault(
        'storage_unavailable',
        { detail },
        causes.length === 1 ? causes[0] : new AggregateError(causes),
      );
    }
    this.#url = found.url;
    this.#rise(found.timeline);
  }

  async #look(): Promise<void> {
    const { primaries } = await ask(this.#hosts.filter((url) => url !== this.#url));
    const [found] = primaries;
    if (found === undefined || found.timeline <= this.#timeline) return;
    this.#url = found.url;
    this.#rise(found.timeline);
  }

  /** What is under way on a timeline of before is cut off: it may wait for ever for a standby that follows no more. */
  #rise(timeline: number): void {
    this.#timeline = timeline;
    for (const client of this.#open) if (this.isOfBefore(client)) client.connection.stream.destroy();
  }
}

interface Asked {
  /** Those that take writes, the one that was promoted last first. */
  readonly primaries: readonly { readonly url: string; readonly timeline: number }[];
  /** Why the others do not. */
  readonly causes: readonly unknown[];
}

async function ask(hosts: readonly string[]): Promise<Asked> {
  const asked = await Promise.allSettled(hosts.map(async (url) => ({ url, timeline: await probe(url) })));
  return {
    primaries: asked
      .flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
      .sort((one, other) => other.timeline - one.timeline),
    causes: asked.flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : [])),
  };
}

async function probe(url: string): Promise<number> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: probeMs,
    query_timeout: probeMs,
    application_name: 'labkeep probe',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await timelineOf(client);
  } finally {
    // Not waited for: one that stands still from now on would hold up all who look for the primary.
    void client.end();
  }
}

async function timelineOf(client: pg.ClientBase): Promise<number> {
  let answer: Answer | undefined;
  try {
    answer = (await client.query<Answer>(question)).rows[0];
  } catch (error) {
    // Some services built on PostgreSQL do not have these functions, or not for everybody.
    if (/^(0A|42)/.test(sqlState(error) ?? '')) return 0;
    throw error;
  }
  if (answer?.standby === true) throw new NotPrimary('this is a standby');
  if (answer?.reads_only === true) throw new NotPrimary('cannot write in a read-only transaction');
  return answer?.timeline ?? 0;
}

const attributes = 'target_session_attrs';

/** `postgres://ada@one,two:5433/labkeep` names two hosts: an address for each. */
export function hostsOf(url: string): readonly string[] {
  const parts = /^(postgres(?:ql)?:\/\/(?:[^@/?]*@)?)([^/?]*)(.*)$/s.exec(url);
  const [, before = '', hosts = '', after = ''] = parts ?? [];
  if (parts === null) return [url];
  const [path = '', query = ''] = after.split(/\?(.*)/s);
  const params = new URLSearchParams(query);
  const wanted = params.get(attributes);
  if (wanted !== null && !['read-write', 'primary', 'any'].includes(wanted))
    throw new Fault('usage', { field: attributes, found: wanted, expected: 'read-write: Labkeep writes' });
  params.delete(attributes);
  const rest = params.size === 0 ? path : `${path}?${params.toString()}`;
  return hosts.split(',').map((host) => `${before}${host}${rest}`);
}
