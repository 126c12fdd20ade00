/** Lists over HTTP, in a storage that grows from a thousand jobs to a million. */
import type { JobQuery, LabkeepClient } from '@labkeep/client';
import { jobStates } from '../../src/core/jobs/states.ts';
import { dataPaths } from '../../src/daemon/data-paths.ts';
import { openStorage } from '../../src/daemon/open-storage.ts';
import { type Filler, fillerOf, fillFinished, project } from '../support/fill.ts';
import { clientOf, LabkeepHome } from '../support/labkeep-home.ts';
import { printFigures } from '../support/machine.ts';
import { quantile } from '../support/measure.ts';
import { startStore, storeUnavailable } from '../support/servers.ts';
import { markdownTable, median } from '../support/table.ts';
import { type BenchOptions, isChosen, type Topic } from './topic.ts';

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
    for (const kind of ['SQLite', 'PostgreSQL'] as const) {
      if (!isChosen(kind, options)) continue;
      const absent = kind === 'SQLite' ? undefined : storeUnavailable('postgres');
      if (absent === undefined) columns.push(...(await measure(kind, options)));
      else columns.push({ title: `${kind}: not run (${absent})`, cells: new Map() });
    }
    const rows = [...rowNames(), wholeIndex].map((name) => [
      name,
      ...columns.map(({ cells }) => cells.get(name) ?? ''),
    ]);
    printFigures(
      `List: first pages of ${pageSize}, p50 / p95 in ms; the whole index in pages of ${indexPageSize}, median in ms`,
      markdownTable(['list', ...columns.map(({ title }) => title)], rows),
    );
  },
};

interface Column {
  readonly title: string;
  readonly cells: ReadonlyMap<string, string>;
}

const orders = ['oldest', 'newest'] as const;
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

async function measure(kind: 'SQLite' | 'PostgreSQL', options: BenchOptions): Promise<readonly Column[]> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(new LabkeepHome());
  const url = kind === 'SQLite' ? null : stack.use(await startStore('postgres')).connection;
  const serverArgs = url === null ? [] : ['--storage', url];
  // The first start makes the data folder.
  await home.start(serverArgs);
  await home.stop();
  const columns: Column[] = [];
  let filled = 0;
  for (const size of sizesOf(options)) {
    console.error(`list, ${kind}: filling to ${size}`);
    const storage = await openStorage({ url, file: dataPaths(home.folder).database, durations: {} });
    try {
      await grow(await fillerOf(storage), filled, size);
    } finally {
      await storage.close();
    }
    filled = size;
    await home.start(serverArgs);
    const cells = await measureLists(clientOf(home.folder), size, options);
    await home.stop();
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
    if (found !== size) throw new Error(`the index has ${found} of ${size} jobs`);
  });
  cells.set(wholeIndex, median(tookMs).toFixed(0));
  return cells;
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
