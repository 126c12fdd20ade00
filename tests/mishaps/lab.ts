/** Real servers and workers, whose commands write a ledger; and what must be true of all that they did. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Job, LabkeepClient, type NewJob } from '@labkeep/client';
import { Home, program, type Server } from '../cli/support/labkeep.ts';
import { checkAll, type Record as RunRecord } from '../crash-loop/checks.ts';
import { type Ending, type LedgerLine, ledgerCommand, readLedger } from '../crash-loop/ledger.ts';
import { findStarted, kill9 } from '../crash-loop/processes.ts';
import { allEvents, attemptsOf, faultsOf, jobsOf } from '../crash-loop/record.ts';
import { type Acknowledged, insist } from '../crash-loop/submitters.ts';
import { freePort } from '../support/free-port.ts';

export const project = 'mishaps';
/** Long enough for a machine with more to do than it can. */
export const leaseMs = 8_000;
const durations = JSON.stringify({ leaseMs, offerMs: 2_000, sweepMs: 200 });

export interface LabOptions {
  /** Of every process. */
  readonly env?: Readonly<Record<string, string>>;
  /** The server’s; else one of its own. */
  readonly data?: string;
  /** Where it keeps everything, if that is not SQLite in its data folder. */
  readonly storage?: string;
}

export interface LedgerJob extends NewJob {
  readonly seconds?: number;
  /** It goes on until this was called `go`. */
  readonly until?: string;
  readonly ending?: Ending;
}

export interface Allowed {
  /** The checks that hold here, by name; else all. */
  readonly only?: readonly string[];
  /** What a server may have written as a fault of its own. */
  readonly faults?: RegExp;
}

export class Lab {
  readonly home = new Home();
  readonly address: string;
  readonly data: string;
  readonly acknowledged: Acknowledged[] = [];
  storage: string | null;
  readonly #env: Readonly<Record<string, string>>;
  readonly #workers = new Map<string, ChildProcess>();
  #server: Server | null = null;

  private constructor(address: string, { env = {}, data, storage }: LabOptions) {
    this.address = address;
    this.#env = { LABKEEP_TEST_DURATIONS: durations, ...env };
    this.data = data ?? this.home.path('data');
    this.storage = storage ?? null;
  }

  static async open(t: TestContext, options: LabOptions = {}): Promise<Lab> {
    const lab = new Lab(`127.0.0.1:${await freePort()}`, options);
    t.after(() => lab.close());
    mkdirSync(lab.home.path('locks'));
    writeFileSync(lab.home.path('ledger'), '');
    await lab.startServer();
    await lab.client().projects.create({ name: project, directory: lab.home.folder });
    for (const name of ['alpha', 'beta']) await lab.client().databases.add({ name, kind: 'external' });
    return lab;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  get token(): string {
    return readFileSync(`${this.data}/token`, 'utf8').trim();
  }

  get server(): Server {
    assert.ok(this.#server);
    return this.#server;
  }

  client(forMs = 60_000): LabkeepClient {
    return new LabkeepClient({ url: this.url, token: this.token, retry: { forMs, delayMsMax: 500 } });
  }

  async startServer(): Promise<void> {
    const storage = this.storage === null ? [] : ['--storage', this.storage];
    const args = ['--no-worker', '--data', this.data, '--listen', this.address, ...storage];
    this.#server = await this.home.up(args, { env: this.#env });
  }

  /** Runs a command of the user’s, against this server. */
  labkeep(...args: readonly string[]) {
    const env = { ...this.#env, LABKEEP_SERVER: this.url, LABKEEP_TOKEN: this.token };
    return this.home.run(args, { env });
  }

  /** In a folder of its name, or in another. */
  startWorker(name: string, url = this.url, folder = name): ChildProcess {
    const args = ['worker', '--name', name, '--slots', '6', '--folder', this.home.path(folder)];
    const env = this.home.env({ ...this.#env, LABKEEP_SERVER: url, LABKEEP_TOKEN: this.token });
    const worker = spawn(program, args, { cwd: this.home.folder, env, stdio: 'ignore' });
    this.#workers.set(folder, worker);
    return worker;
  }

  /** Submits, and insists until it is acknowledged. */
  async submit(
    title: string,
    { seconds = 0, ending = 'well', until, ...job }: LedgerJob = {},
  ): Promise<string> {
    const locks = (job.locks ?? []).map((lock) =>
      typeof lock === 'string' ? lock : `${lock.path}:${lock.mode}`,
    );
    const file = until === undefined ? undefined : this.home.path(until);
    const command = ledgerCommand(this.home.folder, seconds, ending, locks, file);
    const [one] = await insist({ client: this.client(), project }, [{ ...job, title, command }], title);
    assert.ok(one);
    this.acknowledged.push(one);
    return one.ref;
  }

  /** Lets jobs end that go on until then. */
  go(name: string): void {
    writeFileSync(this.home.path(name), '');
  }

  job(ref: string): Promise<Job> {
    return this.client().jobs.get(ref);
  }

  async inState(ref: string, ...states: readonly Job['state'][]): Promise<Job> {
    for (;;) {
      const job = await this.job(ref);
      if (states.includes(job.state)) return job;
      await delay(50);
    }
  }

  /** Lines of the ledger, of one job. */
  lines(ref: string): readonly LedgerLine['what'][] {
    return readLedger(this.home.folder).flatMap((line) => (line.ref === ref ? [line.what] : []));
  }

  async begun(ref: string, times = 1): Promise<void> {
    while (this.lines(ref).filter((what) => what === 'start').length < times) await delay(20);
  }

  /** Until a report on it that came too late is kept. */
  async reportedLate(ref: string): Promise<void> {
    while ((await this.client().jobs.attempts(ref)).late.length === 0) await delay(50);
  }

  async settled(): Promise<void> {
    for (const { ref } of this.acknowledged) await this.inState(ref, ...final);
  }

  async record(): Promise<RunRecord> {
    const client = this.client();
    const jobs = await jobsOf(client, project);
    const attempts = await attemptsOf(client, jobs);
    const events = await allEvents(client);
    const ledger = readLedger(this.home.folder);
    return { acknowledged: this.acknowledged, jobs, attempts, events, streamed: events, ledger };
  }

  /** Nothing is lost, doubled or unexplained, the record agrees with itself, and no server met a fault of its own. */
  async isSound({ only, faults }: Allowed = {}): Promise<void> {
    const record = await this.record();
    const checks = checkAll(record).filter(({ name }) => only?.includes(name) ?? true);
    assert.equal(checks.length, only?.length ?? checks.length);
    for (const { name, breaches } of checks) assert.deepEqual(breaches, [], name);
    const times = record.events.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted(), 'time never runs backwards');
    const { code, stdout } = await this.labkeep('verify');
    assert.equal(code, 0, stdout);
    const found = faultsOf(this.data).filter((line) => faults?.test(line) !== true);
    assert.deepEqual(found, []);
  }

  async close(): Promise<void> {
    for (const worker of this.#workers.values()) {
      if (worker.exitCode !== null || worker.signalCode !== null) continue;
      const closed = once(worker, 'close');
      worker.kill('SIGKILL');
      await closed;
    }
    const { supervisors, commands } = findStarted(this.home.folder);
    for (const pid of [...supervisors, ...commands]) kill9(pid);
    await this.home.clean();
  }
}

const final = [
  'succeeded',
  'failed',
  'cancelled',
  'expired',
  'denied',
] as const satisfies readonly Job['state'][];
