/** A real server, a proxy before it that does harm, and real workers and clients behind the proxy. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type AttemptList, type Job, LabkeepClient, type NewJob } from '@labkeep/client';
import type { Durations } from '../../src/core/leases/durations.ts';
import { startSweeping } from '../../src/daemon/sweeping.ts';
import { nodeTimers } from '../../src/daemon/timers.ts';
import { createWorker, systemHost, type Worker, type WorkerSettings } from '../../src/worker/worker.ts';
import { jobPath, ServerLab, type StorageKind } from '../http/server-lab.ts';
import { until } from '../support/until.ts';
import type { Harm } from './fates.ts';
import { gatherFacts, project } from './gather-facts.ts';
import { type Exchange, HarmfulProxy } from './harmful-proxy.ts';
import { type Facts, judge } from './judge.ts';
import { Ledger } from './ledger.ts';

/** One try of a call: what is swallowed costs so long. */
const callMs = 1_000;
export const limits = { callMs, claimWaitMs: 300, killAfterMs: 50 } as const;
const slowMs = 60;
const overdueMs = 1_300;

export interface SceneOptions {
  readonly storage: StorageKind;
  readonly durations?: Partial<Durations>;
}

export class Scene {
  readonly server: ServerLab;
  readonly proxy: HarmfulProxy;
  /** Through the proxy. */
  readonly client: LabkeepClient;
  readonly ledger = new Ledger();
  /** Titles of jobs whose submission was acknowledged. */
  readonly acknowledged: string[] = [];
  /** Called for each exchange that nothing else has a harm for. */
  harm: (exchange: Exchange, answer: Buffer | null) => Harm | null = () => null;
  /** What the handler does between its beginning and its end. */
  work: (ref: string, signal: AbortSignal) => Promise<void> = async () => undefined;
  readonly #token: string;
  readonly #folder: string;
  readonly #workers: Worker[] = [];
  readonly #others: HarmfulProxy[] = [];
  #armed: {
    readonly name: string;
    readonly harm: Harm;
    readonly suits: (answer: Buffer) => boolean;
    readonly done: () => void;
  } | null = null;

  private constructor(server: ServerLab, proxy: HarmfulProxy, token: string, folder: string) {
    this.server = server;
    this.proxy = proxy;
    this.#token = token;
    this.#folder = folder;
    const retry = { forMs: 100_000, delayMs: 20, delayMsMax: 200 };
    this.client = new LabkeepClient({ url: this.url, token, timeoutMs: callMs, retry });
  }

  static async open(t: TestContext, { storage, durations = {} }: SceneOptions): Promise<Scene> {
    const server = await ServerLab.open(t, { storage, durations });
    await server.listen();
    const { port } = server.http.server.address() as AddressInfo;
    t.after(startSweeping({ storage: server.storage, periodMs: 50, timers: nodeTimers }));
    const folder = mkdtempSync(join(tmpdir(), 'labkeep-protocol-'));
    const proxy = await HarmfulProxy.open({
      target: { host: '127.0.0.1', port },
      slowMs,
      overdueMs,
      harm: (exchange, answer) => scene.#harmOf(exchange, answer),
    });
    const scene = new Scene(server, proxy, await server.token('admin'), folder);
    t.after(async () => {
      scene.harm = () => null;
      for (const worker of scene.#workers) await worker.stop({ graceMs: 0 });
      for (const it of [proxy, ...scene.#others]) await it.close();
      rmSync(folder, { recursive: true, force: true });
    });
    await server.call('POST', '/v1/projects', { body: { name: project, directory: folder } });
    return scene;
  }

  get url(): string {
    return `http://127.0.0.1:${this.proxy.port}`;
  }

  /** Another way to the server, by another address. */
  async another(): Promise<HarmfulProxy> {
    const { port } = this.server.http.server.address() as AddressInfo;
    const target = { host: '127.0.0.1', port };
    const proxy = await HarmfulProxy.open({ target, slowMs, overdueMs, harm: () => null });
    this.#others.push(proxy);
    return proxy;
  }

  get token(): string {
    return this.#token;
  }

  /** A real worker with one handler, which writes to the ledger. */
  async worker(name: string, changes: Partial<WorkerSettings> = {}): Promise<Worker> {
    const worker = createWorker({
      server: { url: this.url, token: this.#token },
      name,
      capacity: 1,
      tasks: [],
      folder: join(this.#folder, name),
      environment: process.env,
      log: { info: ignore, warn: ignore, error: ignore },
      host: systemHost,
      limits,
      ...changes,
    });
    worker.handle('note', async (job, { signal, progress, log }) => {
      this.ledger.note(job, 'start');
      signal.addEventListener('abort', () => this.ledger.note(job, 'told to end'), { once: true });
      log('begun');
      progress(0.5, 'half');
      try {
        await this.work(job.job, signal);
        return { outputs: [{ path: join(this.#folder, 'made') }] };
      } finally {
        this.ledger.note(job, 'end');
      }
    });
    this.#workers.push(worker);
    await worker.start();
    return worker;
  }

  /** The next message of this name (of answers, the next that suits) is harmed, and no other. Resolves when it was. */
  arm(name: string, harm: Harm, suits: (answer: Buffer) => boolean = () => true): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#armed = { name, harm, suits, done: resolve };
    return promise;
  }

  #harmOf(exchange: Exchange, answer: Buffer | null): Harm | null {
    const armed = this.#armed;
    const isMeant =
      armed !== null &&
      armed.name === exchange.name &&
      (answer === null ? armed.harm.side === 'request' : armed.harm.side === 'answer' && armed.suits(answer));
    if (!isMeant) return this.harm(exchange, answer);
    this.#armed = null;
    armed.done();
    return armed.harm;
  }

  /** Submits past the proxy. */
  async submit(title: string, job: NewJob = {}): Promise<string> {
    const body = { task: 'note', title, ...job };
    const { ref } = await this.server.ok('POST', `/v1/projects/${project}/jobs`, { body });
    this.acknowledged.push(title);
    return ref;
  }

  async job(ref: string): Promise<Job> {
    return this.server.ok('GET', jobPath(ref));
  }

  attempts(ref: string): Promise<AttemptList> {
    return this.server.ok('GET', `${jobPath(ref)}/attempts`);
  }

  /** The job, once it is in one of the states. */
  inState(ref: string, ...states: readonly Job['state'][]): Promise<Job> {
    return until(`${ref} to be ${states.join(' or ')}`, async () => {
      const job = await this.job(ref);
      return states.includes(job.state) && job;
    });
  }

  ended(ref: string): Promise<Job> {
    return this.inState(ref, 'succeeded', 'failed', 'cancelled', 'expired', 'denied');
  }

  /** Breaches of what must be true, of all that happened here. */
  async breaches(): Promise<readonly string[]> {
    return judge(await this.facts());
  }

  facts(): Promise<Facts> {
    return gatherFacts(this.server, this.acknowledged, this.ledger);
  }
}

function ignore(): void {
  // What the worker notes while its messages are harmed is what is wanted.
}
