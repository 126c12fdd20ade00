/** What all scenarios are played on: a PostgreSQL, two servers, two workers, and those who submit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Event, LabkeepClient } from '@labkeep/client';
import pg from 'pg';
import { KeptProcess } from '../crash-loop/processes.ts';
import { follow } from '../crash-loop/record.ts';
import { exists, plainEnv, type ServerPlace, startServers, stopAll, tokenOf } from '../crash-loop/servers.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { query } from '../support/postgres-pair.ts';
import { until } from '../support/until.ts';
import { Load } from './load.ts';
import type { WorkerOrder } from './worker-process.ts';

export const database = 'labkeep';
/** Whom the servers connect as; those who are in their way, as somebody else. */
export const keeper = 'keeper';

const durations = { offerMs: 5_000, leaseMs: 5_000, sweepMs: 500 };
const capacity = 20;
const workMs = 5;
const task = 'count';
const askMsMax = 30_000;

/** Few connections, so that strangers soon have them all. Vacuum looks each second, not each minute. */
const settings = { max_connections: '40', autovacuum_naptime: '1s' };

export class Stage implements AsyncDisposable {
  readonly folder: string;
  readonly postgres: PostgresServer;
  readonly servers: readonly ServerPlace[];
  readonly workers: readonly KeptProcess[];
  readonly client: LabkeepClient;
  readonly load: Load;
  /** As a client got them that was connected, and cut off, all the time. */
  readonly streamed: Event[] = [];
  readonly #streaming = new AbortController();
  readonly #stream: Promise<void>;
  #begun = new AsyncDisposableStack();

  private constructor(folder: string, postgres: PostgresServer, servers: readonly ServerPlace[]) {
    const [first] = servers;
    if (first === undefined) throw new Error('no server');
    this.folder = folder;
    this.postgres = postgres;
    this.servers = servers;
    const address = { url: servers.map(({ url }) => url).join(','), token: tokenOf(first) };
    this.client = new LabkeepClient({ ...address, retry: { forMs: 60_000 } });
    this.load = new Load(this.client, task);
    this.workers = ['worker-1', 'worker-2'].map((name) => startWorker(folder, name, address));
    this.#stream = follow(this.client, this.#streaming.signal, (event) => {
      this.streamed.push(event);
      this.load.see(event);
    });
  }

  static async start(): Promise<Stage> {
    await using begun = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'labkeep-scenarios-'));
    begun.defer(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'ledger'), '');
    const postgres = begun.use(await startPostgres({ collation: 'libc', settings }));
    await query(postgres, `create role ${keeper} login password '${keeper}'`);
    await query(postgres, `create database ${database} owner ${keeper}`);
    const servers = await startServers(folder, urlOf(postgres, keeper), durations);
    begun.defer(async () => void (await stopAll(servers.map(({ process }) => process))));
    for (const { data } of servers)
      await until('the server listens', () => exists(join(data, 'server.json')));
    const stage = new Stage(folder, postgres, servers);
    begun.defer(async () => void (await stopAll(stage.workers)));
    stage.#begun = begun.move();
    return stage;
  }

  /**
   * As the owner of the cluster, for whom connections are kept free; but those who are being refused have one each until
   * they know.
   */
  async ask(text: string): ReturnType<typeof query> {
    for (const endsAt = performance.now() + askMsMax; ; await delay(10)) {
      try {
        return await query(this.postgres, text, database);
      } catch (error) {
        if (!isRefusal(error) || performance.now() > endsAt) throw error;
      }
    }
  }

  /** Stops all, and says of what did not stop as it was asked to. */
  async stop(): Promise<readonly string[]> {
    this.#streaming.abort();
    await this.#stream;
    return [...(await stopAll(this.workers)), ...(await stopAll(this.servers.map(({ process }) => process)))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stop();
    } finally {
      await this.#begun.disposeAsync();
    }
  }
}

/** Whether there are too many connections for one more. */
export function isRefusal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '53300';
}

export function urlOf(postgres: PostgresServer, role: string): string {
  return `postgres://${role}:${role}@${postgres.host}:${postgres.port}/${database}`;
}

function startWorker(folder: string, name: string, server: WorkerOrder['server']): KeptProcess {
  const order: WorkerOrder = {
    ...{ server, name, capacity, task, workMs },
    folder: join(folder, name),
    ledger: join(folder, 'ledger'),
  };
  const script = join(import.meta.dirname, 'worker-process.ts');
  const args = ['--conditions=labkeep-source', script, JSON.stringify(order)];
  const worker = new KeptProcess({ name, program: process.execPath, args, env: plainEnv(), folder });
  worker.start();
  return worker;
}
