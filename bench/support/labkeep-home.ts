import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LabkeepClient } from '@labkeep/client';
import type { Durations } from '../../src/core/leases/durations.ts';
import { dataPaths } from '../../src/daemon/data-paths.ts';
import { readDiscovery, readToken } from '../../src/daemon/discovery.ts';
import { ServerGuard } from '../../tests/support/server-guard.ts';

const program = fileURLToPath(new URL('../../bin/labkeep', import.meta.url));
const startMsMax = 60_000;
/** A server that does not end as it is asked to is a fault. */
const stopMsMax = 60_000;

export interface LabkeepAddress {
  readonly url: string;
  readonly token: string;
}

/** Where the server of a data folder listens, and the token of its owner. */
export function addressOf(folder: string): LabkeepAddress {
  const paths = dataPaths(folder);
  const url = readDiscovery(paths.discovery)?.url;
  const token = readToken(paths.token);
  if (url === undefined || token === null)
    throw new Error(`no server has said where it listens in ${folder}`);
  return { url, token };
}

export function clientOf(folder: string): LabkeepClient {
  return new LabkeepClient(addressOf(folder));
}

/** Milliseconds since 1970, with fractions, so that processes can compare them. */
export function instant(): number {
  return performance.timeOrigin + performance.now();
}

/** A data folder of its own, in which servers are started as users start them, one after another. */
export class LabkeepHome implements AsyncDisposable {
  readonly #scratch = mkdtempSync(join(tmpdir(), 'labkeep-bench-'));
  readonly #guard = new ServerGuard(this.#scratch, 'TERM');
  /** Made by the first server. */
  readonly folder = join(this.#scratch, 'data');
  readonly #durations: Partial<Durations>;
  #server: ChildProcess | null = null;

  /** Without durations, those of every server. */
  constructor(durations: Partial<Durations> = {}) {
    this.#durations = durations;
  }

  get pid(): number {
    if (this.#server?.pid === undefined) throw new Error('no server runs in this folder');
    return this.#server.pid;
  }

  /** Resolves when the server answers, with how long (ms) that took from before it was spawned. */
  async start(args: readonly string[] = []): Promise<number> {
    const begunAt = performance.now();
    const server = this.#spawn(['up', '--no-worker', '--listen', '127.0.0.1:0', ...args]);
    this.#server = server;
    server.unref();
    while (!(await this.#answers(server))) {
      if (performance.now() - begunAt > startMsMax || server.exitCode !== null)
        throw new Error(`the server did not start:\n${this.#said()}`);
      await delay(2);
    }
    return performance.now() - begunAt;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null || server.exitCode !== null) return;
    server.ref();
    const exited = once(server, 'exit', { signal: AbortSignal.timeout(stopMsMax) });
    server.kill('SIGTERM');
    await exited;
    this.#guard.watchNothing();
  }

  /** As the kernel ends it when memory runs out; gives the instant from before it (ms since 1970). */
  async kill9(): Promise<number> {
    const server = this.#server;
    if (server === null) throw new Error('no server runs in this folder');
    this.#server = null;
    server.ref();
    const exited = once(server, 'exit');
    const killedAt = instant();
    server.kill('SIGKILL');
    await exited;
    this.#guard.watchNothing();
    return killedAt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#guard.clean();
  }

  #spawn(args: readonly string[]): ChildProcess {
    const output = openSync(join(this.#scratch, 'said'), 'a', 0o600);
    const child = spawn(program, [...args, '--data', this.folder], {
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...process.env, LABKEEP_TEST_DURATIONS: JSON.stringify(this.#durations) },
    });
    closeSync(output);
    if (child.pid !== undefined) this.#guard.watch(child.pid);
    return child;
  }

  /** The program ends in `exec`, so the server has the process id of the child; a file of before names another. */
  async #answers(server: ChildProcess): Promise<boolean> {
    const found = readDiscovery(dataPaths(this.folder).discovery);
    if (found === null || found.pid !== server.pid) return false;
    const health = await fetch(`${found.url}/v1/health`);
    await health.arrayBuffer();
    return health.ok;
  }

  #said(): string {
    return readFileSync(join(this.#scratch, 'said'), 'utf8').slice(-4_000);
  }
}
