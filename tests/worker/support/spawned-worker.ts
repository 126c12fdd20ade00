import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkerLimits } from '../../../src/worker/worker.ts';
import { compileCache } from '../../support/compile-cache.ts';
import { until } from '../../support/until.ts';
import type { Bench } from './bench.ts';

export interface SpawnOptions {
  readonly capacity?: number;
  readonly limits?: Partial<WorkerLimits>;
  readonly folder?: string;
  readonly server?: { readonly url: string; readonly token: string };
}

/** A worker process of this bench, which ends with it. Resolves when the worker has started. */
export async function spawnWorker(bench: Bench, options: SpawnOptions = {}): Promise<ChildProcess> {
  const logFile = bench.path('worker.log');
  const given = {
    server: options.server ?? bench.server.address,
    name: 'bench',
    capacity: options.capacity ?? 1,
    folder: options.folder ?? bench.path('worker'),
    limits: options.limits ?? {},
    logFile,
  };
  const before = bench.lines('worker.log').length;
  const entry = fileURLToPath(new URL('./worker-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=labkeep-source', entry, JSON.stringify(given)], {
    env: { ...process.env, BENCH_FOLDER: bench.folder, NODE_COMPILE_CACHE: compileCache },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  bench.onClose(() => endWorker(child));
  await until('the worker to start', () =>
    bench
      .lines('worker.log')
      .slice(before)
      .some((line) => line.startsWith('started')),
  );
  return child;
}

export async function killWorker(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function endWorker(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  await exited;
}
