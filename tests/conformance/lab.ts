/** A storage with a project, a scientist who may write in it, and workers: where the cases of the suite happen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordedEvent } from '../../src/core/events/event.ts';
import { Fault, type FaultCode } from '../../src/core/faults.ts';
import type { JobDetails, JobRecord } from '../../src/core/jobs/job.ts';
import { type JobPlace, readReference } from '../../src/core/jobs/reference.ts';
import { type JobRequest, specifyJob } from '../../src/core/jobs/specify.ts';
import { type Durations, defaultDurations } from '../../src/core/leases/durations.ts';
import type { NewToken } from '../../src/ports/records/tokens.ts';
import type { OfferedJob } from '../../src/ports/records/workers.ts';
import type { Actor, Idempotency, JobAct, Storage, SweepReport } from '../../src/ports/storage.ts';
import { FakeChance, FakeClock, type Harness, type Opened } from './harness.ts';
import { allEvents, checkHistory } from './history.ts';
import { type LabProfile, LabWorker } from './lab-worker.ts';

export interface LabOptions {
  readonly durations?: Partial<Durations>;
  /** Events that are too old are gone: the history cannot be followed from its beginning. */
  readonly trimmed?: boolean;
  /** The case closes the storage and opens it again. */
  readonly reopens?: boolean;
}

const caseMs = 120_000;

export type Case = (name: string, body: (lab: Lab) => Promise<void>, options?: LabOptions) => void;

/** Registers cases of the suite for one storage. Each has a storage of its own, whose history is checked at the end. */
export function casesFor(harness: Harness): Case {
  return (name, body, options = {}) => {
    const skip = harness.unavailable ?? (options.reopens === true && harness.forgets) ?? false;
    test(`${harness.name}: ${name}`, { skip, timeout: caseMs }, async () => {
      const lab = await Lab.open(harness, options);
      try {
        await body(lab);
        if (options.trimmed !== true) await checkHistory(lab.storage);
      } finally {
        await lab.close();
      }
    });
  };
}

/** The project in which everything happens that does not say otherwise, and the scientist who does it. */
export const project = 'toxd';
/** Another project, where a case makes one. */
export const elsewhere = 'elsewhere';
export const ada: Actor = { principal: 'ada' };

export class Lab {
  readonly clock: FakeClock;
  readonly chance: FakeChance;
  readonly durations: Durations;
  #opened: Opened;
  #storage: Storage;
  #tokens = 0;

  private constructor(opened: Opened, clock: FakeClock, chance: FakeChance, durations: Durations) {
    this.#opened = opened;
    this.#storage = opened.storage;
    this.clock = clock;
    this.chance = chance;
    this.durations = durations;
  }

  static async open(harness: Harness, { durations }: LabOptions): Promise<Lab> {
    const clock = new FakeClock();
    const chance = new FakeChance();
    const opened = await harness.open({ clock, chance, ...(durations === undefined ? {} : { durations }) });
    const lab = new Lab(opened, clock, chance, { ...defaultDurations, ...durations });
    await lab.createProject(project);
    await lab.grant({ principal: ada.principal });
    return lab;
  }

  get storage(): Storage {
    return this.#storage;
  }

  /** Closes the storage and opens it again, as a server does that is started anew. */
  async reopen(): Promise<void> {
    assert.ok(this.#opened.reopen, 'this storage is gone when it is closed');
    await this.#storage.close();
    this.#storage = await this.#opened.reopen();
  }

  async close(): Promise<void> {
    await this.#storage.close();
    await this.#opened.remove?.();
  }

  createProject(name: string, directory: string | null = null) {
    return this.storage.createProject({ by: ada, name, title: null, directory, metadata: null });
  }

  /** Gives a principal a token; without more, one that allows to submit jobs anywhere. */
  async grant(token: Partial<NewToken>): Promise<string> {
    const id = `token-${++this.#tokens}`;
    const plain = { id, secretHash: 'f'.repeat(64), principal: 'ada', role: 'contributor' } as const;
    const whole = { ...plain, project: null, use: 'token', expiresInMs: null, ...token } as const;
    await this.storage.createToken({ by: { principal: 'root' }, token: whole });
    return id;
  }

  /** Submits one job: the command `true` where nothing else is said. */
  async submit(request: JobRequest = {}, more: SubmitOptions = {}): Promise<JobRecord> {
    const [job] = await this.submitAll([request], more);
    assert.ok(job);
    return job;
  }

  submitAll(requests: readonly JobRequest[], more: SubmitOptions = {}): Promise<readonly JobRecord[]> {
    const owner = more.owner ?? ada.principal;
    const jobs = requests.map((request) => ({
      ...specifyJob({ command: ['true'], ...request }, owner),
      rerunOf: more.rerunOf ?? null,
    }));
    const by =
      more.idempotency === undefined
        ? { principal: owner }
        : { principal: owner, idempotency: more.idempotency };
    return this.storage.insertJobs({ by, project: more.project ?? project, jobs });
  }

  job(ref: string): Promise<JobDetails> {
    return this.storage.getJob(placeOf(ref));
  }

  /** State and reason in one word, such as `waiting/held`. */
  async state(ref: string): Promise<string> {
    const { state, reason } = await this.job(ref);
    return reason === null ? state : `${state}/${reason}`;
  }

  states(...refs: readonly string[]): Promise<readonly string[]> {
    return Promise.all(refs.map((ref) => this.state(ref)));
  }

  act(act: JobAct, ...refs: readonly string[]): Promise<readonly JobRecord[]> {
    return this.storage.moveJobs({ by: ada, places: refs.map(placeOf), act });
  }

  async list(name = project): Promise<readonly JobRecord[]> {
    return (await this.storage.listJobs({ project: name, limit: 1000 })).items;
  }

  attempts(ref: string) {
    return this.storage.listAttempts(placeOf(ref));
  }

  /** Registers a worker; without more, one of ada’s that runs everything. */
  worker(profile: Partial<LabProfile> = {}) {
    return LabWorker.register(() => this.storage, { name: 'node07', principal: ada.principal, ...profile });
  }

  /** What the registration of the worker that `worker` gives is answered with. */
  register() {
    const profile = {
      name: 'node07',
      principal: ada.principal,
      labels: {},
      tasks: [],
      capacity: 4,
      accept: [],
    };
    return this.storage.registerWorker({ profile });
  }

  /** Has a worker of ada’s take one job and start it. */
  async started(worker: LabWorker): Promise<OfferedJob> {
    const [offer] = await worker.take(1);
    assert.ok(offer, 'there is a job to start');
    return offer;
  }

  /** What a restore makes of the storage, and then time until the leases of before are over. */
  async restored() {
    const begun = await this.storage.startIncarnation();
    await this.storage.sweep();
    await this.pass(this.durations.leaseMs);
    return begun;
  }

  /** Lets time pass while the server sweeps as it should. Gives what the sweeps moved. */
  async pass(ms: number): Promise<SweepReport> {
    const end = this.clock.now() + ms;
    const sum = { extendedMs: 0, moved: 0, lostWorkers: 0 };
    while (this.clock.now() < end) {
      this.clock.set(Math.min(end, this.clock.now() + 2 * this.durations.sweepMs));
      const swept = await this.storage.sweep();
      sum.extendedMs += swept.extendedMs;
      sum.moved += swept.moved;
      sum.lostWorkers += swept.lostWorkers;
    }
    return sum;
  }

  events(): Promise<RecordedEvent[]> {
    return allEvents(this.storage);
  }

  /** The events of an act: those that came while it was done. */
  async eventsOf(act: () => Promise<unknown>): Promise<RecordedEvent[]> {
    const before = (await this.events()).length;
    await act();
    return (await this.events()).slice(before);
  }

  /** Asserts that an act is refused with this fault, and that nothing of it is kept. */
  async refuses(code: FaultCode, act: () => Promise<unknown>): Promise<Fault> {
    const before = await this.snapshot();
    const fault = await faultOf(act);
    assert.equal(fault.code, code, fault.message);
    assert.deepEqual(await this.snapshot(), before, 'a refused act changes nothing');
    return fault;
  }

  /** Asserts that an act is accepted, and changes nothing that anybody can see. */
  async changesNothing<T>(act: () => Promise<T>): Promise<T> {
    const before = await this.snapshot();
    const answer = await act();
    assert.deepEqual(await this.snapshot(), before, 'the act changes nothing');
    return answer;
  }

  /** All that can be seen from outside. */
  async snapshot() {
    const projects = (await this.storage.listProjects({ limit: 1000 })).items;
    const jobs = await Promise.all(
      projects.map(({ name }) => this.storage.listJobs({ project: name, limit: 1000 })),
    );
    const refs = jobs.flatMap((page) => page.items.map((job) => `${job.project}/${job.number}`)).slice(0, 50);
    return {
      projects,
      jobs,
      details: await Promise.all(refs.map((ref) => this.job(ref))),
      attempts: await Promise.all(refs.map((ref) => this.attempts(ref))),
      events: await this.events(),
      tokens: await this.storage.listTokens({ limit: 1000 }),
      databases: await this.storage.listDatabases({ limit: 1000 }),
      sessions: await this.storage.listSessions({ ended: true, limit: 1000 }),
      locks: await this.storage.listLocks({ path: null, limit: 1000 }),
    };
  }
}

interface SubmitOptions {
  readonly project?: string;
  readonly owner?: string;
  readonly idempotency?: Idempotency;
  readonly rerunOf?: string;
}

export function placeOf(ref: string): JobPlace {
  return readReference(ref, 'ref', project);
}

export async function faultOf(act: () => Promise<unknown>): Promise<Fault> {
  const outcome = await act().then(
    () => null,
    (error: unknown) => error,
  );
  if (outcome instanceof Fault) return outcome;
  throw new assert.AssertionError({
    message: `expected a fault, found ${outcome ?? 'an answer'}`,
    actual: outcome,
  });
}
