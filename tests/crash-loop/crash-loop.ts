/** One run: real processes, killed at random for a while, then left alone until everything has come to its end. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Event, type Job, LabkeepClient, LabkeepError } from '@labkeep/client';
import { isFinal } from '../../src/core/jobs/states.ts';
import { startPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { SeededChance } from './chance.ts';
import { type Check, checkAll, type Record } from './checks.ts';
import { type Kills, killAtRandom } from './killer.ts';
import { ledgerDatabases, readLedger } from './ledger.ts';
import { findStarted, KeptProcess, kill9 } from './processes.ts';
import { allEvents, attemptsOf, faultsOf, follow, isFault, jobsOf } from './record.ts';
import { exists, giveTime, plainEnv, type ServerPlace, startServers, stopAll, tokenOf } from './servers.ts';
import { type Acknowledged, submitJobs } from './submitters.ts';

export interface CrashLoopOptions {
  readonly seconds: number;
  readonly storage: 'sqlite' | 'postgres';
  readonly seed: number;
  readonly say: (line: string) => void;
}

const project = 'crash';
const durations = { offerMs: 2_000, leaseMs: 4_000, sweepMs: 200 };
/** After the last kill everything has to come to its end within so long. */
const settleMsMax = 180_000;

export async function crashLoop(options: CrashLoopOptions): Promise<readonly Check[]> {
  await using ended = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-crash-'));
  ended.defer(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'locks'));
  writeFileSync(join(folder, 'ledger'), '');

  const postgres = options.storage === 'postgres' ? await startPostgres() : null;
  if (postgres !== null) ended.defer(() => postgres.stop());
  const servers = await startServers(folder, postgres?.url() ?? null, durations);
  ended.defer(async () => void (await stopAll(servers.map(({ process }) => process))));
  for (const { data } of servers) await until('the server listens', () => exists(join(data, 'server.json')));
  const workers = servers.length === 1 ? [0, 0] : [0, 1];
  const kept = workers.map((server, index) => startWorker(folder, `worker-${index + 1}`, servers[server]));
  ended.defer(async () => void (await stopAll(kept)));
  // Whatever a fault has left behind goes too.
  ended.defer(() => killLeftovers(folder));

  const client = clientOf(servers);
  await client.projects.create({ name: project });
  for (const name of ledgerDatabases) await client.databases.add({ name, kind: 'external' });
  const processes = [...servers.map(({ process }) => process), ...kept];
  const database =
    postgres === null
      ? null
      : async () => {
          await postgres.kill9();
          await postgres.restart();
        };
  const victims = { servers: servers.map(({ process }) => process), workers: kept, folder, database };
  const record = await run(options, folder, client, victims);

  const stops = [...(await stopAll(kept)), ...(await stopAll(victims.servers))];
  const { supervisors, commands } = findStarted(folder);
  return [
    ...checkAll(record),
    { name: 'no server met a fault of its own', breaches: servers.flatMap(({ data }) => faultsOf(data)) },
    {
      name: 'no process ended by itself',
      breaches: processes.flatMap(({ faults }) => faults).filter(isFault),
    },
    { name: 'every process stopped when it was asked to', breaches: stops },
    {
      name: 'nothing is left running',
      breaches: [...supervisors, ...commands].map((pid) => `process ${pid}`),
    },
  ];
}

async function run(
  { seconds, seed, say }: CrashLoopOptions,
  folder: string,
  client: LabkeepClient,
  victims: Parameters<typeof killAtRandom>[0],
): Promise<Record> {
  const acknowledged: Acknowledged[] = [];
  const streaming = new AbortController();
  const streamed: Event[] = [];
  const final = new Set<string>();
  const stream = follow(client, streaming.signal, (event) => {
    streamed.push(event);
    for (const { ref, state } of event.jobs) if (isFinal(state)) final.add(ref);
  });
  const stop = AbortSignal.timeout(seconds * 1_000);
  const submitters = ['ada', 'bob', 'eve'].map((name, index) =>
    submitJobs(
      {
        name,
        client,
        project,
        folder,
        chance: new SeededChance(seed + index + 1),
        open: () => acknowledged.length - final.size,
        acknowledge: (jobs) => acknowledged.push(...jobs),
      },
      stop,
    ),
  );
  const kills = await killAtRandom(victims, new SeededChance(seed), stop);
  await Promise.all(submitters);
  say(`${acknowledged.length} jobs acknowledged; killed: ${killsText(kills)}`);
  const jobs = await settle(client, acknowledged.length);
  say(`all over: ${countsText(jobs)}`);

  const attempts = await attemptsOf(client, jobs);
  const events = await allEvents(client);
  await giveTime(30_000, () => streamed.at(-1)?.cursor === events.at(-1)?.cursor);
  streaming.abort();
  await stream;
  return { acknowledged, jobs, attempts, events, streamed, ledger: readLedger(folder) };
}

function startWorker(folder: string, name: string, server: ServerPlace | undefined): KeptProcess {
  if (server === undefined) throw new Error('a worker needs a server');
  const args = ['worker', '--name', name, '--slots', '4', '--folder', join(folder, name)];
  const env = { ...plainEnv(), LABKEEP_SERVER: server.url, LABKEEP_TOKEN: tokenOf(server) };
  const worker = new KeptProcess({ name, args, env, folder });
  worker.start();
  return worker;
}

function clientOf(servers: readonly ServerPlace[]): LabkeepClient {
  const [first] = servers;
  if (first === undefined) throw new Error('no server');
  return new LabkeepClient({
    urls: servers.map(({ url }) => url),
    token: tokenOf(first),
    retry: { forMs: 60_000 },
  });
}

/** Waits until all jobs are final. Those that are lost wait for a person: that is us, and we give them up. */
async function settle(client: LabkeepClient, expected: number): Promise<readonly Job[]> {
  const endsAt = performance.now() + settleMsMax;
  for (;;) {
    const jobs = await jobsOf(client, project);
    const isOver = jobs.length >= expected && jobs.every(({ state }) => isFinal(state));
    if (isOver || performance.now() > endsAt) return jobs;
    for (const { ref, state } of jobs) if (state === 'lost') await giveUp(client, ref);
    await delay(500);
  }
}

/** Its worker may come back with a report just now. */
async function giveUp(client: LabkeepClient, ref: string): Promise<void> {
  try {
    await client.jobs.act(ref, 'cancel');
  } catch (error) {
    if (!(error instanceof LabkeepError)) throw error;
  }
}

async function killLeftovers(folder: string): Promise<void> {
  const { supervisors, commands } = findStarted(folder);
  for (const pid of [...supervisors, ...commands]) kill9(pid);
}

function killsText(kills: Kills): string {
  return Object.entries(kills)
    .filter(([, times]) => times > 0)
    .map(([whom, times]) => `${whom} ${times}`)
    .join(', ');
}

function countsText(jobs: readonly Job[]): string {
  const counts = Map.groupBy(jobs, ({ state }) => state);
  return [...counts].map(([state, those]) => `${those.length} ${state}`).join(', ');
}
