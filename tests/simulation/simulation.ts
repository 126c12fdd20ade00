/** One simulation, from its seed alone: a storm, then calm, and what is wrong after any step of it. */

import { writeReference } from '../../src/core/jobs/reference.ts';
import { isFinal } from '../../src/core/jobs/states.ts';
import type { Log } from '../../src/ports/log.ts';
import { SeededChance } from '../crash-loop/chance.ts';
import { SimulatedClient, Wishes } from './clients.ts';
import { Clockwork } from './clockwork.ts';
import { Judge } from './judge.ts';
import { ada, databases, project } from './lab.ts';
import { Ledger } from './ledger.ts';
import { Mishaps } from './mishaps.ts';
import { Network } from './network.ts';
import type { Plant } from './plants.ts';
import { Reader } from './reader.ts';
import { Server } from './server.ts';
import { Store } from './store.ts';
import { drawWeather, type Weather } from './weather.ts';
import { SimulatedWorker } from './worker.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly plant?: Plant | null;
  readonly trace?: ((line: string) => void) | undefined;
}

export interface Outcome {
  readonly seed: number;
  readonly weather: Weather;
  readonly steps: number;
  readonly virtualMs: number;
  readonly jobs: number;
  readonly runs: number;
  readonly mishaps: number;
  /** The first thing that must never be, and when it was seen; null if there was none. */
  readonly breach: { readonly what: string; readonly step: number; readonly atMs: number } | null;
}

/** After the storm everything comes to its end within so long (ms), or never does. */
const calmMsMax = 20 * 60_000;

export async function simulate(options: SimulationOptions): Promise<Outcome> {
  const simulation = await Simulation.open(options);
  try {
    return await simulation.run();
  } finally {
    await simulation.close();
  }
}

export class Simulation {
  readonly clockwork: Clockwork;
  readonly weather: Weather;
  readonly chance: SeededChance;
  readonly network: Network;
  readonly ledger: Ledger;
  readonly judge: Judge;
  readonly wishes = new Wishes();
  readonly servers: Server[] = [];
  readonly workers: SimulatedWorker[];
  readonly store: Store;
  readonly reader: Reader;
  readonly #seed: number;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #clients: readonly SimulatedClient[];
  readonly #mishaps: Mishaps;
  #breach: Outcome['breach'] = null;
  #calm = false;
  #restoring = false;
  #seen = 0;
  #judged = 0;

  static async open({ seed, plant = null, trace }: SimulationOptions): Promise<Simulation> {
    const clockwork = new Clockwork();
    const chance = new SeededChance(seed);
    const weather = drawWeather(seed, chance);
    let claim = (): ((epoch: number) => void) => () => undefined;
    const store = await Store.open({
      kind: weather.storage,
      clockwork,
      chance: tokens(chance),
      plant,
      onClaim: () => claim(),
    });
    const simulation = new Simulation(seed, clockwork, chance, weather, store, trace);
    claim = () => simulation.judge.claim();
    return simulation;
  }

  private constructor(
    seed: number,
    clockwork: Clockwork,
    chance: SeededChance,
    weather: Weather,
    store: Store,
    trace: ((line: string) => void) | undefined,
  ) {
    this.#seed = seed;
    this.clockwork = clockwork;
    this.chance = chance;
    this.weather = weather;
    this.store = store;
    this.#trace = trace;
    const breach = (what: string): void => this.breach(what);
    this.network = new Network({ clockwork, chance, weather, trace: (what) => this.trace(what) });
    this.ledger = new Ledger(clockwork, breach);
    this.judge = new Judge(this.ledger, this.wishes, breach);
    const servers = Array.from({ length: weather.servers }, (_, index) => `server${index}`);
    const around = { clockwork, chance, network: this.network, servers, ledger: this.ledger };
    this.workers = Array.from(
      { length: weather.workers },
      (_, index) =>
        new SimulatedWorker({
          ...around,
          name: `worker${index}`,
          clock: store.clock,
          log: this.#log(`worker${index}`),
        }),
    );
    this.#clients = ['ann', 'bob'].map(
      (name) => new SimulatedClient({ ...around, name, wishes: this.wishes }),
    );
    this.reader = new Reader(this, breach);
    this.#mishaps = new Mishaps(this);
  }

  breach(what: string): void {
    this.trace(`BREACH ${what}`);
    this.#breach ??= { what, step: this.clockwork.steps, atMs: this.clockwork.now };
  }

  trace(what: string | (() => string)): void {
    if (this.#trace === undefined) return;
    const text = typeof what === 'string' ? what : what();
    this.#trace(`${String(this.clockwork.now).padStart(8)} ${text}`);
  }

  /** Starts the server of this place, unless it runs. */
  startServer(index: number): void {
    if (this.servers[index]?.process.isDead === false) return;
    const name = `server${index}`;
    const server = new Server({
      name,
      clockwork: this.clockwork,
      chance: tokens(this.chance),
      store: this.store,
      refused: () => (this.#calm ? 0 : this.weather.refused),
      alone: this.weather.servers === 1,
      breach: (what) => this.breach(what),
    });
    this.servers[index] = server;
    this.network.attach(name, server);
    this.trace(`${name} starts`);
  }

  async run(): Promise<Outcome> {
    const { clockwork, weather } = this;
    await this.#prepare();
    for (let index = 0; index < weather.servers; index++) this.startServer(index);
    for (const worker of this.workers) worker.start();
    this.reader.begin();
    this.#plan();
    const afterStep = (): Promise<void> => this.#afterStep();
    await clockwork.run(() => this.#breach !== null || clockwork.now >= weather.stormMs, afterStep);
    this.#becalm();
    const end = clockwork.now + calmMsMax;
    await clockwork.run(() => this.#breach !== null || this.#isOver() || clockwork.now >= end, afterStep);
    if (this.#breach === null) this.judge.lookBack();
    if (this.#breach === null) this.reader.compare(this.judge.events);
    return {
      seed: this.#seed,
      weather,
      steps: clockwork.steps,
      virtualMs: clockwork.now,
      jobs: this.judge.jobs.length,
      runs: this.ledger.runs.length,
      mishaps: this.#mishaps.count,
      breach: this.#breach,
    };
  }

  /** Everybody is killed, so that nothing goes on behind the one that comes next. */
  async close(): Promise<void> {
    for (const { process } of [...this.servers, ...this.workers]) process.kill();
    await this.store.close();
  }

  /** The backup takes the place of the storage, while no server runs; later they are started again. */
  restore(): void {
    for (const { process } of this.servers) process.kill();
    this.#restoring = true;
  }

  async #restore(): Promise<void> {
    this.#restoring = false;
    await this.store.restore();
    this.ledger.incarnation += 1;
    await this.judge.restored(this.store.storage);
    for (const index of this.servers.keys())
      this.clockwork.after(this.chance.between(100, 5_000), () => this.startServer(index));
  }

  async #prepare(): Promise<void> {
    const { storage } = this.store;
    const by = { principal: ada.principal.name };
    await storage.createToken({
      by,
      token: {
        id: 'token',
        secretHash: 'f'.repeat(64),
        principal: by.principal,
        role: 'admin',
        project: null,
        use: 'token',
        expiresInMs: null,
      },
    });
    await storage.createProject({ by, name: project, title: null, directory: null, metadata: null });
    const plain = {
      tag: null,
      description: '',
      settings: {},
      release: null,
      declaredIn: null,
      state: 'on',
    } as const;
    for (const name of databases)
      await storage.addDatabase({ by, database: { ...plain, name, kind: 'external' } });
  }

  /** What people do, and what goes wrong, until the storm is over. */
  #plan(): void {
    const { clockwork, chance, weather } = this;
    const later = (act: () => void): void => void clockwork.after(chance.between(0, weather.stormMs), act);
    const client = (): SimulatedClient | undefined => chance.oneOf(this.#clients);
    for (let jobs = 0; jobs < weather.jobs; jobs += 2)
      later(() => {
        const it = client();
        void it?.submit(it.draw());
      });
    for (let acts = chance.between(0, 8); acts > 0; acts--)
      later(() => {
        const ref = chance.oneOf([...this.wishes.acknowledged]);
        const act = chance.weighted({ cancel: 4, retry: 3, hold: 2, release: 1 });
        if (ref !== undefined) void client()?.move(ref, act);
      });
    for (let locks = chance.between(0, 4); locks > 0; locks--) later(() => void client()?.lock());
    this.#mishaps.plan();
  }

  /** Nothing goes wrong any more: everything runs, and what needs a person gets one. */
  #becalm(): void {
    this.#calm = true;
    this.network.becalm();
    this.#mishaps.mend();
    this.trace('the storm is over');
    this.#attend();
  }

  #attend(): void {
    for (const worker of this.workers) worker.start();
    for (const job of this.judge.jobs) {
      const ref = writeReference(job);
      if (job.state === 'lost') void this.#clients[0]?.move(ref, 'cancel');
      if (job.state === 'waiting' && job.reason === 'held') void this.#clients[0]?.move(ref, 'release');
    }
    this.clockwork.after(10_000, () => this.#attend());
  }

  #isOver(): boolean {
    return (
      this.wishes.open === 0 &&
      this.judge.jobs.every(({ state }) => isFinal(state)) &&
      this.reader.hasRead(this.judge.events, this.judge.incarnation) &&
      this.workers.every(({ isIdle }) => isIdle)
    );
  }

  async #afterStep(): Promise<void> {
    if (this.#restoring) await this.#restore();
    const { storage } = this.store;
    for (; this.#judged < this.ledger.runs.length; this.#judged++) {
      const run = this.ledger.runs[this.#judged];
      if (run !== undefined) await this.judge.judgeStart(storage, run);
    }
    if (this.store.changes === this.#seen) return;
    this.#seen = this.store.changes;
    await this.judge.look(storage);
  }

  #log(name: string): Log {
    const say = (facts: object, message: string): void =>
      this.trace(() => `${name}: ${message} ${JSON.stringify(facts)}`);
    return { info: say, warn: say, error: say };
  }
}

/** The same chance, with names drawn from it. */
function tokens(chance: SeededChance) {
  return {
    next: () => chance.next(),
    token: (bytes: number) =>
      Array.from({ length: bytes }, () => chance.between(0, 255).toString(16).padStart(2, '0')).join(''),
  };
}
