/** What `labkeep run` adds to a command, beside the command alone; and how fast files are hashed, beside sha256sum. */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { digestOfPath } from '../../src/worker/programs/digest.ts';
import { LabkeepHome } from '../support/labkeep-home.ts';
import { printFigures } from '../support/machine.ts';
import { quantile } from '../support/measure.ts';
import { markdownTable } from '../support/table.ts';
import type { Topic } from './topic.ts';

const program = fileURLToPath(new URL('../../bin/labkeep', import.meta.url));

export const run: Topic = {
  name: 'run',
  summary: 'what labkeep run adds to a command, and the rate of hashing beside sha256sum',
  async run(options) {
    const samples = options.samples ?? (options.smoke ? 2 : 50);
    await using home = new LabkeepHome();
    await home.start();
    const folder = mkdtempSync(join(tmpdir(), 'labkeep-bench-run-'));
    try {
      const recorded = [program, 'run', '--data', home.folder, '-p', 'bench', '-q', '--', 'true'];
      const commands: readonly (readonly [string, readonly string[]])[] = [
        ['true', ['true']],
        ['node, doing nothing', [process.execPath, '-e', '0']],
        ['labkeep run -- true', recorded],
      ];
      // The first fills caches, and makes the project.
      for (const [, command] of commands) time(command, folder);
      const times = commands.map((): number[] => []);
      for (let sample = 0; sample < samples; sample += 1)
        for (const [index, [, command]] of commands.entries()) times[index]?.push(time(command, folder));
      printFigures(
        `One command: ${samples} runs in turn, server running, ms`,
        markdownTable(
          ['command', 'p50', 'p95'],
          commands.map(([name], index) => {
            const values = times[index] ?? [];
            return [name, quantile(values, 0.5).toFixed(1), quantile(values, 0.95).toFixed(1)];
          }),
        ),
      );
      await hashing(folder, options.smoke ? 1 : 1_024);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Wall-clock milliseconds. */
function time([command = '', ...words]: readonly string[], folder: string): number {
  const begunAt = performance.now();
  const { status, stderr } = spawnSync(command, words, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const tookMs = performance.now() - begunAt;
  if (status !== 0 || stderr !== '') throw new Error(`${command} ended with ${status}: ${stderr}`);
  return tookMs;
}

async function hashing(folder: string, megabytes: number): Promise<void> {
  const file = join(folder, 'large');
  const block = Buffer.alloc(1 << 20, 'labkeep');
  await pipeline(Readable.from(Array.from({ length: megabytes }, () => block)), createWriteStream(file));
  const peer = time(['sha256sum', file], folder);
  const begunAt = performance.now();
  const digest = await digestOfPath(file);
  const ours = performance.now() - begunAt;
  const said = spawnSync('sha256sum', [file], { encoding: 'utf8' }).stdout.split(' ')[0];
  if (digest !== said) throw new Error(`the digests differ: ${digest} and ${said}`);
  const rate = (ms: number): string => ((megabytes / ms) * 1_000).toFixed(0);
  printFigures(
    `Hashing a file of ${megabytes} MB that is in memory`,
    markdownTable(
      ['who', 'MB/s', '× sha256sum'],
      [
        ['sha256sum', rate(peer), '1.00 ×'],
        ['labkeep run', rate(ours), `${(peer / ours).toFixed(2)} ×`],
      ],
    ),
  );
}
