/** Lists over HTTP, in a storage that grows from a thousand jobs to a million. */
import type { JobIndex, JobQuery, LabkeepClient } from '@labkeep/client';
import { jobStates } from '../../src/core/jobs/states.ts';
import { type Filler, fillerOf, fillFinished, project } from '../support/fill.ts';
import { type FilledServer, onEachStorage, type StorageName } from '../support/filled-server.ts';
import { printFigures } from '../support/machine.ts';
import { quantile } from '../support/measure.ts';
import { markdownTable, median } from '../support/table.ts';
import type { BenchOptions, Topic } from './topic.ts';

const sizes = [1_000, 100_000, 1_000_000];
const pageSize = 50;
const indexPageSize = 1_000;
/** Of each thousand: children of the first job, drafts, held jobs. */
const perThousand = { children: 100, drafts: 5, held: 5 };
/** At each size, what workers have in hand and what waits for one. */
const inHand = { running: 60, offered: 60, ready: 200 };
const parent = '1';

const filters: readonly Omit<JobQuery, 'order' | 'limit' | 'after'>[] = [
  {},
  ...jobStates.map((state) => ({ state })),
  { state: ['waiting', 'ready', 'running'] },
  { parent },
  ...jobStates.map((state) => ({ parent, state })),
];

export const list: Topic = {
  name: 'list',
  summary: 'the first page of every list, and a whole index, up to a million jobs',
  async run(options) {
    const columns: Column[] = [];
    await onEachStorage(
      options,
      async (server, kind) => void columns.push(...(await measure(server, kind, options))),
      (kind, reason) => columns.push({ title: `${kind}: not run (${reason})`, cells: new Map() }),
    );
    const rows = [...rowNames(), wholeList, wholeIndex].map((name) => [
      name,
      ...columns.map(({ cells }) => cells.get(name) ?? ''),
    ]);
    printFigures(
      `List: first pages of ${pageSize}, p50 / p95 in ms; the whole list in pages of ${indexPageSize}, and the whole index, median in ms`,
      markdownTable(['list', ...columns.map(({ title }) => title)], rows),
    );
  },
};

interface Column {
  readonly title: string;
  readonly cells: ReadonlyMap<string, string>;
}

const orders = ['oldest', 'newest'] as const;
const wholeList = 'whole list';
const wholeIndex = 'whole index';

function rowNames(): readonly string[] {
  return filters.flatMap((filter) => orders.map((order) => nameOf({ ...filter, order })));
}

function nameOf({ state, parent: of, order }: JobQuery): string {
  const states = typeof state === 'object' ? state.join(',') : state;
  const parts = [
    ...(of === undefined ? [] : [`parent=${of}`]),
    ...(states === undefined ? [] : [`state=${states}`]),
  ];
  return `${parts.length === 0 ? 'all' : parts.join(' ')}, ${order}`;
}

async function measure(
  server: FilledServer,
  kind: StorageName,
  options: BenchOptions,
): Promise<readonly Column[]> {
  const columns: Column[] = [];
  let filled = 0;
  for (const size of sizesOf(options)) {
    console.error(`list, ${kind}: filling to ${size}`);
    await server.fill(async (storage) => grow(await fillerOf(storage), filled, size));
    filled = size;
    const cells = await measureLists(await server.up(), size, options);
    await server.stop();
    columns.push({ title: `${kind}, ${size}`, cells });
  }
  return columns;
}

function sizesOf({ jobs, smoke }: BenchOptions): readonly number[] {
  if (smoke) return [jobs ?? 400];
  const upTo = sizes.filter((size) => size <= (jobs ?? Number.POSITIVE_INFINITY));
  return upTo.length === 0 && jobs !== undefined ? [jobs] : upTo;
}

/** Makes the project hold so many jobs in all. What was in hand before is finished with the rest. */
async function grow(filler: Filler, from: number, to: number): Promise<void> {
  if (from === 0) await filler.submit([{ title: 'the parent' }]);
  const apart = inHand.running + inHand.offered + inHand.ready;
  const first = Math.max(from, 1);
  await fillFinished(filler, to - first - apart, requestOf);
  await filler.submit(Array.from({ length: apart }, () => ({ task: 'analyse' })));
  await filler.claim(inHand.running, true);
  await filler.claim(inHand.offered, false);
}

function requestOf(n: number) {
  const place = n % 1_000;
  if (place < perThousand.children) return { task: 'analyse', title: `part ${n}`, parent };
  if (place < perThousand.children + perThousand.drafts) return { task: 'analyse', submit: false };
  if (place < perThousand.children + perThousand.drafts + perThousand.held)
    return { task: 'analyse', hold: true };
  return { task: 'analyse', title: `sample ${n}` };
}

async function measureLists(
  client: LabkeepClient,
  size: number,
  { samples = 20, smoke }: BenchOptions,
): Promise<ReadonlyMap<string, string>> {
  const cells = new Map<string, string>();
  for (const filter of filters)
    for (const order of orders) {
      const query = { ...filter, order, limit: pageSize };
      await checkPage(client, query);
      const tookMs = await timed(smoke ? 1 : samples, () => client.jobs.list(project, query));
      cells.set(nameOf(query), `${quantile(tookMs, 0.5).toFixed(1)} / ${quantile(tookMs, 0.95).toFixed(1)}`);
    }
  const tookMs = await timed(smoke ? 1 : 3, async () => {
    let found = 0;
    for await (const _ of client.jobs.each(project, { limit: indexPageSize })) found += 1;
    if (found !== size) throw new Error(`the list has ${found} of ${size} jobs`);
  });
  cells.set(wholeList, median(tookMs).toFixed(0));
  cells.set(wholeIndex, median(await timed(smoke ? 1 : 5, () => readIndex(client, size))).toFixed(0));
  return cells;
}

async function readIndex(client: LabkeepClient, size: number): Promise<void> {
  let found = 0;
  let after: string | null = null;
  do {
    const page: JobIndex = await client.jobs.index(project, after === null ? {} : { after });
    found += page.numbers.length;
    after = page.next;
  } while (after !== null);
  if (found !== size) throw new Error(`the index has ${found} of ${size} jobs`);
}

async function timed(samples: number, act: () => Promise<unknown>): Promise<readonly number[]> {
  const tookMs: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const askedAt = performance.now();
    await act();
    tookMs.push(performance.now() - askedAt);
  }
  return tookMs;
}

/** A fast list of the wrong jobs is worth nothing. */
async function checkPage(client: LabkeepClient, query: JobQuery): Promise<void> {
  const { items } = await client.jobs.list(project, query);
  const states = query.state === undefined ? null : [query.state].flat();
  const wrong = items.find(
    (job) =>
      (states !== null && !states.includes(job.state)) ||
      (query.parent !== undefined && job.parent !== query.parent),
  );
  if (wrong !== undefined) throw new Error(`${wrong.ref} (${wrong.state}) is not to be in ${nameOf(query)}`);
  if (states === null && items.length !== pageSize)
    throw new Error(`${nameOf(query)}: ${items.length} of ${pageSize} jobs`);
}
