import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingClaims } from '../../src/app/waiting.ts';
import type { ClaimAnswer, Hint } from '../../src/ports/storage.ts';
import type { Timers } from '../../src/ports/timers.ts';

const nothing: ClaimAnswer = { offers: [], abandon: [], cancel: [], leaseMs: 60_000 };

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

/** A store of jobs to hand out, by kind; and what a hub sees of it. */
class Stock {
  readonly timers = new Clockwork();
  readonly asked: number[] = [];
  readonly kinds = new Map<string, number>();
  readonly cancels = new Set<number>();
  readonly hub: WaitingClaims;
  #listener: (hint: Hint) => void = () => undefined;

  constructor(max = 1_000) {
    const storage = {
      onHint: (listener: (hint: Hint) => void) => {
        this.#listener = listener;
        return () => undefined;
      },
    };
    this.hub = new WaitingClaims({
      storage,
      timers: this.timers,
      chance: { next: () => 0.5, token: () => '' },
      max,
    });
  }

  hint(hint: Partial<Hint>): void {
    this.#listener({ ready: false, event: true, locks: false, workers: [], ...hint });
  }

  add(kind: string, many: number): void {
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + many);
  }

  /** A worker that takes one job of its kind. */
  claim(worker: number, kind: string, capacity = 1): Promise<ClaimAnswer> {
    this.hub.know(worker, { principal: kind, tasks: [], accept: [] });
    const ask = async (): Promise<ClaimAnswer> => {
      this.asked.push(worker);
      await Promise.resolve();
      if (this.cancels.has(worker)) return { ...nothing, cancel: ['1-1'] };
      const left = this.kinds.get(kind) ?? 0;
      if (capacity === 0 || left === 0) return nothing;
      this.kinds.set(kind, left - 1);
      return { ...nothing, offers: [{ attempt: `${worker}` } as ClaimAnswer['offers'][number]] };
    };
    return this.hub.wait({ worker, capacity, waitMs: 30_000, first: ask, again: ask });
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('the first to come is the first to be woken', async () => {
  const stock = new Stock();
  const answers = [1, 2, 3].map((worker) => stock.claim(worker, 'a'));
  await settled();
  stock.asked.length = 0;
  for (const worker of [1, 2, 3]) {
    stock.add('a', 1);
    stock.hint({ ready: true });
    const { offers } = await (answers[worker - 1] ?? assert.fail());
    assert.equal(offers[0]?.attempt, String(worker));
    await settled();
  }
  assert.equal(stock.hub.size, 0);
});

test('one that finds nothing speaks for its kin, and not for others', async () => {
  const stock = new Stock();
  for (let worker = 0; worker < 50; worker++) void stock.claim(worker, 'a');
  const other = stock.claim(100, 'b');
  await settled();
  stock.asked.length = 0;
  stock.add('b', 1);
  stock.hint({ ready: true });
  assert.equal((await other).offers.length, 1);
  await settled();
  assert.deepEqual(stock.asked.toSorted(), [0, 100]);
  stock.hub.stop();
});

test('many jobs wake many in few rounds, and only one more than there are jobs for', async () => {
  const stock = new Stock();
  const answers = Array.from({ length: 100 }, (_, worker) => stock.claim(worker, 'a'));
  await settled();
  stock.asked.length = 0;
  stock.add('a', 31);
  stock.hint({ ready: true });
  await Promise.all(answers.slice(0, 31));
  await settled();
  assert.equal(stock.kinds.get('a'), 0);
  assert.ok(stock.asked.length <= 63, `${stock.asked.length} were asked`);
  assert.equal(stock.hub.size, 69);
  stock.hub.stop();
});

test('hints that come while others are being woken are not lost', async () => {
  const stock = new Stock();
  const answers = Array.from({ length: 20 }, (_, worker) => stock.claim(worker, 'a'));
  await settled();
  for (let job = 0; job < 20; job++) {
    stock.add('a', 1);
    stock.hint({ ready: true });
    if (job % 3 === 0) await Promise.resolve();
  }
  const found = await Promise.all(answers);
  assert.ok(found.every((it) => it.offers.length === 1));
});

test('a lost hint costs a second, for work and for news', async () => {
  const stock = new Stock();
  const working = stock.claim(1, 'a');
  const news = stock.claim(2, 'a', 0);
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

test('among many kin that nobody wakes, all are asked in time', async () => {
  const stock = new Stock();
  for (let worker = 0; worker < 100; worker++) void stock.claim(worker, 'a');
  await settled();
  stock.asked.length = 0;
  await stock.timers.pass(8_000);
  assert.equal(new Set(stock.asked).size, 100);
  assert.ok(stock.asked.length < 250, `${stock.asked.length} questions in 8 s`);
  stock.hub.stop();
});

test('news of a worker wakes it and nobody else', async () => {
  const stock = new Stock();
  const one = stock.claim(1, 'a', 0);
  void stock.claim(2, 'a');
  await settled();
  stock.asked.length = 0;
  stock.cancels.add(1);
  stock.hint({ workers: [1] });
  assert.deepEqual((await one).cancel, ['1-1']);
  assert.deepEqual(stock.asked, [1]);
  stock.hub.stop();
});

test('the time is over once; a stop ends all; and later claims do not wait', async () => {
  const stock = new Stock();
  const timed = stock.claim(1, 'a');
  await settled();
  await stock.timers.pass(30_000);
  assert.deepEqual(await timed, nothing);
  const stopped = stock.claim(2, 'a');
  await settled();
  stock.hub.stop();
  stock.hub.stop();
  assert.deepEqual(await stopped, nothing);
  assert.deepEqual(await stock.claim(3, 'a'), nothing);
  assert.equal(stock.timers.pending, 0);
});

test('a refusal by the storage is the answer, at first and later', async () => {
  const stock = new Stock();
  const refusal = new Error('refused');
  const never = async (): Promise<never> => Promise.reject(refusal);
  await assert.rejects(
    stock.hub.wait({ worker: 1, capacity: 1, waitMs: 1_000, first: never, again: never }),
    refusal,
  );
  const later = stock.hub.wait({
    worker: 2,
    capacity: 1,
    waitMs: 1_000,
    first: async () => nothing,
    again: never,
  });
  await settled();
  stock.hint({ ready: true });
  await assert.rejects(later, refusal);
  assert.equal(stock.hub.size, 0);
});
