import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingClaims } from '../../src/app/waiting.ts';
import { WaitingRoom } from '../../src/app/waiting-room.ts';
import { kindsOf, type WorkKind } from '../../src/core/dispatch/classes.ts';
import { Fault } from '../../src/core/faults.ts';
import type { ClaimAnswer } from '../../src/ports/records/workers.ts';
import type { Hint } from '../../src/ports/storage.ts';
import type { Timers } from '../../src/ports/timers.ts';

const nothing: ClaimAnswer = {
  offers: [],
  abandon: [],
  cancel: [],
  leaseMs: 60_000,
  serves: { principal: 'ada', tasks: ['a'], accept: [] },
};

/** Time that passes when the test says so. */
class Clockwork implements Timers {
  #now = 0;
  readonly #due = new Map<object, { readonly at: number; readonly act: () => void }>();

  get pending(): number {
    return this.#due.size;
  }

  after(afterMs: number, act: () => void): () => void {
    const key = {};
    this.#due.set(key, { at: this.#now + afterMs, act });
    return () => void this.#due.delete(key);
  }

  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#due]
        .filter(([, { at }]) => at <= end)
        .sort(([, one], [, other]) => one.at - other.at);
      if (next === undefined) break;
      this.#due.delete(next[0]);
      this.#now = next[1].at;
      next[1].act();
      await settled();
    }
    this.#now = end;
  }
}

/** A store of jobs to hand out, by task; and what a hub sees of it. */
class Stock {
  readonly timers = new Clockwork();
  /** Workers that looked, and how often the storage was asked for all at once. */
  readonly asked: number[] = [];
  questions = 0;
  readonly tasks = new Map<string, number>();
  readonly cancels = new Set<number>();
  /** Workers whose lease is over. */
  readonly silent = new Set<number>();
  readonly room: WaitingRoom;
  readonly hub: WaitingClaims;
  #listener: (hint: Hint) => void = () => undefined;

  constructor(max = 10_000) {
    const chance = { next: () => 0.5, token: () => '' };
    this.room = new WaitingRoom({ chance, clock: { now: () => 0 } }, { waitingClaims: max });
    this.hub = new WaitingClaims({
      storage: {
        onHint: (listener) => {
          this.#listener = listener;
          return () => undefined;
        },
        newsFor: async ({ workers }) => {
          this.questions += 1;
          const ready = kindsOf([...this.tasks].flatMap(([task, many]) => (many > 0 ? [kind(task)] : [])));
          return { ready, workers: workers.filter((worker) => this.cancels.has(worker)) };
        },
      },
      timers: this.timers,
      chance,
      room: this.room,
    });
  }

  hint(hint: Partial<Hint>): void {
    this.#listener({ ready: null, event: true, locks: false, workers: [], ...hint });
  }

  add(task: string, many: number): void {
    this.tasks.set(task, (this.tasks.get(task) ?? 0) + many);
  }

  addAndTell(task: string, many = 1): void {
    this.add(task, many);
    this.hint({ ready: [kind(task)] });
  }

  /** A worker that takes one job of one of its tasks, and looks for as long as is said. */
  claim(
    worker: number,
    tasks: readonly string[],
    { capacity = 1, holds = false, looking = Promise.resolve(), gone }: LookOptions = {},
  ): Promise<ClaimAnswer> {
    const serves = this.silent.has(worker) ? null : { principal: 'ada', tasks, accept: [] };
    const ask = async (): Promise<ClaimAnswer> => {
      this.asked.push(worker);
      const task = tasks.find((it) => (this.tasks.get(it) ?? 0) > 0);
      const cancelled = this.cancels.has(worker);
      if (task !== undefined && capacity > 0 && !cancelled && !this.silent.has(worker))
        this.tasks.set(task, (this.tasks.get(task) ?? 0) - 1);
      await looking;
      if (this.silent.has(worker)) return { ...nothing, serves: null };
      if (cancelled) return { ...nothing, serves, cancel: ['1-1'] };
      if (task === undefined || capacity === 0) return { ...nothing, serves };
      return { ...nothing, serves, offers: [{ attempt: `${worker}` } as ClaimAnswer['offers'][number]] };
    };
    return this.hub.wait({ worker, capacity, holds, waitMs: 30_000, first: ask, again: ask, gone });
  }

  /** Many workers that wait, one after the other. */
  async crowd(many: number, tasksOf: (worker: number) => readonly string[]): Promise<Promise<ClaimAnswer>[]> {
    const answers = Array.from({ length: many }, (_, worker) => this.claim(worker, tasksOf(worker)));
    await settled();
    this.asked.length = 0;
    return answers;
  }
}

interface LookOptions {
  readonly capacity?: number;
  readonly holds?: boolean;
  readonly looking?: Promise<void>;
  readonly gone?: AbortSignal;
}

function kind(task: string): WorkKind {
  return { owner: 'ada', task, runs: 'handler' };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('the first to come is the first to be woken', async () => {
  const stock = new Stock();
  const answers = await stock.crowd(3, () => ['a']);
  for (const worker of [0, 1, 2]) {
    stock.addAndTell('a');
    const { offers } = await (answers[worker] ?? assert.fail());
    assert.equal(offers[0]?.attempt, String(worker));
    await settled();
  }
  assert.equal(stock.room.counts.claims, 0);
});

test('who is woken has asked when the hint is over, and so joins the commit of what became ready', async () => {
  const stock = new Stock();
  const [answer] = await stock.crowd(1, () => ['a']);
  stock.addAndTell('a');
  assert.deepEqual(stock.asked, [0]);
  assert.equal((await (answer ?? assert.fail())).offers.length, 1);
});

test('one job wakes one of two thousand, and a second one says that there is no more', async () => {
  const stock = new Stock();
  void (await stock.crowd(2_000, () => ['a']));
  stock.addAndTell('a');
  await settled();
  assert.deepEqual(stock.asked, [0, 1, 2].slice(0, stock.asked.length));
  assert.ok(stock.asked.length <= 3, `${stock.asked.length} looked`);
  assert.equal(stock.room.counts.claims, 1_999);
  await stock.hub.stop();
});

test('a job that a few may serve wakes one of these, though each of all has a task of its own', async () => {
  const stock = new Stock();
  const answers = await stock.crowd(2_000, (worker) => [`own-${worker}`, worker >= 1_990 ? 'rare' : 'often']);
  stock.addAndTell('rare');
  await answers[1_990];
  await settled();
  assert.ok(
    stock.asked.every((worker) => worker >= 1_990),
    `${stock.asked} looked`,
  );
  assert.ok(stock.asked.length <= 3, `${stock.asked.length} looked`);
  stock.addAndTell('nobody');
  await settled();
  assert.ok(stock.asked.length <= 3, 'what nobody may serve wakes nobody');
  await stock.hub.stop();
});

test('where nobody says what became ready, one of each kin looks', async () => {
  const stock = new Stock();
  const answers = await stock.crowd(500, (worker) => [`task-${worker % 5}`]);
  stock.add('task-3', 1);
  stock.hint({ ready: 'any' });
  await answers[3];
  await settled();
  assert.deepEqual(stock.asked.filter((worker) => worker < 5).toSorted(), [0, 1, 2, 3, 4]);
  assert.ok(stock.asked.length <= 7, `${stock.asked.length} looked`);
  await stock.hub.stop();
});

test('many jobs wake many in few rounds, and only as many again as there are jobs for', async () => {
  const stock = new Stock();
  const answers = await stock.crowd(100, () => ['a']);
  stock.addAndTell('a', 31);
  await Promise.all(answers.slice(0, 31));
  await settled();
  assert.equal(stock.tasks.get('a'), 0);
  assert.ok(stock.asked.length <= 63, `${stock.asked.length} were asked`);
  assert.equal(stock.room.counts.claims, 69);
  await stock.hub.stop();
});

test('hints that come while others are being woken are not lost', async () => {
  const stock = new Stock();
  const answers = await stock.crowd(20, () => ['a']);
  for (let job = 0; job < 20; job++) {
    stock.addAndTell('a');
    if (job % 3 === 0) await Promise.resolve();
  }
  const found = await Promise.all(answers);
  assert.ok(found.every((it) => it.offers.length === 1));
});

test('a claim that was looking when the hint came looks once more', async () => {
  const stock = new Stock();
  const { promise: looking, resolve: look } = Promise.withResolvers<void>();
  const answer = stock.claim(1, ['a'], { looking });
  await settled();
  stock.addAndTell('a');
  look();
  assert.equal((await answer).offers.length, 1);
  assert.deepEqual(stock.asked, [1, 1]);
});

test('of many that are looking when the hint comes, few look once more', async () => {
  const stock = new Stock();
  const { promise: looking, resolve: look } = Promise.withResolvers<void>();
  for (let worker = 0; worker < 200; worker++) void stock.claim(worker, ['a'], { looking });
  await settled();
  stock.addAndTell('a');
  look();
  await settled();
  assert.equal(stock.tasks.get('a'), 0);
  assert.ok(stock.asked.length <= 203, `${stock.asked.length} looks`);
  await stock.hub.stop();
});

test('a storage that tells of its worker before it answers a first look is asked once more, not for ever', async () => {
  const stock = new Stock();
  let looks = 0;
  const first = async (): Promise<ClaimAnswer> => {
    looks += 1;
    if (looks < 100) stock.hint({ workers: [1] });
    return nothing;
  };
  const again = async (): Promise<ClaimAnswer> => {
    looks += 1;
    return nothing;
  };
  void stock.hub.wait({ worker: 1, capacity: 1, holds: false, waitMs: 30_000, first, again });
  await settled();
  assert.equal(looks, 2);
  await stock.hub.stop();
});

test('one whose lease is over speaks for nobody, and is sent to ask anew', async () => {
  const stock = new Stock();
  const answers = await stock.crowd(3, () => ['a']);
  stock.silent.add(0);
  stock.addAndTell('a');
  assert.equal((await (answers[1] ?? assert.fail())).offers.length, 1);
  assert.equal((await (answers[0] ?? assert.fail())).offers.length, 0);
  await stock.hub.stop();
});

test('a lost hint costs a second, for work and for news', async () => {
  const stock = new Stock();
  const working = stock.claim(1, ['a']);
  const news = stock.claim(2, ['a'], { capacity: 0, holds: true });
  await settled();
  stock.add('a', 1);
  await stock.timers.pass(1_200);
  assert.equal((await working).offers.length, 1);
  stock.cancels.add(2);
  await stock.timers.pass(1_200);
  assert.deepEqual((await news).cancel, ['1-1']);
  await settled();
  assert.equal(stock.timers.pending, 0, 'with nobody waiting no timer runs');
});

test('while nothing happens, two thousand cost one question a second', async () => {
  const stock = new Stock();
  void (await stock.crowd(2_000, (worker) => [`task-${worker % 100}`]));
  await stock.timers.pass(10_500);
  assert.equal(stock.questions, 10);
  assert.deepEqual(stock.asked, []);
  await stock.hub.stop();
});

test('those who came together are answered apart', async () => {
  const stock = new Stock();
  let next = 0;
  const chance = { next: () => (next = (next + 0.37) % 1), token: () => '' };
  const hub = new WaitingClaims({
    storage: { onHint: () => () => undefined, newsFor: async () => ({ ready: null, workers: [] }) },
    timers: stock.timers,
    chance,
    room: stock.room,
  });
  const ask = async (): Promise<ClaimAnswer> => nothing;
  const claim = { capacity: 1, holds: false, waitMs: 30_000, first: ask, again: ask };
  for (let worker = 0; worker < 100; worker++) void hub.wait({ worker, ...claim });
  await stock.timers.pass(23_900);
  assert.equal(stock.room.counts.claims, 100, 'nobody is answered much too early');
  const left: number[] = [];
  for (let second = 0; second < 7; second++) {
    await stock.timers.pass(1_000);
    left.push(stock.room.counts.claims);
  }
  assert.equal(left.at(-1), 0);
  assert.ok(new Set(left).size >= 6, `waiting after each second: ${left}`);
});

test('news of a worker wakes it and nobody else', async () => {
  const stock = new Stock();
  const one = stock.claim(1, ['a'], { capacity: 0, holds: true });
  void stock.claim(2, ['a']);
  await settled();
  stock.asked.length = 0;
  stock.cancels.add(1);
  stock.hint({ workers: [1] });
  assert.deepEqual((await one).cancel, ['1-1']);
  assert.deepEqual(stock.asked, [1]);
  await stock.hub.stop();
});

test('whoever finds no place is told when to come back, each at a time of its own', async () => {
  const stock = new Stock(100);
  const gone = new AbortController();
  const waiting = Array.from({ length: 100 }, (_, worker) =>
    stock.claim(worker, ['a'], { gone: gone.signal }),
  );
  await settled();
  const told: number[] = [];
  for (let worker = 100; worker < 3_100; worker++)
    await stock.claim(worker, ['a']).catch((error: unknown) => {
      assert.ok(error instanceof Fault && error.code === 'too_many_requests');
      told.push(Number(error.said.facts?.pollAfterMs));
    });
  assert.equal(told.length, 3_000);
  assert.equal(stock.room.counts.turnedAway.claims, 3_000);
  assert.ok(Math.min(...told) >= 750, `${Math.min(...told)} ms is too soon`);
  assert.ok(new Set(told).size > 2_000, 'many times for many');
  gone.abort();
  await Promise.all(waiting);
  const after = stock.claim(1, ['a']);
  await settled();
  assert.equal(stock.room.counts.claims, 1, 'those who went have left their places');
  await stock.hub.stop();
  await after;
});

test('the time is over once; a stop ends all; and later claims do not wait', async () => {
  const stock = new Stock();
  const timed = stock.claim(1, ['a']);
  await settled();
  await stock.timers.pass(30_000);
  assert.deepEqual((await timed).offers, []);
  const stopped = stock.claim(2, ['a']);
  await settled();
  await stock.hub.stop();
  await stock.hub.stop();
  assert.deepEqual((await stopped).offers, []);
  assert.deepEqual((await stock.claim(3, ['a'])).offers, []);
  assert.equal(stock.timers.pending, 0);
});

test('a refusal by the storage is the answer, at first and later', async () => {
  const stock = new Stock();
  const refusal = new Error('refused');
  const never = async (): Promise<never> => Promise.reject(refusal);
  await assert.rejects(
    stock.hub.wait({ worker: 1, capacity: 1, holds: false, waitMs: 1_000, first: never, again: never }),
    refusal,
  );
  const later = stock.hub.wait({
    worker: 2,
    capacity: 1,
    holds: false,
    waitMs: 1_000,
    first: async () => nothing,
    again: never,
  });
  await settled();
  stock.hint({ ready: 'any' });
  await assert.rejects(later, refusal);
  assert.equal(stock.room.counts.claims, 0);
});
