/**
 * Random histories of jobs that lock, sessions and closures: every storage does what the plain model does, which looks
 * at everybody again after each act; and nobody holds what another’s lock excludes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/core/faults.ts';
import { conflicts } from '../../src/core/locks/modes.ts';
import { expand } from '../../src/core/locks/wishes.ts';
import type { OfferedJob } from '../../src/ports/records/workers.ts';
import { openMemory } from '../../src/storage/memory/open.ts';
import type { Harness } from './harness.ts';
import { allLocks, line, locking, numbers } from './job-locks.ts';
import { Lab } from './lab.ts';
import type { LabWorker } from './lab-worker.ts';
import { addDatabases, LabSession } from './lock-lab.ts';
import { playRandom } from './random-histories.ts';

const sets = [
  'a:shared',
  'a:shared',
  'a:exclusive',
  'a/x:exclusive',
  'a/y:shared b:shared',
  'a:shared b:exclusive',
];
const some = (limit: number) => fc.nat(limit - 1);

const randomAct = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('submit' as const), set: some(sets.length), task: some(3) }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      worker: some(2),
      capacity: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('finish' as const),
      which: some(99),
      outcome: fc.constantFrom('succeeded' as const, 'failed' as const, 'returned' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      which: some(99),
      act: fc.constantFrom('hold' as const, 'release' as const, 'cancel' as const, 'retry' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      session: some(3),
      set: some(sets.length),
      wait: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('leave' as const), session: some(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('close' as const), name: fc.constantFrom('a', 'b') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('open' as const), name: fc.constantFrom('a', 'b') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('turn' as const),
      name: fc.constantFrom('a', 'b'),
      state: fc.constantFrom('on' as const, 'on' as const, 'off' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('break' as const), which: some(99) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('trade' as const), worker: some(2), all: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      steps: fc.constantFrom(1, 1, 4),
      awake: some(3),
    }),
  },
);
type Chosen = typeof randomAct extends fc.Arbitrary<infer T> ? T : never;

/** So far apart are the sweeps; a worker that is silent for several of them is lost. */
const stepMs = 20_000;

/** One storage, to which the acts of a history are done. */
class Played {
  readonly lab: Lab;
  readonly #workers: LabWorker[] = [];
  readonly #sessions: LabSession[] = [];
  #attempts: { readonly worker: LabWorker; readonly offer: OfferedJob }[] = [];

  private constructor(lab: Lab) {
    this.lab = lab;
  }

  static async open(harness: Harness): Promise<Played> {
    const played = new Played(await Lab.open(harness, { durations: { sweepMs: stepMs / 2 } }));
    await addDatabases(played.lab, 'a', 'b');
    for (const [name, tasks] of [
      ['w0', ['command']],
      ['w1', []],
    ] as const)
      played.#workers.push(await played.lab.worker({ name, tasks: [...tasks] }));
    for (const name of ['s0', 's1', 's2'])
      played.#sessions.push(await LabSession.open(played.lab, { name, leaseMs: 600_000 }));
    return played;
  }

  /** Does an act, and says what came of it. */
  async play(chosen: Chosen): Promise<unknown> {
    const answer = await this.#do(chosen).catch((error: unknown) => {
      if (error instanceof Fault) return error.code;
      throw error;
    });
    const jobs = (await this.lab.list()).map(({ number, state, reason }) => `${number} ${state} ${reason}`);
    return { answer, line: await line(this.lab), jobs, databases: await this.#databases() };
  }

  async #databases(): Promise<readonly string[]> {
    const { items } = await this.lab.storage.listDatabases({ limit: 10 });
    return items.map(({ name, state }) => `${name} ${state}`);
  }

  async #do(chosen: Chosen): Promise<unknown> {
    const by = { principal: 'root' };
    const { storage } = this.lab;
    switch (chosen.kind) {
      case 'submit': {
        const work = chosen.task === 0 ? {} : { task: 'blast', command: null };
        const retry = chosen.task === 2 ? { onLost: 'retry' as const } : {};
        return (await this.lab.submit(locking(sets[chosen.set] ?? '', { ...work, ...retry }))).number;
      }
      case 'claim': {
        const worker = this.#worker(chosen.worker);
        const offers = await worker.take(chosen.capacity);
        for (const offer of offers) this.#attempts.push({ worker, offer });
        return numbers(offers);
      }
      case 'finish': {
        const it = this.#attempts[chosen.which % Math.max(1, this.#attempts.length)];
        if (it === undefined) return null;
        this.#attempts = this.#attempts.filter((other) => other !== it);
        return (await it.worker.finish(it.offer, chosen.outcome)).applied;
      }
      case 'move': {
        const jobs = await this.lab.list();
        const job = jobs[chosen.which % Math.max(1, jobs.length)];
        if (job !== undefined) await this.lab.act(chosen.act, job.number);
        return job?.number;
      }
      case 'ask': {
        const session = this.#session(chosen.session);
        const set = (sets[chosen.set] ?? '').split(' ');
        return (await (chosen.wait ? session.wait(...set) : session.take(...set))).state;
      }
      case 'leave': {
        const session = this.#session(chosen.session);
        const locks = await allLocks(this.lab);
        const own = locks.filter(({ holder }) => holder.kind === 'session' && holder.session === session.id);
        return session.release(...own);
      }
      case 'close':
        return (
          await storage.closeDatabase({ by, name: chosen.name, reason: null, until: null, graceMs: 600_000 })
        ).state;
      case 'open':
        return (await storage.reopenDatabase({ by, name: chosen.name, release: null })).state;
      case 'turn': {
        const { name, state } = chosen;
        return (await storage.changeDatabase({ by, name, revision: null, changes: { state } })).state;
      }
      case 'break': {
        const locks = await allLocks(this.lab);
        const lock = locks[chosen.which % Math.max(1, locks.length)];
        return lock === undefined ? null : (await storage.breakLock({ by, ticket: lock.ticket })).state;
      }
      case 'trade': {
        const name = `w${chosen.worker}`;
        await this.lab.worker({ name, tasks: chosen.all ? [] : ['command'] });
        return name;
      }
      case 'pass':
        return this.#pass(chosen.steps, chosen.awake);
    }
  }

  /** Lets time pass, while the sessions and the workers from `awake` on are heard of. */
  async #pass(steps: number, awake: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      await this.lab.pass(stepMs);
      for (const worker of this.#workers.slice(awake)) await worker.renew();
    }
    for (const session of this.#sessions) await session.renew();
  }

  #worker(index: number): LabWorker {
    const found = this.#workers[index];
    assert.ok(found);
    return found;
  }

  #session(index: number): LabSession {
    const found = this.#sessions[index];
    assert.ok(found);
    return found;
  }

  /** Two locks that exclude each other are not held at one time. */
  async checkAlone(): Promise<void> {
    const held = (await allLocks(this.lab)).filter(({ state }) => state === 'granted');
    for (const [index, one] of held.entries())
      for (const other of held.slice(index + 1))
        for (const claim of expand(one.locks))
          for (const against of expand(other.locks))
            assert.ok(
              claim.path !== against.path || !conflicts(claim.mode, against.mode),
              `${one.ticket} and ${other.ticket} both hold ${claim.path}`,
            );
  }
}

const plain: Harness = {
  name: 'memory',
  casesAtOnce: 1,
  histories: 0,
  chain: 0,
  forgets: 'the plain model',
  open: async (options) => ({ storage: openMemory(options) }),
};

/** How many histories each storage goes through; the long form of the test sets more. */
const asked = Number(process.env.LABKEEP_TEST_LOCK_HISTORIES ?? 0);
const searchMs = asked > 0 ? 30 * 60_000 : 30_000;

export function jobLocksModel(harness: Harness): void {
  const skip = harness.unavailable ?? false;
  const title = `${harness.name}: in random histories jobs get their locks as the plain model says`;
  test(title, { skip, timeout: searchMs + 60_000 }, async () => {
    const histories = fc.array(randomAct, { minLength: 40, maxLength: 120, size: 'max' });
    const play = async (chosen: Chosen[]) => {
      const [real, model] = [await Played.open(harness), await Played.open(plain)];
      try {
        for (const each of chosen) {
          assert.deepEqual(await real.play(each), await model.play(each), JSON.stringify(each));
          await real.checkAlone();
        }
      } finally {
        await real.lab.close();
        await model.lab.close();
      }
    };
    const runs = asked > 0 ? asked : Math.max(10, harness.histories);
    await playRandom({ histories, runs, searchMs, play });
  });
}
