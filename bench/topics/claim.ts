/**
 * Claims, with nothing else in the storage and with a long history and many waiting jobs beside them; and beside jobs that
 * all wait for locks.
 */
import { join } from 'node:path';
import { priorityMax } from '../../src/core/dispatch/rank.ts';
import { locksAtOnceMax } from '../../src/core/locks/wishes.ts';
import { openStorage } from '../../src/daemon/open-storage.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { type Filler, fillerOf, fillFinished } from '../support/fill.ts';
import { printFigures } from '../support/machine.ts';
import { quantile } from '../support/measure.ts';
import { type Store, startStore, storeUnavailable } from '../support/servers.ts';
import { markdownTable, ratio } from '../support/table.ts';
import { type BenchOptions, isChosen, type Topic } from './topic.ts';

const kinds = { SQLite: 'folder', PostgreSQL: 'postgres' } as const;
type Kind = keyof typeof kinds;

interface Scale {
  readonly finished: number;
  readonly classes: number;
  readonly readyPerClass: number;
  readonly samples: number;
}

const batches = [1, 10];

export const claim: Topic = {
  name: 'claim',
  summary: 'claims with nothing else in the storage, against a million jobs kept and 100,000 waiting',
  async run(options) {
    const scale = scaleOf(options);
    const rows: (readonly string[])[] = [];
    for (const kind of ['SQLite', 'PostgreSQL'] as const) {
      if (!isChosen(kind, options)) continue;
      const absent = storeUnavailable(kinds[kind]);
      if (absent !== undefined) rows.push([`${kind}: not run (${absent})`, '', '', '', '', '', '']);
      else rows.push(...(await measure(kind, scale)));
    }
    const { finished, classes, readyPerClass, samples } = scale;
    printFigures(
      `Claim: ${finished} finished jobs kept, ${classes * readyPerClass} ready in ${classes} classes, ${samples} claims each`,
      markdownTable(
        [
          'claims of',
          'alone p50 ms',
          'p95 ms',
          'beside them p50 ms',
          'p95 ms',
          'ratio of p50',
          'all at once p50 ms',
        ],
        rows,
      ),
    );
    console.log(
      'Beside them: every class was submitted in a call of its own. All at once: one call submitted a job to each class, so all classes have the same rank.',
    );
    await compareLocked(options, scale);
  },
};

function scaleOf({ jobs, samples, smoke }: BenchOptions): Scale {
  const finished = jobs ?? (smoke ? 50 : 1_000_000);
  const classes = smoke ? 10 : Math.min(1_000, Math.ceil(finished / 10));
  const readyPerClass = smoke ? 5 : Math.max(10, Math.round(finished / 10 / classes));
  return { finished, classes, readyPerClass, samples: samples ?? (smoke ? 3 : 200) };
}

async function measure(kind: Kind, scale: Scale): Promise<readonly (readonly string[])[]> {
  await using stack = new AsyncDisposableStack();
  const open = async (): Promise<Storage> => {
    const store = stack.use(await startStore(kinds[kind]));
    const storage = await openStorage(choiceOf(kind, store));
    stack.defer(() => storage.close());
    return storage;
  };
  const alone = await fillerOf(await open());
  const beside = await fillerOf(await open());
  console.error(`claim, ${kind}: filling`);
  await fillFinished(beside, scale.finished, (n) => ({ task: `before-${n % scale.classes}` }));
  // Each class in a call of its own, that is, at a time of its own.
  for (const task of tasksOf(scale))
    await beside.submit(Array.from({ length: scale.readyPerClass }, () => ({ task })));

  const apart: Compared[] = [];
  for (const batch of batches) apart.push(await compare(alone, beside, batch, scale));
  // Last, for what is left of these jobs is handed out before all others.
  const tied: (readonly number[])[] = [];
  for (const batch of batches) tied.push(await timeTied(beside, batch, scale));
  return apart.map(({ aloneMs, besideMs }, index) => {
    const [p50, besideP50] = [quantile(aloneMs, 0.5), quantile(besideMs, 0.5)];
    return [
      `${batches[index]}, ${kind}`,
      p50.toFixed(2),
      quantile(aloneMs, 0.95).toFixed(2),
      besideP50.toFixed(2),
      quantile(besideMs, 0.95).toFixed(2),
      ratio(besideP50, p50),
      quantile(tied[index] ?? [], 0.5).toFixed(2),
    ];
  });
}

/** The same beside jobs that all wait for locks: a path, and a class, for each thousandth of them. */
async function compareLocked(options: BenchOptions, scale: Scale): Promise<void> {
  const rows: (readonly string[])[] = [];
  for (const kind of ['SQLite', 'PostgreSQL'] as const) {
    if (!isChosen(kind, options) || storeUnavailable(kinds[kind]) !== undefined) continue;
    rows.push(...(await measureLocked(kind, scale)));
  }
  const { classes, readyPerClass, samples } = scale;
  printFigures(
    `Claim: ${classes * readyPerClass} jobs wait for locks on ${classes} contended paths, ${samples} claims each`,
    markdownTable(
      [
        'claims of',
        'none wait p50 ms',
        'p95 ms',
        'beside them p50 ms',
        'p95 ms',
        'ratio of p50',
        'first claim ms',
      ],
      rows,
    ),
  );
  console.log('First claim: the one that judges each class, gives it a ticket and passes it by.');
}

async function measureLocked(kind: Kind, scale: Scale): Promise<readonly (readonly string[])[]> {
  await using stack = new AsyncDisposableStack();
  const open = async (): Promise<Storage> => {
    const store = stack.use(await startStore(kinds[kind]));
    const storage = await openStorage(choiceOf(kind, store));
    stack.defer(() => storage.close());
    return storage;
  };
  const alone = await fillerOf(await open());
  const storage = await open();
  const beside = await fillerOf(storage);
  console.error(`claim beside locks, ${kind}: filling`);
  const paths = Array.from({ length: scale.classes }, (_, n) => `bank/p${n}`);
  await holdPaths(storage, paths);
  for (const path of paths)
    await beside.submit(
      Array.from({ length: scale.readyPerClass }, () => ({ task: 'reads', locks: [path] })),
    );
  await beside.submit([{ task: 'alone' }]);
  const firstMs = await timeClaim(beside, 1);
  const rows: (readonly string[])[] = [];
  for (const batch of batches) {
    const times: Compared = { aloneMs: [], besideMs: [] };
    for (let sample = 0; sample < scale.samples; sample += 1)
      for (const [filler, into] of [
        [alone, times.aloneMs],
        [beside, times.besideMs],
      ] as const) {
        await filler.submit(Array.from({ length: batch }, () => ({ task: 'alone' })));
        into.push(await timeClaim(filler, batch));
      }
    const [p50, besideP50] = [quantile(times.aloneMs, 0.5), quantile(times.besideMs, 0.5)];
    rows.push([
      `${batch}, ${kind}`,
      p50.toFixed(2),
      quantile(times.aloneMs, 0.95).toFixed(2),
      besideP50.toFixed(2),
      quantile(times.besideMs, 0.95).toFixed(2),
      ratio(besideP50, p50),
      firstMs.toFixed(1),
    ]);
  }
  return rows;
}

/** A session that holds each of these paths alone. */
async function holdPaths(storage: Storage, paths: readonly string[]): Promise<void> {
  const by = { principal: 'bench' };
  const bank = {
    name: 'bank',
    kind: 'bank',
    tag: null,
    description: '',
    settings: {},
    release: null,
  } as const;
  await storage.addDatabase({ by, database: { ...bank, declaredIn: null, state: 'on' } });
  const asked = {
    name: 'holder',
    host: null,
    pid: null,
    leaseMs: 600_000,
    idleMs: null,
    databases: [],
    forOneLock: false,
  };
  const session = (await storage.openSession({ by, session: asked })).id;
  for (let from = 0; from < paths.length; from += locksAtOnceMax) {
    const locks = paths
      .slice(from, from + locksAtOnceMax)
      .map((path) => ({ path, mode: 'exclusive' as const }));
    await storage.acquireLocks({ by, session, locks, wait: false, waitMs: null });
  }
}

interface Compared {
  readonly aloneMs: number[];
  readonly besideMs: number[];
}

/** The two take turns, so that whatever the machine does meanwhile meets both. */
async function compare(alone: Filler, beside: Filler, batch: number, { samples }: Scale): Promise<Compared> {
  const aloneMs: number[] = [];
  const besideMs: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    await alone.submit(Array.from({ length: batch }, () => ({ task: 'alone' })));
    aloneMs.push(await timeClaim(alone, batch));
    besideMs.push(await timeClaim(beside, batch));
  }
  return { aloneMs, besideMs };
}

async function timeTied(beside: Filler, batch: number, scale: Scale): Promise<readonly number[]> {
  const tookMs: number[] = [];
  let ready = 0;
  for (let sample = 0; sample < scale.samples; sample += 1) {
    if (ready < batch) {
      await beside.submit(tasksOf(scale).map((task) => ({ task, priority: priorityMax })));
      ready += scale.classes;
    }
    tookMs.push(await timeClaim(beside, batch));
    ready -= batch;
  }
  return tookMs;
}

/** The claim alone is timed; what it took is finished at once, so that the worker holds nothing at the next. */
async function timeClaim(filler: Filler, batch: number): Promise<number> {
  const askedAt = performance.now();
  const jobs = await filler.claim(batch, false);
  const tookMs = performance.now() - askedAt;
  if (jobs.length !== batch) throw new Error(`a claim of ${batch} was given ${jobs.length}`);
  await filler.finish(jobs, () => 'succeeded');
  return tookMs;
}

function tasksOf({ classes }: Scale): readonly string[] {
  return Array.from({ length: classes }, (_, n) => `waiting-${n}`);
}

function choiceOf(kind: Kind, { connection }: Store): Parameters<typeof openStorage>[0] {
  // Filling takes longer than a lease, and nobody renews it meanwhile.
  const durations = { leaseMs: 86_400_000 };
  return kind === 'SQLite'
    ? { url: null, file: join(connection, 'labkeep.db'), durations }
    : { url: connection, file: '', durations };
}
