/**
 * A storage and the reference model side by side, with one clock and the same chance. Every act is done on both;
 * what they answer, and what can be seen of them afterwards, must be the same.
 */
import assert from 'node:assert/strict';
import type { RecordedEvent } from '../../src/core/events/event.ts';
import { Fault } from '../../src/core/faults.ts';
import { judgeDependency } from '../../src/core/jobs/place.ts';
import { readReference, writeReference } from '../../src/core/jobs/reference.ts';
import type { AttemptClaim, HeldAttempt } from '../../src/ports/records/workers.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { openMemory } from '../../src/storage/memory/open.ts';
import { FakeChance, FakeClock, type Harness, type Opened } from './harness.ts';
import { checkHistory } from './history.ts';

/** Short, so that a few sweeps bring leases and offers to their end. */
export const durations = { offerMs: 5_000, leaseMs: 9_000, sweepMs: 1_000 };
export const projects = ['p', 'q'] as const;

/** An attempt as its worker remembers it. */
export interface Hand extends AttemptClaim {
  state: HeldAttempt['state'];
}

/** A worker, with what it thinks it holds and what it held before. */
export interface Party {
  readonly id: number;
  readonly principal: string;
  hands: Hand[];
  readonly past: Hand[];
}

export interface KnownJob {
  readonly ref: string;
  readonly owner: string;
  trashed: boolean;
}

export class World {
  readonly clock: FakeClock;
  jobs: KnownJob[] = [];
  readonly parties: Party[] = [];
  readonly #chances: readonly FakeChance[];
  readonly #tried: Opened;
  readonly #reference: Storage;
  #seen = 0;
  #greatestEpoch = 0;

  private constructor(clock: FakeClock, chances: readonly FakeChance[], tried: Opened, reference: Storage) {
    this.clock = clock;
    this.#chances = chances;
    this.#tried = tried;
    this.#reference = reference;
  }

  static async open(harness: Harness): Promise<World> {
    const clock = new FakeClock();
    const [ours, theirs] = [new FakeChance(), new FakeChance()];
    const tried = await harness.open({ clock, chance: theirs, durations });
    const world = new World(clock, [ours, theirs], tried, openMemory({ clock, chance: ours, durations }));
    await world.#prepare();
    return world;
  }

  /** Eve has no right to run jobs: hers are denied when they are to be handed out. */
  async #prepare(): Promise<void> {
    const by = { principal: 'root' };
    const plain = { secretHash: '0'.repeat(64), project: null, use: 'token', expiresInMs: null } as const;
    for (const name of projects)
      await this.#each((it) => it.createProject({ by, name, title: null, directory: null, metadata: null }));
    for (const principal of ['ada', 'bob'])
      await this.#each((it) =>
        it.createToken({ by, token: { ...plain, id: principal, principal, role: 'contributor' } }),
      );
    await this.#enlist('ada', [], []);
    await this.#enlist('ada', ['align'], []);
    await this.#enlist('bob', ['*'], ['ada', 'eve']);
    await this.#enlist('robot', ['command', 'fold'], ['ada', 'bob', 'eve']);
  }

  async #enlist(principal: string, tasks: readonly string[], accept: readonly string[]): Promise<void> {
    const name = `node${this.parties.length}`;
    const isNamed = principal !== 'robot';
    const at = isNamed ? { host: `${name}.lab`, account: principal } : {};
    const profile = { name, principal, labels: {}, tasks, capacity: 3, accept, ...at };
    const answer = await this.both((it) => it.registerWorker({ profile }));
    assert.ok(!(answer instanceof Fault));
    this.parties.push({ id: answer.worker, principal, hands: [], past: [] });
  }

  set drawn(chance: number) {
    for (const each of this.#chances) each.drawn = chance;
  }

  /** Does an act on both, and compares what they answer and what can be seen then. A refusal is an answer too. */
  async both<T>(act: (storage: Storage) => Promise<T>): Promise<T | Fault> {
    const expected = await outcomeOf(act(this.#reference));
    const found = await outcomeOf(act(this.#tried.storage));
    assert.deepEqual(comparable(found), comparable(expected), 'the answers differ');
    await this.compare();
    return found;
  }

  /** The event stream since the last comparison, all lists, and all about the jobs that moved. */
  async compare(): Promise<void> {
    const [found, expected] = await this.#each((it) => this.#newEvents(it));
    assert.deepEqual(normalized(found), normalized(expected), 'the events differ');
    this.#seen += expected.length;
    for (const project of projects)
      await this.#same((it) => it.listJobs({ project, limit: 1000 }).then(itemsOf));
    await this.#same((it) => it.listWorkers({ limit: 100 }).then(itemsOf));
    const moved = new Set(
      expected.flatMap(({ type, jobs }) => (type === 'jobs.purged' ? [] : jobs.map(({ ref }) => ref))),
    );
    for (const ref of moved) await this.#compareJob(ref);
  }

  isTrashed(ref: string): Promise<boolean> {
    return this.#reference.getJob(readReference(ref, 'ref')).then(({ trashedAt }) => trashedAt !== null);
  }

  /** Jobs that are no more: neither storage knows them. */
  forget(gone: readonly KnownJob[]): void {
    this.jobs = this.jobs.filter((job) => !gone.includes(job));
  }

  async #compareJob(ref: string): Promise<void> {
    const place = readReference(ref, 'ref');
    await this.#same((it) => it.getJob(place));
    await this.#same((it) => it.listAttempts(place));
    await this.#same(async (it) => {
      const { live, unmet, ahead, servingWorkers, worker, limit } = await it.explainJob(place);
      const sorted = [...unmet].sort((a, b) => (a.ref < b.ref ? -1 : 1));
      // Once a job has ended, only what ended it matters: the others were not judged any more.
      if (live === null) return sorted.filter(({ on, state }) => judgeDependency(on, state) === 'impossible');
      // Ids of projects and classes are each storage’s own. What is pending counts only where a job waits for it:
      // a draft is judged when it is submitted, and a job that takes its state from children goes on with them.
      const { classId, projectId: _, policy: __, pending, ...rest } = live;
      const waits = live.state === 'waiting' ? pending : null;
      return { ...rest, waits, isContainer: classId === null, sorted, ahead, servingWorkers, worker, limit };
    });
  }

  async #same<T>(read: (storage: Storage) => Promise<T>): Promise<void> {
    const [found, expected] = await this.#each(read);
    assert.deepEqual(found, expected);
  }

  async #each<T>(read: (storage: Storage) => Promise<T>): Promise<readonly [found: T, expected: T]> {
    return [await read(this.#tried.storage), await read(this.#reference)];
  }

  async #newEvents(storage: Storage): Promise<readonly RecordedEvent[]> {
    const { incarnation } = await storage.status();
    const after = { incarnation, sequence: this.#seen };
    return (await storage.listEvents({ after, limit: 1000, project: null })).items;
  }

  /** Epochs only rise from one claim to the next. */
  noteEpoch(epoch: number): void {
    assert.ok(epoch > this.#greatestEpoch, `epoch ${epoch} after ${this.#greatestEpoch}`);
    this.#greatestEpoch = epoch;
  }

  /** No job is in two hands, and none that was acknowledged is missing or there twice. */
  async checkPlaces(): Promise<void> {
    const storage = this.#tried.storage;
    const pages = await Promise.all(projects.map((project) => storage.listJobs({ project, limit: 1000 })));
    const listed = pages.flatMap(({ items }) => items);
    const kept = this.jobs.filter(({ trashed }) => !trashed).map(({ ref }) => ref);
    assert.deepEqual(listed.map(writeReference).sort(), kept.sort());
    // What runs and has no attempt takes its state from its children: no worker holds it.
    const held = listed.filter(
      ({ state, attempts, origin }) =>
        origin === 'queued' &&
        (state === 'offered' || state === 'lost' || (state === 'running' && attempts > 0)),
    );
    const { items } = await storage.listWorkers({ limit: 100 });
    const holding = items.reduce((sum, worker) => sum + worker.holding, 0);
    assert.equal(holding, held.length, 'each job that is with a worker is with one');
  }

  async checkEnd(): Promise<void> {
    await this.checkPlaces();
    await checkHistory(this.#tried.storage);
    for (const { ref } of this.jobs) await this.#compareJob(ref);
  }

  async close(): Promise<void> {
    await this.#tried.storage.close();
    await this.#tried.remove?.();
  }
}

async function outcomeOf<T>(answer: Promise<T>): Promise<T | Fault> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

function comparable(outcome: unknown): unknown {
  return outcome instanceof Fault ? `refused: ${outcome.code}` : outcome;
}

function itemsOf<T>({ items }: { readonly items: readonly T[] }): readonly T[] {
  return items;
}

/** The events of one act have no order of their own, nor have the jobs in them. */
function normalized(events: readonly RecordedEvent[]): readonly unknown[] {
  return events
    .map(({ sequence: _, jobs, ...event }) => ({
      ...event,
      jobs: jobs.map(({ ref, state, revision }) => `${ref} ${revision} ${state}`).sort(),
    }))
    .map((event) => ({ key: JSON.stringify(event), event }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ event }) => event);
}
