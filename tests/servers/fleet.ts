/**
 * Two servers on one PostgreSQL and two workers, under load: each server may be replaced in good order, also by another
 * version, or killed. What is on record in the end is judged as after the crash loop.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Event, LabkeepClient, LabkeepError } from '@labkeep/client';
import { isFinal } from '../../src/core/jobs/states.ts';
import { SeededChance } from '../crash-loop/chance.ts';
import { type Check, checkAll } from '../crash-loop/checks.ts';
import { ledgerDatabases, readLedger } from '../crash-loop/ledger.ts';
import { findStarted, KeptProcess, kill9, labkeep } from '../crash-loop/processes.ts';
import { allEvents, attemptsOf, faultsOf, follow, jobsOf } from '../crash-loop/record.ts';
import { exists, giveTime, plainEnv, stopAll } from '../crash-loop/servers.ts';
import { type Acknowledged, submitJobs } from '../crash-loop/submitters.ts';
import { freePort } from '../support/free-port.ts';

const project = 'crash';
/** No lease ends here: whatever is started a second time is so for another reason. */
const durations = { leaseMs: 60_000, sweepMs: 200 };
const settleMsMax = 60_000;

interface Place {
  readonly name: string;
  readonly data: string;
  readonly listen: string;
  process: KeptProcess;
}

export class Fleet {
  readonly folder: string;
  readonly #storage: string;
  readonly #ended = new AsyncDisposableStack();
  readonly #places: Place[] = [];
  readonly #workers: KeptProcess[] = [];
  readonly #acknowledged: Acknowledged[] = [];
  readonly #streamed: Event[] = [];
  readonly #final = new Set<string>();
  readonly #over = new AbortController();
  readonly #silent = new AbortController();
  #load: readonly Promise<unknown>[] = [];

  private constructor(storage: string) {
    this.#storage = storage;
    this.folder = mkdtempSync(join(tmpdir(), 'labkeep-fleet-'));
    this.#ended.defer(() => rmSync(this.folder, { recursive: true, force: true }));
    mkdirSync(join(this.folder, 'locks'));
    writeFileSync(join(this.folder, 'ledger'), '');
  }

  static async start(storage: string, seed: number): Promise<Fleet> {
    const fleet = new Fleet(storage);
    try {
      for (const name of ['one', 'two']) await fleet.#place(name);
      await fleet.#work(seed);
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  /** That knows one server alone, and does not ask twice. */
  at(which: 0 | 1): LabkeepClient {
    const { listen } = this.#at(which);
    return new LabkeepClient({ url: `http://${listen}`, token: this.#token, retry: { forMs: 0 } });
  }

  process(which: 0 | 1): KeptProcess {
    return this.#at(which).process;
  }

  logOf(which: 0 | 1): string {
    return readFileSync(join(this.#at(which).data, 'log'), 'utf8');
  }

  /** How many jobs were acknowledged so far. */
  get acknowledged(): number {
    return this.#acknowledged.length;
  }

  /** Drains one server and starts another in its place; gives how the one of before ended. */
  async replace(which: 0 | 1, program = labkeep): Promise<number | string | null> {
    const place = this.#at(which);
    const how = await place.process.stop();
    place.process = this.#launch(place, program);
    await this.answers(which);
    return how;
  }

  /** Kills one server; it is started again as it was. */
  kill(which: 0 | 1): void {
    if (!this.#at(which).process.kill(0)) throw new Error('it is down already');
  }

  async answers(which: 0 | 1): Promise<void> {
    const client = this.at(which);
    const { process } = this.#at(which);
    while (process.faults.length === 0) {
      try {
        await client.health();
        return;
      } catch (error) {
        if (!(error instanceof LabkeepError)) throw error;
        await delay(50);
      }
    }
    throw new Error(process.faults[0]);
  }

  /** Some jobs more were acknowledged, and some more have ended. */
  async goesOn(): Promise<void> {
    const [submitted, ended] = [this.#acknowledged.length, this.#final.size];
    const goesOn = (): boolean => this.#acknowledged.length > submitted + 2 && this.#final.size > ended + 2;
    await giveTime(settleMsMax, goesOn);
    if (!goesOn()) throw new Error('the work does not go on');
  }

  /** Submits no more, waits until all is over, and judges. */
  async judge(): Promise<readonly Check[]> {
    this.#over.abort();
    const client = this.#both;
    await Promise.all(this.#load.slice(0, -1));
    await giveTime(settleMsMax, () => this.#acknowledged.every(({ ref }) => this.#final.has(ref)));
    const jobs = await jobsOf(client, project);
    const attempts = await attemptsOf(client, jobs);
    const events = await allEvents(client);
    await giveTime(settleMsMax, () => this.#streamed.at(-1)?.cursor === events.at(-1)?.cursor);
    this.#silent.abort();
    await Promise.all(this.#load);
    const ledger = readLedger(this.folder);
    return [
      ...checkAll({
        acknowledged: this.#acknowledged,
        jobs,
        attempts,
        events,
        streamed: this.#streamed,
        ledger,
      }),
      {
        name: 'no attempt was lost or given back: those that did not succeed failed by themselves',
        breaches: [...attempts].flatMap(([ref, those]) =>
          those
            .filter(({ outcome, reason }) => outcome !== 'succeeded' && reason !== 'exit_code')
            .map(({ outcome, reason }) => `${ref} ${outcome} ${reason}`),
        ),
      },
      {
        name: 'no server met a fault of its own',
        breaches: this.#places.flatMap(({ data }) => faultsOf(data)),
      },
    ];
  }

  async stop(): Promise<void> {
    this.#over.abort();
    this.#silent.abort();
    await stopAll(this.#workers);
    await stopAll(this.#places.map(({ process }) => process));
    const { supervisors, commands } = findStarted(this.folder);
    for (const pid of [...supervisors, ...commands]) kill9(pid);
    await this.#ended.disposeAsync();
  }

  get #token(): string {
    return readFileSync(join(this.#at(0).data, 'token'), 'utf8').trim();
  }

  get #both(): LabkeepClient {
    return new LabkeepClient({ urls: this.#urls, token: this.#token, retry: { forMs: 60_000 } });
  }

  get #urls(): readonly string[] {
    return this.#places.map(({ listen }) => `http://${listen}`);
  }

  #at(which: 0 | 1): Place {
    const place = this.#places[which];
    if (place === undefined) throw new Error('there is no such server');
    return place;
  }

  async #place(name: string): Promise<void> {
    const rest = { name, data: join(this.folder, name), listen: `127.0.0.1:${await freePort()}` };
    const process = this.#launch(rest, labkeep);
    this.#places.push({ ...rest, process });
    const token = join(rest.data, 'token');
    await giveTime(settleMsMax, () => exists(token) || process.faults.length > 0);
    if (!exists(token)) throw new Error(process.faults[0] ?? 'the server does not start');
    await this.answers(this.#places.length === 1 ? 0 : 1);
  }

  #launch({ name, data, listen }: Omit<Place, 'process'>, program: string): KeptProcess {
    const args = ['up', '--no-worker', '--data', data, '--listen', listen, '--storage', this.#storage];
    const env = { ...plainEnv(), LABKEEP_TEST_DURATIONS: JSON.stringify(durations) };
    const process = new KeptProcess({
      name,
      program,
      args: [...args, '--drain', '1'],
      env,
      folder: this.folder,
    });
    process.start();
    return process;
  }

  async #work(seed: number): Promise<void> {
    const client = this.#both;
    await client.projects.create({ name: project });
    for (const name of ledgerDatabases) await client.databases.add({ name, kind: 'external' });
    const env = { ...plainEnv(), LABKEEP_SERVER: this.#urls.join(','), LABKEEP_TOKEN: this.#token };
    for (const name of ['worker-1', 'worker-2']) {
      const args = ['worker', '--name', name, '--slots', '4', '--folder', join(this.folder, name)];
      const worker = new KeptProcess({ name, args, env, folder: this.folder });
      worker.start();
      this.#workers.push(worker);
    }
    const submitters = ['ada', 'bob'].map((name, index) =>
      submitJobs(
        {
          name,
          client,
          project,
          folder: this.folder,
          chance: new SeededChance(seed + index),
          open: () => this.#acknowledged.length - this.#final.size,
          acknowledge: (jobs) => this.#acknowledged.push(...jobs),
        },
        this.#over.signal,
      ),
    );
    const stream = follow(client, this.#silent.signal, (event) => {
      this.#streamed.push(event);
      for (const { ref, state } of event.jobs) if (isFinal(state)) this.#final.add(ref);
    });
    this.#load = [...submitters, stream];
  }
}
