/**
 * A place for one test: a folder, a server, workers; and the certainty that nothing of it runs afterwards. Everything
 * a worker starts has the folder’s name on its command line or in its environment.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createWorker, systemHost, type Worker, type WorkerSettings } from '../../../src/worker/worker.ts';
import { until } from '../../support/until.ts';
import type { FakeDurations, FakeJob } from './fake-jobs.ts';
import { FakeServer } from './fake-server.ts';

export class Bench {
  readonly folder: string;
  readonly server: FakeServer;
  readonly #workers: Worker[] = [];
  readonly #cleanings: (() => Promise<void> | void)[] = [];
  readonly notes: string[] = [];

  private constructor(folder: string, server: FakeServer) {
    this.folder = folder;
    this.server = server;
  }

  static async open(t: TestContext, durations: Partial<FakeDurations> = {}): Promise<Bench> {
    const folder = mkdtempSync(join(tmpdir(), 'labkeep-worker-'));
    const bench = new Bench(folder, await FakeServer.start(durations));
    t.after(() => bench.#close());
    return bench;
  }

  /** Called before the folder is looked over for leftovers. */
  onClose(clean: () => Promise<void> | void): void {
    this.#cleanings.push(clean);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  settings(changes: Partial<WorkerSettings> = {}): WorkerSettings {
    const note = (facts: object, message: string): void => void this.notes.push(`${message} ${shown(facts)}`);
    return {
      server: this.server.address,
      name: 'bench',
      capacity: 2,
      folder: this.path('worker'),
      environment: { ...process.env, BENCH_FOLDER: this.folder },
      log: { info: note, warn: note, error: note },
      host: systemHost,
      ...changes,
    };
  }

  worker(changes: Partial<WorkerSettings> = {}): Worker {
    const worker = createWorker(this.settings(changes));
    this.#workers.push(worker);
    return worker;
  }

  async started(changes: Partial<WorkerSettings> = {}): Promise<Worker> {
    const worker = this.worker(changes);
    await worker.start();
    return worker;
  }

  /** The job’s end, as the server has it. */
  async ended(job: FakeJob): Promise<NonNullable<FakeJob['report']>> {
    await until(`the end of ${job.ref} (${this.notes.join('; ')})`, () => job.state === 'ended');
    assert.ok(job.report, `${job.ref} ended without a report: ${job.reason}`);
    return job.report;
  }

  lines(name: string): readonly string[] {
    try {
      return readFileSync(this.path(name), 'utf8').split('\n').slice(0, -1);
    } catch {
      // Nobody has written to it yet.
      return [];
    }
  }

  /** The processes that belong to this place. */
  processes(): readonly { readonly pid: number; readonly command: string }[] {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^[0-9]+$/.test(name) || Number(name) === process.pid) return [];
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ');
        const environment = readFileSync(`/proc/${name}/environ`, 'latin1');
        const isOurs = command.includes(this.folder) || environment.includes(`BENCH_FOLDER=${this.folder}`);
        return isOurs ? [{ pid: Number(name), command }] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
  }

  async #close(): Promise<void> {
    for (const worker of this.#workers) await worker.stop({ graceMs: 500 });
    for (const clean of this.#cleanings) await clean();
    await this.server.stop();
    try {
      await until('the end of all processes', () => this.processes().length === 0);
    } finally {
      for (const { pid, command } of this.processes()) {
        console.error('left behind:', pid, command);
        process.kill(pid, 'SIGKILL');
      }
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

/** The bytes of an attempt’s streams as the server has them, in order and without gaps. */
export function outputOf(job: FakeJob, streams: readonly string[] = ['stdout', 'stderr', 'note']): Buffer {
  const kept = [...job.output.values()].at(-1) ?? new Map();
  const sequence = [...kept.keys()].sort((a, b) => a - b);
  assert.deepEqual(
    sequence,
    sequence.map((_, index) => index),
  );
  const chunks = sequence.map((seq) => kept.get(seq)).filter((chunk) => streams.includes(chunk.stream));
  return Buffer.concat(chunks.map((chunk) => Buffer.from(chunk.data, 'base64')));
}

function shown(facts: object): string {
  return JSON.stringify(facts, (_, value: unknown) =>
    value instanceof Error ? (value.stack ?? value.message) : value,
  );
}
