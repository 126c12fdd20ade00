import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

/*
 * How a store of jobs is measured, the same for every peer and for Labkeep. Each measurement is a process of its
 * own with an empty store, and prints one line of JSON.
 *
 * Drain: all jobs are inserted, then workers start. The clock runs from the start of the first job, so that nobody
 * pays for connecting, until the store itself reports that nothing is unfinished: acknowledgements that a client
 * still holds back are waited for. Processor time is that of this process alone, without a database server's.
 *
 * Latency: one job at a time is given to workers that have nothing to do; from before the call that submits to the
 * start of its handler. The pauses between jobs are random, and longer than a polling interval, because pauses of
 * one length would always meet a poll at the same point.
 */

/** A store of jobs with workers that do nothing, in one setting. */
export interface Contestant {
  readonly peer: string;
  readonly version: string;
  /** What a reader must know to judge the figures: the tuning, what is durable, what is kept of a finished job. */
  readonly settings: string;
  /** For a store that is polled: how often. */
  readonly pollMs?: number;
  insert(count: number): Promise<void>;
  submit(): Promise<void>;
  startWorkers(onStart: () => void): Promise<void>;
  countUnfinished(): Promise<number>;
  /** Throws unless the store has every one of these jobs on record as succeeded; left out where none are kept. */
  check?(count: number): Promise<void>;
  close(): Promise<void>;
}

export interface ContestantOptions {
  /** A URL, or a folder for a store in files. */
  readonly connection: string;
  readonly variant: string;
  readonly concurrency: number;
}

interface Figures {
  readonly peer: string;
  readonly version: string;
  readonly settings: string;
  readonly rssMb: number;
}

export interface DrainFigures extends Figures {
  readonly measure: 'drain';
  readonly jobs: number;
  readonly insertSeconds: number;
  readonly drainJobsPerSecond: number;
  readonly cpuMicrosPerJob: number;
}

export interface LatencyFigures extends Figures {
  readonly measure: 'latency';
  readonly samples: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

const WARM_UP_SAMPLES = 10;
const PAUSE_MS_MIN = 20;
const PAUSE_MS_SPREAD_MIN = 40;

/** The whole of a runner: makes the contestant that the command line asks for, measures, prints the line. */
export async function runAsChild(make: (options: ContestantOptions) => Promise<Contestant>): Promise<void> {
  const { values } = parseArgs({
    options: {
      measure: { type: 'string', default: 'drain' },
      connection: { type: 'string' },
      variant: { type: 'string', default: '' },
      jobs: { type: 'string', default: '20000' },
      concurrency: { type: 'string', default: '10' },
      samples: { type: 'string', default: '200' },
    },
  });
  if (values.connection === undefined) throw new Error('--connection is missing');
  const contestant = await make({
    connection: values.connection,
    variant: values.variant,
    concurrency: Number(values.concurrency),
  });
  const figures =
    values.measure === 'latency'
      ? await measureLatency(contestant, Number(values.samples))
      : await measureDrain(contestant, Number(values.jobs));
  await contestant.close();
  console.log(JSON.stringify(figures));
}

export async function measureDrain(contestant: Contestant, jobs: number): Promise<DrainFigures> {
  const insertAt = performance.now();
  await contestant.insert(jobs);
  const insertSeconds = (performance.now() - insertAt) / 1000;

  const began = Promise.withResolvers<{ readonly at: number; readonly cpu: NodeJS.CpuUsage }>();
  const allStarted = Promise.withResolvers<void>();
  let started = 0;
  await contestant.startWorkers(() => {
    started += 1;
    if (started === 1) began.resolve({ at: performance.now(), cpu: process.cpuUsage() });
    if (started === jobs) allStarted.resolve();
  });
  const start = await began.promise;
  await allStarted.promise;
  while ((await contestant.countUnfinished()) > 0) await delay(1);
  const seconds = (performance.now() - start.at) / 1000;
  const cpu = process.cpuUsage(start.cpu);
  await contestant.check?.(jobs);

  return {
    measure: 'drain',
    ...described(contestant),
    jobs,
    insertSeconds: rounded(insertSeconds, 3),
    drainJobsPerSecond: Math.round(jobs / seconds),
    cpuMicrosPerJob: rounded((cpu.user + cpu.system) / jobs, 1),
  };
}

export async function measureLatency(contestant: Contestant, samples: number): Promise<LatencyFigures> {
  let started = Promise.withResolvers<number>();
  await contestant.startWorkers(() => started.resolve(performance.now()));

  const pauseMsSpread = Math.max(PAUSE_MS_SPREAD_MIN, contestant.pollMs ?? 0);
  const latenciesMs: number[] = [];
  for (let sample = -WARM_UP_SAMPLES; sample < samples; sample += 1) {
    await delay(PAUSE_MS_MIN + Math.random() * pauseMsSpread);
    started = Promise.withResolvers();
    const submitAt = performance.now();
    await contestant.submit();
    const latencyMs = (await started.promise) - submitAt;
    if (sample >= 0) latenciesMs.push(latencyMs);
    while ((await contestant.countUnfinished()) > 0) await delay(5);
  }
  await contestant.check?.(WARM_UP_SAMPLES + samples);

  return {
    measure: 'latency',
    ...described(contestant),
    samples,
    p50Ms: rounded(quantile(latenciesMs, 0.5), 2),
    p95Ms: rounded(quantile(latenciesMs, 0.95), 2),
  };
}

/** The value at or below which the given share of the values lies: the nearest rank, without interpolation. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('no values to take a quantile of');
  return value;
}

function described({ peer, version, settings }: Contestant): Figures {
  return { peer, version, settings, rssMb: Math.round(process.resourceUsage().maxRSS / 1024) };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
