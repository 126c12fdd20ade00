/** Jobs that are handed out together with their locks. */
import assert from 'node:assert/strict';
import type { JobRequest } from '../../src/core/jobs/specify.ts';
import { readLockWish } from '../../src/core/locks/wishes.ts';
import type { LockRecord } from '../../src/ports/records/locks.ts';
import type { OfferedJob } from '../../src/ports/records/workers.ts';
import type { Harness } from './harness.ts';
import { casesFor, type Lab, placeOf } from './lab.ts';
import { addDatabases, LabSession, statesOf } from './lock-lab.ts';

/** A job that locks what is written as on a command line. */
export function locking(written: string, more: JobRequest = {}): JobRequest {
  return { ...more, locks: written.split(' ').map((each) => readLockWish(each, 'locks')) };
}

export async function allLocks(lab: Lab): Promise<readonly LockRecord[]> {
  return (await lab.storage.listLocks({ path: null, limit: 1_000 })).items;
}

/** Who stands where: `granted toxd/1`, `waiting toxd/2 (2)`, in the order of tickets. */
export async function line(lab: Lab): Promise<readonly string[]> {
  return (await allLocks(lab)).map(({ state, holder, position, asleep }) => {
    const who =
      holder.kind === 'job'
        ? holder.ref
        : holder.kind === 'session'
          ? holder.name
          : `closure of ${holder.database}`;
    if (state === 'granted') return `granted ${who}`;
    return asleep ? `asleep ${who}` : `waiting ${who} (${position})`;
  });
}

export function numbers(offers: readonly OfferedJob[]): readonly string[] {
  return offers.map(({ number }) => number);
}

export function jobLocks(harness: Harness): void {
  const when = casesFor(harness);

  when('a job gets its locks with its offer, under the epoch of its attempt', async (lab) => {
    await addDatabases(lab, 'embl', 'chado');
    await lab.submit(locking('embl:shared chado/curation:exclusive'));
    const worker = await lab.worker();
    assert.deepEqual(await allLocks(lab), [], 'what waits for a worker holds nothing');
    const [offer] = await worker.offers(1);
    assert.ok(offer);
    const [lock, ...more] = await allLocks(lab);
    assert.deepEqual([lock?.state, lock?.epoch, more], ['granted', offer.epoch, []]);
    assert.deepEqual(lock?.holder, {
      kind: 'job',
      ref: 'toxd/1',
      principal: 'ada',
      worker: 'node07',
      progress: null,
    });
    const { epoch } = offer;
    const check = (path: string, mode: 'shared' | 'exclusive') =>
      lab.storage.checkLock({ path, mode, epoch });
    assert.deepEqual(await check('chado/curation', 'exclusive'), { held: true });
    assert.deepEqual(await check('embl', 'exclusive'), { held: false });
  });

  when('a job in a hand holds its locks until the attempt has ended, however it ends', async (lab) => {
    await addDatabases(lab, 'embl');
    const worker = await lab.worker();
    const request = locking('embl:exclusive', { retry: { max: 1, delayMs: 1_000 } });
    const ends: readonly ((offer: OfferedJob) => Promise<unknown>)[] = [
      (offer) => worker.finish(offer, 'succeeded'),
      (offer) => worker.finish(offer, 'failed'),
      (offer) => worker.finish(offer, 'cancelled'),
      (offer) => worker.finish(offer, 'returned').then(() => lab.act('hold', offer.number)),
      (offer) => lab.act('cancel', offer.number).then(() => worker.finish(offer, 'cancelled')),
    ];
    for (const end of ends) {
      const job = await lab.submit(request);
      const offer = await lab.started(worker);
      assert.deepEqual(await line(lab), [`granted toxd/${job.number}`]);
      await end(offer);
      assert.deepEqual(await allLocks(lab), []);
      const left = (await lab.job(job.number)).state;
      if (left === 'waiting' || left === 'ready') await lab.act('cancel', job.number);
    }
  });

  for (const [onLost, after] of [
    ['retry', 'ready'],
    ['fail', 'failed/lease_lost'],
    ['ask', 'lost/lease_lost'],
  ] as const)
    when(`a job whose worker is lost holds nothing any more, also with the policy ${onLost}`, async (lab) => {
      await addDatabases(lab, 'embl');
      await lab.submit(locking('embl:exclusive', { onLost }));
      const worker = await lab.worker();
      const offer = await lab.started(worker);
      const session = await LabSession.open(lab, { leaseMs: 600_000 });
      const waiting = await session.wait('embl:exclusive');
      await lab.pass(lab.durations.leaseMs + 1_000);
      assert.equal(await lab.state('1'), after);
      assert.deepEqual(await statesOf(lab, waiting), ['granted']);
      const held = [{ attempt: offer.attempt, epoch: offer.epoch, state: 'running' as const }];
      assert.deepEqual((await worker.claim(0, held)).abandon, [offer.attempt], 'it is to stop');
      const said = { attempt: offer.attempt, epoch: offer.epoch, fraction: 0.5, text: null, counts: null };
      assert.deepEqual((await worker.renew(said)).lost, [offer.attempt]);
      assert.deepEqual((await worker.confirm(offer)).start, []);
      assert.equal(await lab.state('1'), after, 'what lost its locks is not resumed');
    });

  when('an offer that is not confirmed, or of which nobody knows, frees its locks', async (lab) => {
    await addDatabases(lab, 'embl');
    await lab.submit(locking('embl:exclusive'));
    const worker = await lab.worker();
    assert.equal((await worker.offers(1)).length, 1);
    await worker.claim(0, []);
    assert.deepEqual(await allLocks(lab), []);
    assert.equal((await worker.offers(1)).length, 1);
    await lab.pass(lab.durations.offerMs + 1_000);
    assert.deepEqual(await allLocks(lab), []);
    assert.equal(await lab.state('1'), 'ready');
  });

  when('what waits for locks holds nothing, and does not delay others', async (lab) => {
    await addDatabases(lab, 'embl', 'nr');
    const session = await LabSession.open(lab);
    const held = await session.take('embl:exclusive');
    await lab.submit(locking('embl:shared nr:shared', { priority: 50 }));
    await lab.submit();
    await lab.submit(locking('nr:exclusive'));
    const worker = await lab.worker();
    assert.deepEqual(numbers(await worker.take(1)), ['2'], 'another goes before it, though of less priority');
    assert.deepEqual(await line(lab), ['granted shell', 'waiting toxd/1 (1)']);
    assert.equal(await lab.state('1'), 'ready');
    assert.deepEqual(
      numbers(await worker.take(4)),
      [],
      'the third came after the first, which needs nr as well',
    );
    assert.deepEqual(await line(lab), ['granted shell', 'waiting toxd/1 (1)', 'waiting toxd/3 (2)']);
    await session.release(held);
    assert.deepEqual(numbers(await worker.take(4)), ['1']);
    assert.deepEqual(await line(lab), ['waiting toxd/3 (1)', 'granted toxd/1']);
  });

  when('sessions and jobs are served in the order of their tickets', async (lab) => {
    await addDatabases(lab, 'embl');
    const worker = await lab.worker();
    await lab.submit(locking('embl:shared'));
    const reader = await lab.started(worker);
    const writer = await (await LabSession.open(lab)).wait('embl:exclusive');
    await lab.submit(locking('embl:shared'));
    assert.deepEqual(await worker.offers(1), [], 'a reader does not pass the writer that waits');
    const other = await LabSession.open(lab);
    const later = await other.wait('embl:exclusive');
    assert.deepEqual(await line(lab), [
      'granted toxd/1',
      'waiting shell (1)',
      'waiting toxd/2 (2)',
      'waiting shell (3)',
    ]);
    await worker.finish(reader, 'succeeded');
    assert.deepEqual(await statesOf(lab, writer, later), ['granted', 'waiting 2']);
    await lab.storage.breakLock({ by: { principal: 'root' }, ticket: writer.ticket });
    assert.deepEqual(
      await statesOf(lab, later),
      ['waiting 2'],
      'the turn is the job’s, which no worker has taken yet',
    );
    const [second] = await worker.take(1);
    assert.ok(second);
    await worker.finish(second, 'succeeded');
    assert.deepEqual(await statesOf(lab, later), ['granted']);
  });

  when('a job whose turn has come takes the next free place, before all others', async (lab) => {
    await addDatabases(lab, 'embl', 'nr');
    const session = await LabSession.open(lab);
    const [embl, nr] = [await session.take('embl:exclusive'), await session.take('nr:exclusive')];
    await lab.submit(locking('nr:shared'));
    await lab.submit(locking('embl:shared'));
    await lab.submit(locking('embl:shared'));
    const worker = await lab.worker();
    assert.deepEqual(await worker.offers(4), []);
    for (const priority of [100, 90, 80]) await lab.submit({ priority });
    await session.release(embl);
    assert.deepEqual(numbers(await worker.take(2)), ['2', '4'], 'the next of its class has an ordinary rank');
    await session.release(nr);
    assert.deepEqual(numbers(await worker.take(5)), ['1', '5', '6', '3']);
  });

  when('jobs that no connected worker may run keep their place, and block nobody', async (lab) => {
    await addDatabases(lab, 'embl');
    const session = await LabSession.open(lab, { leaseMs: 600_000 });
    const held = await session.take('embl:shared');
    const reader = await lab.worker({ name: 'reader', tasks: ['other'] });
    const worker = await lab.worker({ name: 'blast', tasks: ['blast'] });
    await lab.submit(locking('embl:exclusive', { task: 'blast', command: null }));
    assert.deepEqual(await worker.offers(1), []);
    const other = await (await LabSession.open(lab, { leaseMs: 600_000 })).wait('embl:shared');
    assert.deepEqual(await line(lab), ['granted shell', 'waiting toxd/1 (1)', 'waiting shell (2)']);
    for (let spent = 0; spent <= lab.durations.leaseMs; spent += 5_000) {
      await lab.pass(5_000);
      await reader.claim(0, []);
    }
    assert.deepEqual(await statesOf(lab, other), ['granted'], 'its worker went away, so it sleeps');
    assert.deepEqual(await line(lab), ['granted shell', 'asleep toxd/1', 'granted shell']);
    await lab.worker({ name: 'blast', tasks: ['blast'] });
    const third = await (await LabSession.open(lab, { leaseMs: 600_000 })).wait('embl:shared');
    assert.deepEqual(await statesOf(lab, third), ['waiting 2'], 'it is awake again, in its place');
    await session.release(held);
    assert.deepEqual(await worker.offers(1), []);
    await lab.worker({ name: 'blast', tasks: ['another'] });
    assert.deepEqual(await statesOf(lab, third), ['granted'], 'the worker has another trade now');
  });

  when('a class whose ready jobs go away gives up its ticket', async (lab) => {
    await addDatabases(lab, 'embl');
    const worker = await lab.worker();
    const readers = await LabSession.open(lab);
    const held = await readers.take('embl:shared');
    for (const act of ['hold', 'cancel'] as const) {
      const job = await lab.submit(locking('embl:exclusive'));
      assert.deepEqual(await worker.offers(1), []);
      const waiting = await (await LabSession.open(lab)).wait('embl:shared');
      assert.deepEqual(await statesOf(lab, waiting), ['waiting 2']);
      await lab.act(act, job.number);
      assert.deepEqual(await statesOf(lab, waiting), ['granted']);
      await lab.storage.breakLock({ by: { principal: 'root' }, ticket: waiting.ticket });
    }
    const [first, second] = [
      await lab.submit(locking('embl:exclusive')),
      await lab.submit(locking('embl:exclusive')),
    ];
    assert.deepEqual(await worker.offers(1), []);
    await lab.act('cancel', first.number);
    assert.deepEqual(
      await line(lab),
      ['granted shell', `waiting toxd/${second.number} (1)`],
      'the next stands for it',
    );
    await readers.release(held);
    await lab.act('cancel', second.number);
    assert.deepEqual(await allLocks(lab), [], 'also one that was due');
    const last = await lab.submit(locking('embl:exclusive'));
    await lab.submit({ priority: 100 });
    assert.deepEqual(numbers(await worker.take(1)), [`${Number(last.number) + 1}`], 'a new one is not due');
  });

  when('jobs wait for a database that is closed, closing, off, or gone', async (lab) => {
    await addDatabases(lab, 'embl', 'nr', 'old');
    const by = { principal: 'root' };
    const worker = await lab.worker();
    const close = { by, name: 'embl', reason: 'release 145', until: 1_000_000, graceMs: 0 };
    await lab.submit(locking('embl:shared'));
    const running = await lab.started(worker);
    assert.equal((await lab.storage.closeDatabase(close)).state, 'closing', 'it waits for the job');
    await lab.submit(locking('embl:shared'));
    assert.deepEqual(await worker.offers(1), []);
    await worker.finish(running, 'succeeded');
    assert.equal((await lab.storage.getDatabase({ name: 'embl' })).state, 'closed');
    assert.deepEqual(await worker.offers(1), []);
    const { lockWait } = await lab.storage.explainJob(placeOf('2'));
    const closure = {
      kind: 'closure',
      database: 'embl',
      principal: 'root',
      reason: 'release 145',
      until: 1_000_000,
    };
    assert.deepEqual(lockWait, {
      path: 'embl',
      isOff: false,
      holders: [closure],
      holdersInAll: 1,
      position: 1,
    });
    await lab.storage.reopenDatabase({ by, name: 'embl', release: '145' });
    const [next] = await worker.take(1);
    assert.equal(next?.number, '2');

    await lab.storage.changeDatabase({ by, name: 'nr', revision: null, changes: { state: 'off' } });
    await lab.submit(locking('nr:shared'));
    await lab.submit(locking('old:shared'));
    await lab.storage.removeDatabase({ by, name: 'old' });
    assert.deepEqual(await worker.offers(2), []);
    for (const [number, path] of [
      ['3', 'nr'],
      ['4', 'old'],
    ] as const) {
      const why = await lab.storage.explainJob(placeOf(number));
      assert.deepEqual([why.lockWait?.isOff, why.lockWait?.path], [true, path]);
    }
    await lab.storage.changeDatabase({ by, name: 'nr', revision: null, changes: { state: 'on' } });
    await addDatabases(lab, 'old');
    assert.deepEqual(numbers(await worker.take(2)), ['3', '4']);
  });

  when('a closure waits behind a class of jobs only while these may be run', async (lab) => {
    await addDatabases(lab, 'embl');
    const by = { principal: 'root' };
    const session = await LabSession.open(lab);
    await session.take('embl:shared');
    const worker = await lab.worker();
    await lab.submit(locking('embl:exclusive'));
    assert.deepEqual(await worker.offers(1), []);
    await lab.storage.closeDatabase({ by, name: 'embl', reason: null, until: null, graceMs: 0 });
    assert.equal((await lab.storage.getDatabase({ name: 'embl' })).state, 'closing');
    assert.deepEqual(await line(lab), ['waiting toxd/1 (1)', 'waiting closure of embl (2)']);
    await lab.act('hold', '1');
    assert.equal((await lab.storage.getDatabase({ name: 'embl' })).state, 'closed');
  });
}
