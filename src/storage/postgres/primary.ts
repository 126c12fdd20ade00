/**
 * Which of the hosts that an address names takes writes. One that was the primary before, and came back as if nothing had
 * happened, is told by its timeline, which is smaller than that of the one that was promoted.
 */
import pg from 'pg';
import { Fault } from '../../core/faults.ts';
import { sqlState } from './faults.ts';

const probeMs = 2_000;

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
export class NotPrimary extends Error {
  readonly code = '25006';

  constructor(why: string) {
    super(why);
    this.name = 'NotPrimary';
  }
}

export class Primary {
  readonly #hosts: readonly string[];
  readonly #timelines = new WeakMap<pg.ClientBase, number>();
  #url: string;
  #timeline = 0;
  #finding: Promise<void> | null = null;

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
  async check(client: pg.ClientBase): Promise<void> {
    const timeline = await timelineOf(client);
    if (timeline < this.#timeline)
      throw new NotPrimary(`timeline ${timeline} is of a primary of before; it is ${this.#timeline} now`);
    this.#timeline = timeline;
    this.#timelines.set(client, timeline);
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

  /** A connection of its own, for what is no part of a pool. */
  async connect(name: string): Promise<pg.Client> {
    if (this.isOneOfSeveral) await this.find();
    const client = new pg.Client({ connectionString: this.#url, keepAlive: true, application_name: name });
    await client.connect();
    return client;
  }

  async #find(): Promise<void> {
    const asked = await Promise.allSettled(
      this.#hosts.map(async (url) => ({ url, timeline: await probe(url) })),
    );
    const found = asked
      .flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
      .filter(({ timeline }) => timeline >= this.#timeline)
      .sort((one, other) => other.timeline - one.timeline)[0];
    if (found === undefined) {
      const causes = asked.flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : []));
      const detail = 'No host of the database takes writes';
      throw new Fault(
        'storage_unavailable',
        { detail },
        causes.length === 1 ? causes[0] : new AggregateError(causes),
      );
    }
    this.#url = found.url;
    this.#timeline = found.timeline;
  }
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
    await client.end();
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
