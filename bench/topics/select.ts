/** First pages and counts of selections over HTTP, for every filter and order that is offered. */
import type { JobSummary, LabkeepClient } from '@labkeep/client';
import type { Storage } from '../../src/ports/storage.ts';
import { fillerOf, fillFinished, project } from '../support/fill.ts';
import { type FilledServer, onEachStorage, type StorageName } from '../support/filled-server.ts';
import { printFigures } from '../support/machine.ts';
import { quantile } from '../support/measure.ts';
import { markdownTable } from '../support/table.ts';
import type { BenchOptions, Topic } from './topic.ts';

const fullSize = 1_000_000;
const pageSize = 50;
const actsAtOnce = 200;
const by = { principal: 'bench' };
/** One in so many jobs: rare ones are found in the middle of a million too. */
const every = { number: 4, tag: 20, rareTag: 5_000, rating: 50, comment: 1_000, held: 2_000, file: 500 };
const orders = ['oldest', 'newest', 'Rfree', 'Rfree:desc'] as const;

type Fits = (job: JobSummary) => boolean;

/** One for each field, often and seldom true, and some together. */
const filters: Readonly<Record<string, Fits>> = {
  '': () => true,
  'state:succeeded': ({ state }) => state === 'succeeded',
  'state:failed': ({ state }) => state === 'failed',
  'state:waiting': ({ state }) => state === 'waiting',
  'state:running': ({ state }) => state === 'running',
  'state:waiting,failed': ({ state }) => state === 'waiting' || state === 'failed',
  'reason:held': ({ reason }) => reason === 'held',
  'origin:recorded': ({ origin }) => origin === 'recorded',
  'task:analyse': ({ task }) => task === 'analyse',
  'task:rare': ({ task }) => task === 'rare',
  'owner:bench': ({ owner }) => owner === 'bench',
  'owner:nobody': () => false,
  'queue:default': ({ queue }) => queue === 'default',
  'tag:often': ({ tags }) => tags.includes('often'),
  'tag:seldom': ({ tags }) => tags.includes('seldom'),
  'tag:unheard-of': () => false,
  'not tag:none': ({ tags }) => tags.length > 0,
  'rating:best': ({ rating }) => rating === 'best',
  'parent:1': ({ parent }) => parent === '1',
  'priority>0': ({ priority }) => priority > 0,
  'exit:1': ({ exitCode }) => exitCode === 1,
  'attempts:1': ({ attempts }) => attempts === 1,
  'created:today': () => true,
  'created<yesterday': () => false,
  'finished:none': ({ finishedAt }) => finishedAt === null,
  'Rfree<0.5': ({ numbers }) => (numbers.Rfree ?? 1) < 0.5,
  'Rfree<0.0001': ({ numbers }) => (numbers.Rfree ?? 1) < 0.0001,
  sample: ({ title }) => title?.includes('sample') === true,
  'sampl*': ({ title }) => title?.includes('sampl') === true,
  zinc: () => true,
  'used:/data/often': () => true,
  'used:/data/seldom': () => true,
  'state:succeeded tag:often Rfree<0.5': ({ tags, numbers }) =>
    tags.includes('often') && (numbers.Rfree ?? 1) < 0.5,
  'state:failed tag:seldom': ({ state, tags }) => state === 'failed' && tags.includes('seldom'),
  'tag:seldom or rating:best': ({ tags, rating }) => tags.includes('seldom') || rating === 'best',
  'not state:succeeded': ({ state }) => state !== 'succeeded',
};

export const select: Topic = {
  name: 'select',
  summary: 'the first page of every selection in every order, and its count, in a project of a million jobs',
  async run(options) {
    await onEachStorage(
      options,
      (server, kind) => measure(server, kind, options),
      (kind, reason) => console.error(`select, ${kind}: not run (${reason})`),
    );
  },
};

async function measure(server: FilledServer, kind: StorageName, options: BenchOptions): Promise<void> {
  const size = options.jobs ?? (options.smoke ? 400 : fullSize);
  console.error(`select, ${kind}: filling to ${size}`);
  await server.fill((storage) => fill(storage, size));
  const client = await server.up();
  const rows: string[][] = [];
  for (const [where, fits] of Object.entries(filters))
    rows.push([where === '' ? 'all' : `\`${where}\``, ...(await measureOne(client, where, fits, options))]);
  await server.stop();
  printFigures(
    `Select, ${kind}, ${size} jobs: first pages of ${pageSize}, p50 / p95 in ms; the count, in ms`,
    markdownTable(['selection', ...orders, 'count'], rows),
  );
}

async function fill(storage: Storage, size: number): Promise<void> {
  const filler = await fillerOf(storage);
  await filler.submit([{ title: 'the parent', hold: true }]);
  await fillFinished(filler, size - 51, (n) => ({
    task: n % every.rareTag === 7 ? 'rare' : 'analyse',
    title: `sample ${n % 1_000}`,
    priority: n % 1_000 === 3 ? 1 : 0,
    hold: n % every.held === 11,
    ...(n % 1_000 < 100 ? { parent: '1' } : {}),
    ...(n % every.file === 0 ? { inputs: [n % every.rareTag === 0 ? '/data/seldom' : '/data/often'] } : {}),
  }));
  await filler.submit(Array.from({ length: 50 }, () => ({ task: 'analyse' })));
  await filler.claim(20, true);
  await annotate(storage);
}

/** Page by page, many acts at once. */
async function annotate(storage: Storage): Promise<void> {
  let n = 0;
  for (let after: string | null = ''; after !== null; ) {
    const page: Awaited<ReturnType<Storage['listJobs']>> = await storage.listJobs({
      project,
      limit: 1_000,
      ...(after === '' ? {} : { after }),
    });
    const acts = page.items.flatMap(({ number }) => actsOn(storage, { project, number }, n++));
    for (let from = 0; from < acts.length; from += actsAtOnce)
      await Promise.all(acts.slice(from, from + actsAtOnce).map((act) => act()));
    after = page.next;
  }
}

function actsOn(
  storage: Storage,
  place: { readonly project: string; readonly number: string },
  n: number,
): readonly (() => Promise<unknown>)[] {
  const addTags = [...(n % every.tag === 0 ? ['often'] : []), ...(n % every.rareTag === 0 ? ['seldom'] : [])];
  const annotations = {
    ...(addTags.length === 0 ? {} : { addTags }),
    ...(n % every.rating === 0 ? { rating: 'best' as const } : {}),
    ...(n % every.number === 0 ? { numbers: { Rfree: ((n * 7_919) % 1_000_003) / 1_000_003 } } : {}),
  };
  return [
    ...(Object.keys(annotations).length === 0
      ? []
      : [() => storage.editJob({ by, place, revision: null, changes: { annotations } })]),
    ...(n % every.comment === 5
      ? [() => storage.addComment({ by, place, text: 'Zinc at the active site' })]
      : []),
  ];
}

async function measureOne(
  client: LabkeepClient,
  where: string,
  fits: Fits,
  { samples = 10, smoke }: BenchOptions,
): Promise<readonly string[]> {
  const cells: string[] = [];
  for (const sort of orders) {
    const query = { where, sort, limit: pageSize };
    const { items } = await client.jobs.list(project, query);
    const wrong = items.find((job) => !fits(job));
    if (wrong !== undefined) throw new Error(`${wrong.ref} is not to be in ${where}`);
    const tookMs: number[] = [];
    for (let sample = 0; sample < (smoke ? 1 : samples); sample++) {
      const askedAt = performance.now();
      await client.jobs.list(project, query);
      tookMs.push(performance.now() - askedAt);
    }
    cells.push(`${quantile(tookMs, 0.5).toFixed(1)} / ${quantile(tookMs, 0.95).toFixed(1)}`);
  }
  const askedAt = performance.now();
  await client.jobs.count(project, { where });
  return [...cells, (performance.now() - askedAt).toFixed(0)];
}
