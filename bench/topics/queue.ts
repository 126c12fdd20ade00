/** Jobs through claim and completion: a queue of jobs that do nothing is drained by handlers, ten at once. */
import {
  type Contender,
  contest,
  drainContender,
  drainPeerContender,
  referenceAmong,
} from '../support/contest.ts';
import { measureEngine } from '../support/engines.ts';
import { printFigures } from '../support/machine.ts';
import type { DrainFigures } from '../support/measure.ts';
import { peerNames } from '../support/peers.ts';
import { storeUnavailable } from '../support/servers.ts';
import { contestTable } from '../support/table.ts';
import { isChosen, type Topic } from './topic.ts';

const inProcess = new URL('../labkeep/in-process.ts', import.meta.url);
const overHttp = new URL('../labkeep/over-http.ts', import.meta.url);
const references = ['graphile-worker, local queue', 'BullMQ, fsync each second'];

export const queue: Topic = {
  name: 'queue',
  summary: 'jobs through claim and completion, beside other queues and the bare engines',
  async run(options) {
    const jobs = options.jobs ?? (options.smoke ? 50 : 20_000);
    const runs = options.runs ?? (options.smoke ? 1 : 3);
    const contenders = (options.smoke ? smoke(jobs) : [...labkeep(jobs), ...others(jobs)]).filter(
      ({ name }) => isChosen(name, options),
    );
    const outcomes = (await contest(contenders, runs)).map(({ figures, ...rest }) => ({
      ...rest,
      drains: figures,
      latencies: [],
    }));
    const reference = referenceAmong(outcomes, references);
    if (reference === null) throw new Error('nobody was measured');
    printFigures(
      `Queue: ${jobs} jobs, ten handlers at once, medians of ${runs}`,
      contestTable(outcomes, reference),
    );
  },
};

function labkeep(jobs: number): readonly Contender<DrainFigures>[] {
  const batches = [500, 100, 10, 1];
  return [
    ...batches.map((batch) => onSqlite(jobs, batch)),
    ...batches.map((batch) => onPostgres(jobs, batch)),
    ...[100, 10, 1].map((batch) => throughHttp(jobs, batch)),
  ];
}

function smoke(jobs: number): readonly Contender<DrainFigures>[] {
  return [onSqlite(jobs, 500), onSqlite(jobs, 1), onPostgres(jobs, 10), throughHttp(jobs, 10)];
}

function onSqlite(jobs: number, batch: number): Contender<DrainFigures> {
  const entrant = { script: inProcess, variant: String(batch), store: 'folder' } as const;
  return drainContender(`Labkeep, SQLite, ${batch}`, entrant, jobs);
}

function onPostgres(jobs: number, batch: number): Contender<DrainFigures> {
  const entrant = { script: inProcess, variant: String(batch), store: 'postgres' } as const;
  return drainContender(`Labkeep, PostgreSQL, ${batch}`, entrant, jobs);
}

function throughHttp(jobs: number, batch: number): Contender<DrainFigures> {
  const entrant = { script: overHttp, variant: `${batch}/10`, store: 'labkeep' } as const;
  return drainContender(`Labkeep, HTTP, ${batch}`, entrant, jobs);
}

function others(jobs: number): readonly Contender<DrainFigures>[] {
  return [
    ...peerNames.map((name) => drainPeerContender(name, jobs)),
    ...[500, 100].flatMap((batch) => [engine('sqlite', jobs, batch), engine('postgres', jobs, batch)]),
  ];
}

/** The same row writes by hand: what nothing on top of this engine can exceed. */
function engine(name: 'sqlite' | 'postgres', jobs: number, batch: number): Contender<DrainFigures> {
  return {
    name: `bare ${name === 'sqlite' ? 'SQLite' : 'PostgreSQL'}, ${batch}`,
    unavailable: () => storeUnavailable(name === 'sqlite' ? 'folder' : 'postgres'),
    measure: async () => {
      const figures = await measureEngine(name, { jobs, batch });
      return {
        measure: 'drain',
        peer: figures.engine,
        version: figures.version,
        settings: `${figures.engine}; ${figures.writesPerJob} row writes per job by hand, batches of ${batch}`,
        rssMb: figures.rssMb,
        jobs,
        insertSeconds: jobs / figures.insertJobsPerSecond,
        drainJobsPerSecond: figures.drainJobsPerSecond,
        cpuMicrosPerJob: figures.cpuMicrosPerJob,
      };
    },
  };
}
