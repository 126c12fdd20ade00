/** What a server pays for thousands who wait: workers on long polls, and streams of events. */
import { setTimeout as delay } from 'node:timers/promises';
import { Crowd } from '../../tests/support/crowd.ts';
import { processorMs, residentKb } from '../../tests/support/process-figures.ts';
import { addressOf, clientOf, LabkeepHome } from '../support/labkeep-home.ts';
import { printFigures } from '../support/machine.ts';
import { quantile } from '../support/measure.ts';
import { startStore, storeUnavailable } from '../support/servers.ts';
import { markdownTable } from '../support/table.ts';
import { isChosen, type Topic } from './topic.ts';

interface Scale {
  readonly crowd: number;
  readonly samples: number;
  /** Longer than a claim waits, so that each of the crowd asks anew. */
  readonly windowMs: number;
  /** By then a server has given back what its start took. */
  readonly settleMs: number;
}

type Row = readonly [what: string, value: string];

const project = 'crowd';

export const crowd: Topic = {
  name: 'crowd',
  summary: 'thousands of workers and event streams that wait: memory, processor, latency',
  async run(options) {
    const scale: Scale = options.smoke
      ? { crowd: 20, samples: 3, windowMs: 500, settleMs: 0 }
      : { crowd: options.jobs ?? 2_000, samples: options.samples ?? 100, windowMs: 35_000, settleMs: 10_000 };
    const measured = new Map<string, readonly Row[]>();
    for (const name of ['SQLite', 'PostgreSQL'].filter((it) => isChosen(it, options))) {
      const absent = name === 'SQLite' ? undefined : storeUnavailable('postgres');
      if (absent === undefined) measured.set(name, await measure(name, scale));
      else console.error(`${name}: ${absent}`);
    }
    const [rows = []] = measured.values();
    printFigures(
      `Crowd: ${scale.crowd} clients that wait, ${scale.samples} jobs one at a time`,
      markdownTable(
        ['what', ...measured.keys()],
        rows.map(([what], index) => [what, ...[...measured.values()].map((all) => all[index]?.[1] ?? '')]),
      ),
    );
  },
};

async function measure(name: string, scale: Scale): Promise<readonly Row[]> {
  await using store = name === 'SQLite' ? null : await startStore('postgres');
  await using home = new LabkeepHome();
  await home.start(store === null ? [] : ['--storage', store.connection]);
  await clientOf(home.folder).projects.create({ name: project });
  await delay(scale.settleMs);
  const idle = await costOf(home.pid, scale.windowMs);
  const alone = await withWorkers(home, 1, (workers) => latencies(workers, scale.samples));
  const { busy, together } = await withWorkers(home, scale.crowd, async (workers) => ({
    busy: await costOf(home.pid, scale.windowMs),
    together: await latencies(workers, scale.samples),
  }));
  const streams = await measureStreams(home, scale);
  return [
    ['memory, nobody waits, MB', megabytes(idle.memoryKb)],
    [`memory, ${scale.crowd} workers wait, MB`, megabytes(busy.memoryKb)],
    [`memory, ${scale.crowd} streams, MB`, megabytes(streams.memoryKb)],
    ['processor, nobody waits, ms a second', idle.processor],
    [`processor, ${scale.crowd} workers wait, ms a second`, busy.processor],
    ['submit to start, 1 waits, p50 / p95 ms', shown(alone)],
    [`submit to start, ${scale.crowd} wait, p50 / p95 ms`, shown(together)],
    ['submit to the first stream, p50 / p95 ms', shown(streams.firstMs)],
    ['submit to the last stream, p50 / p95 ms', shown(streams.lastMs)],
  ];
}

interface Cost {
  readonly memoryKb: number | null;
  readonly processor: string;
}

/** While nothing happens. */
async function costOf(pid: number, windowMs: number): Promise<Cost> {
  const before = processorMs(pid);
  await delay(windowMs);
  const after = processorMs(pid);
  const spent = before === null || after === null ? null : ((after - before) / windowMs) * 1_000;
  return { memoryKb: residentKb(pid), processor: spent?.toFixed(1) ?? '' };
}

async function withWorkers<T>(
  home: LabkeepHome,
  many: number,
  act: (crowd: Crowd) => Promise<T>,
): Promise<T> {
  const workers = new Crowd(addressOf(home.folder));
  workers.workers(many);
  try {
    await waiting(home, 'claim', many);
    return await act(workers);
  } finally {
    await workers.leave();
    await waiting(home, 'claim', 0);
  }
}

async function waiting(home: LabkeepHome, kind: string, many: number): Promise<void> {
  using asker = new Crowd(addressOf(home.folder));
  while ((await asker.metric(`labkeep_waiting{kind="${kind}"}`)) !== many) await delay(20);
}

/** From the submission of a job to its start by one of the crowd, one job at a time. */
async function latencies(crowd: Crowd, samples: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const before = crowd.started.length;
    const begunAt = performance.now();
    await submit(crowd);
    await crowd.untilStarted(before + 1);
    const [started, ...others] = crowd.started.slice(before);
    if (started === undefined || others.length > 0) throw new Error('a job did not start exactly once');
    took.push(started.at - begunAt);
    await delay(30);
  }
  return took;
}

async function submit(crowd: Crowd): Promise<void> {
  const { status, text } = await crowd.ask('POST', `/v1/projects/${project}/jobs`, { command: ['true'] });
  if (status !== 201) throw new Error(`a job was answered ${status}: ${text}`);
}

/** Nobody works, so each job is one event for all. */
async function measureStreams(
  home: LabkeepHome,
  { crowd: many, samples }: Scale,
): Promise<{ memoryKb: number | null; firstMs: readonly number[]; lastMs: readonly number[] }> {
  using readers = new Crowd(addressOf(home.folder));
  const heard: number[] = [];
  await readers.streams(many, (text) => {
    if (text.includes('event: jobs.created')) heard.push(performance.now());
  });
  await waiting(home, 'stream', many);
  const [firstMs, lastMs]: [number[], number[]] = [[], []];
  for (let sample = 0; sample < samples; sample += 1) {
    heard.length = 0;
    const begunAt = performance.now();
    await submit(readers);
    while (heard.length < many) await delay(1);
    firstMs.push((heard[0] ?? 0) - begunAt);
    lastMs.push((heard[many - 1] ?? 0) - begunAt);
  }
  return { memoryKb: residentKb(home.pid), firstMs, lastMs };
}

function megabytes(kilobytes: number | null): string {
  return kilobytes === null ? '' : (kilobytes / 1024).toFixed(0);
}

function shown(values: readonly number[]): string {
  return `${quantile(values, 0.5).toFixed(1)} / ${quantile(values, 0.95).toFixed(1)}`;
}
