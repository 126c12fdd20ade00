/** Whence, graphs and mentions of files over HTTP, among a million files and along a chain of a thousand jobs. */
import type { LabkeepClient } from '@labkeep/client';
import { specifyRun } from '../../src/core/jobs/record.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { fillerOf, project } from '../support/fill.ts';
import { type FilledServer, onEachStorage, type StorageName } from '../support/filled-server.ts';
import { printFigures } from '../support/machine.ts';
import { quantile } from '../support/measure.ts';
import { markdownTable } from '../support/table.ts';
import type { BenchOptions, Topic } from './topic.ts';

const fullSize = 1_000_000;
const outputsOfJob = 5_000;
const folder = '/data/bench';
const by = { name: 'bench', grants: [{ role: 'admin', project: null }], attempt: null } as const;

export const provenance: Topic = {
  name: 'provenance',
  summary: 'whence, graph, files and stale among a million files, along a chain of a thousand jobs',
  async run(options) {
    await onEachStorage(
      options,
      (server, kind) => measure(server, kind, options),
      (kind, reason) => console.error(`provenance, ${kind}: not run (${reason})`),
    );
  },
};

async function measure(server: FilledServer, kind: StorageName, options: BenchOptions): Promise<void> {
  const files = options.jobs ?? (options.smoke ? 100 : fullSize);
  const chain = options.smoke ? 10 : 1_000;
  console.error(`provenance, ${kind}: filling to ${files} files`);
  const writtenMs = await server.fill(async (storage) => {
    await fillerOf(storage);
    return fill(storage, chain, files);
  });
  const client = await server.up();
  const rows: string[][] = [];
  for (const [name, act] of Object.entries(questions(client, chain))) {
    const tookMs: number[] = [];
    for (let sample = 0; sample < (options.smoke ? 1 : (options.samples ?? 20)); sample++) {
      const askedAt = performance.now();
      await act();
      tookMs.push(performance.now() - askedAt);
    }
    rows.push([name, quantile(tookMs, 0.5).toFixed(1), quantile(tookMs, 0.95).toFixed(1)]);
  }
  await server.stop();
  const rate = Math.round((files / writtenMs) * 1_000);
  printFigures(
    `Provenance, ${kind}: ${files} files, a chain of ${chain} jobs, ${rate} outputs/s recorded; in ms`,
    markdownTable(['question', 'p50', 'p95'], rows),
  );
}

/** How long (ms) the many outputs took. */
async function fill(storage: Storage, chain: number, files: number): Promise<number> {
  let count = 0;
  let at = Date.UTC(2026, 0, 1);
  const record = (inputs: readonly string[], outputs: readonly string[]) => {
    at += 1_000;
    const key = `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`;
    const ended = {
      finishedAt: at + 500,
      outcome: 'succeeded' as const,
      outputs: outputs.map((path) => ({ path, size: 1, sha256: digestOf(path) })),
    };
    const where = { project, folder, host: 'bench', account: 'bench' };
    const request = { key, ...where, command: ['refine'], startedAt: at, inputs, ended };
    return storage.recordRun({ by, run: specifyRun(request, by.name) });
  };
  for (let link = 0; link < chain; link++) await record([`chain/${link}`], [`chain/${link + 1}`]);
  const startedAt = performance.now();
  for (let from = 0; from < files; from += outputsOfJob) {
    const many = Math.min(outputsOfJob, files - from);
    const outputs = Array.from({ length: many }, (_, index) => `out/${from}/${index % 50}/${index}.dat`);
    await record([`chain/${(from / outputsOfJob) % chain}`], outputs);
  }
  return performance.now() - startedAt;
}

/** Each path its own content. */
function digestOf(path: string): string {
  return Buffer.from(path).toString('hex').padEnd(64, '0').slice(-64);
}

function questions(client: LabkeepClient, chain: number): Readonly<Record<string, () => Promise<unknown>>> {
  const last = `${folder}/chain/${chain}`;
  const output = `${folder}/out/0/7/7.dat`;
  const expect = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`a wrong answer: ${what}`);
  };
  return {
    'whence of one of the many': async () =>
      expect((await client.provenance.whence(output)).madeBy !== null, 'nobody made it'),
    'whence of the last of the chain': async () =>
      expect((await client.provenance.whence(last)).inputs.length === 1, 'not made of one file'),
    'whence of the last of the chain, back to the first': async () =>
      expect(
        (await client.provenance.whence(last, { depth: chain })).steps.length === chain,
        'not all that is behind it',
      ),
    [`graph of the last of the chain, depth ${chain}`]: async () => {
      const graph = await client.provenance.graph(last, {
        direction: 'ancestors',
        depth: chain,
        limit: 10_000,
      });
      expect(graph.nodes.length === chain && graph.complete, `${graph.nodes.length} jobs`);
    },
    'graph of the first, depth 3': async () => {
      const graph = await client.provenance.graph(`${folder}/chain/1`, { depth: 3 });
      expect(graph.nodes.length >= 4, `${graph.nodes.length} jobs`);
    },
    'mentions of a file': async () =>
      expect((await client.provenance.files({ path: `${folder}/chain/1` })).items.length > 0, 'none'),
    'methods of the last of the chain': async () =>
      expect(
        (await client.provenance.methods(`${project}/${chain}`)).steps.length === chain,
        'not all its steps',
      ),
    'stale, all pages': async () => {
      for await (const { ref } of client.provenance.eachStale(project)) expect(false, `${ref} is not stale`);
    },
  };
}
