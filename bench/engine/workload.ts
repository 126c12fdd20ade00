import { parseArgs } from 'node:util';

/*
 * The row writes of a job's life made by hand on the bare engine, which is the limit for a server on top of it.
 *
 *   insert   jobs (the index row), documents (about 600 bytes of JSON), live (with two small indexes)
 *   claim    live updated
 *   finish   live deleted, jobs updated, attempts inserted
 *
 * That is 7 writes; each one above, if more are asked for, is a small row inserted when the job finishes. Each batch
 * is one transaction and adds one row of events. Every commit survives a power cut.
 */

export const WRITES_PER_JOB_MIN = 7;

export interface Workload {
  /** A folder for SQLite, a URL for PostgreSQL. */
  readonly connection: string;
  readonly jobs: number;
  readonly batch: number;
  readonly writesPerJob: number;
  /** How many batches are under way at once, where the engine can write from several connections. */
  readonly connections: number;
}

export interface EngineFigures {
  readonly engine: string;
  readonly version: string;
  readonly jobs: number;
  readonly batch: number;
  readonly writesPerJob: number;
  readonly connections: number;
  readonly insertJobsPerSecond: number;
  readonly drainJobsPerSecond: number;
  readonly cpuMicrosPerJob: number;
  readonly rssMb: number;
}

export interface Engine {
  readonly engine: string;
  readonly version: string;
  insertBatch(jobs: readonly number[]): Promise<void> | void;
  /** Not timed: what the engine's own upkeep does sooner or later. */
  afterInserts(): Promise<void> | void;
  /** At most a batch, in the order in which they are to run. */
  claimBatch(): Promise<readonly number[]> | readonly number[];
  finishBatch(jobs: readonly number[]): Promise<void> | void;
  countFinished(): Promise<number> | number;
  close(): Promise<void> | void;
}

export function workloadOfCommandLine(): Workload {
  const { values } = parseArgs({
    options: {
      connection: { type: 'string' },
      jobs: { type: 'string', default: '20000' },
      batch: { type: 'string', default: '100' },
      writes: { type: 'string', default: String(WRITES_PER_JOB_MIN) },
      connections: { type: 'string', default: '1' },
    },
  });
  if (values.connection === undefined) throw new Error('--connection is missing');
  const writesPerJob = Number(values.writes);
  if (!(writesPerJob >= WRITES_PER_JOB_MIN))
    throw new Error(`a job's life takes ${WRITES_PER_JOB_MIN} writes`);
  return {
    connection: values.connection,
    jobs: Number(values.jobs),
    batch: Number(values.batch),
    writesPerJob,
    connections: Number(values.connections),
  };
}

export function documentOf(job: number): string {
  return JSON.stringify({
    title: `reindex library, part ${job}`,
    command: { program: 'reindex', arguments: ['--library', 'reference', '--part', String(job), '--sorted'] },
    folder: `/projects/annotation/run-${job}`,
    environment: { LANG: 'C.UTF-8', THREADS: '4', SCRATCH: `/scratch/annotation/${job}` },
    inputs: ['reference.fasta', 'library.index', `part-${job}.list`].map((name) => ({
      directory: 'library',
      name,
    })),
    parameters: { window: 64, minimum: 0.85, keep: true },
    tags: ['nightly', 'reference'],
    comments: ['Part of the nightly rebuild of the reference library; the owner wants to know if it fails.'],
  });
}

/** Inserts and drains the workload, checks that every job was finished, and prints one line of figures. */
export async function runWorkload(engine: Engine, workload: Workload): Promise<void> {
  const { jobs, batch, writesPerJob, connections } = workload;

  const batches = Iterator.from(Array.from({ length: Math.ceil(jobs / batch) }).keys());
  const insertAt = performance.now();
  await inParallel(connections, async () => {
    for (const index of batches) {
      const first = index * batch + 1;
      await engine.insertBatch(
        Array.from({ length: Math.min(batch, jobs - first + 1) }, (_, n) => first + n),
      );
    }
  });
  const insertSeconds = (performance.now() - insertAt) / 1000;
  await engine.afterInserts();

  const drainAt = performance.now();
  const cpuAt = process.cpuUsage();
  await inParallel(connections, async () => {
    for (;;) {
      const claimed = await engine.claimBatch();
      if (claimed.length === 0) return;
      await engine.finishBatch(claimed);
    }
  });
  const drainSeconds = (performance.now() - drainAt) / 1000;
  const cpu = process.cpuUsage(cpuAt);

  const finished = await engine.countFinished();
  if (finished !== jobs) throw new Error(`${finished} of ${jobs} jobs were finished`);
  await engine.close();
  const figures: EngineFigures = {
    engine: engine.engine,
    version: engine.version,
    jobs,
    batch,
    writesPerJob,
    connections,
    insertJobsPerSecond: Math.round(jobs / insertSeconds),
    drainJobsPerSecond: Math.round(jobs / drainSeconds),
    cpuMicrosPerJob: Number(((cpu.user + cpu.system) / jobs).toFixed(1)),
    rssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  console.log(JSON.stringify(figures));
}

async function inParallel(count: number, loop: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, loop));
}
