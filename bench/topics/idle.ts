/** What a server and its worker cost while nothing happens, and how soon a server answers after it was spawned. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { residentKb } from '../../tests/support/process-figures.ts';
import { ServerGuard } from '../../tests/support/server-guard.ts';
import { clientOf, LabkeepHome } from '../support/labkeep-home.ts';
import { printFigures } from '../support/machine.ts';
import { quantile } from '../support/measure.ts';
import { markdownTable } from '../support/table.ts';
import type { Topic } from './topic.ts';

const program = fileURLToPath(new URL('../../bin/labkeep', import.meta.url));

export const idle: Topic = {
  name: 'idle',
  summary: 'memory of an idle server and its worker, time from spawn to ready',
  async run(options) {
    const starts = options.samples ?? (options.smoke ? 1 : 10);
    const restMs = options.smoke ? 500 : 10_000;
    const { firstMs, againMs } = await measureStarts(starts);
    const memory = await measureMemory(restMs);
    const ms = (values: readonly number[]): readonly string[] => [
      quantile(values, 0.5).toFixed(0),
      Math.max(...values).toFixed(0),
      String(values.length),
    ];
    const mb = (kilobytes: number | null): readonly string[] =>
      kilobytes === null ? ['not measured', '', ''] : [(kilobytes / 1024).toFixed(0), '', '1'];
    printFigures(
      `Idle: SQLite, memory after ${restMs / 1000} s`,
      markdownTable(
        ['what', 'median', 'largest', 'samples'],
        [
          ['spawn to ready, new data folder, ms', ...ms(firstMs)],
          ['spawn to ready, folder of before, ms', ...ms(againMs)],
          ['memory of the server, MB', ...mb(memory.serverKb)],
          ['memory of its worker, MB', ...mb(memory.workerKb)],
        ],
      ),
    );
  },
};

async function measureStarts(
  starts: number,
): Promise<{ firstMs: readonly number[]; againMs: readonly number[] }> {
  const firstMs: number[] = [];
  const againMs: number[] = [];
  // One more than is counted: the first fills the compile cache, which an installed program finds filled.
  for (let start = 0; start <= starts; start += 1) {
    await using home = new LabkeepHome();
    const first = await home.start();
    await home.stop();
    const again = await home.start();
    if (start > 0) firstMs.push(first);
    if (start > 0) againMs.push(again);
  }
  return { firstMs, againMs };
}

async function measureMemory(
  restMs: number,
): Promise<{ readonly serverKb: number | null; readonly workerKb: number | null }> {
  await using home = new LabkeepHome();
  await home.start();
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-bench-worker-'));
  const guard = new ServerGuard(folder, 'TERM');
  const worker = spawn(program, ['worker', '--data', home.folder, '--folder', folder, '--slots', '4'], {
    detached: true,
    stdio: 'ignore',
  });
  if (worker.pid !== undefined) guard.watch(worker.pid);
  await registered(home.folder, worker);
  await delay(restMs);
  const measured = { serverKb: residentKb(home.pid), workerKb: residentKb(worker.pid ?? 0) };
  const exited = once(worker, 'exit');
  worker.kill('SIGTERM');
  await exited;
  guard.watchNothing();
  await guard.clean();
  return measured;
}

async function registered(data: string, worker: ChildProcess): Promise<void> {
  const client = clientOf(data);
  while ((await client.workers.list()).items.length === 0) {
    if (worker.exitCode !== null) throw new Error(`the worker ended with ${worker.exitCode}`);
    await delay(20);
  }
}
