/** Locks that are held are released, made weaker or stronger, checked and broken. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor } from './lab.ts';
import {
  addDatabases,
  heldAndAwaited,
  LabSession,
  lockNow,
  neverGiven,
  ofBefore,
  openThree,
  refusedFor,
  stateOf,
  statesOf,
  written,
} from './lock-lab.ts';

export function lockChanges(harness: Harness): void {
  const when = casesFor(harness);

  when('a release says of each lock what became of it', async (lab) => {
    await addDatabases(lab, 'a', 'b', 'c', 'd');
    const [x, y] = await openThree(lab);
    const foreign = await LabSession.open(lab, { principal: 'bob' });
    const held = await x.take('a:exclusive');
    const old = await x.take('b:exclusive');
    const theirs = await foreign.take('c:exclusive');
    const waiting = await y.wait('a:shared');
    assert.deepEqual(await x.release(held, neverGiven(held), ofBefore(old), theirs), [
      'released',
      'lock_unknown',
      'lock_lost',
      'lock_not_held',
    ]);
    assert.deepEqual(await statesOf(lab, old, theirs, waiting), ['granted', 'granted', 'granted']);
    assert.deepEqual(await x.release(held, old), ['lock_unknown', 'released']);
  });

  when('a ticket that waits is taken back with the epoch 0, and with no other', async (lab) => {
    const { holder: a, waiter: b, held, waiting } = await heldAndAwaited(lab, 'embl:shared');
    assert.deepEqual(await b.release({ ...waiting, epoch: held.epoch }), ['lock_lost']);
    assert.deepEqual(await b.release(waiting), ['released']);
    await a.release(held);
    assert.equal(await stateOf(lab, waiting), 'lock_unknown', 'it is not granted any more');
  });

  when(
    'a release that comes when the ticket was just granted does not lose the grant unseen',
    async (lab) => {
      const { holder: a, waiter: b, held, waiting } = await heldAndAwaited(lab, 'embl:shared');
      await a.release(held);
      assert.deepEqual(await b.release(waiting), ['lock_lost'], 'it waited with epoch 0, and holds now');
      assert.deepEqual(await b.release(await lockNow(lab, waiting)), ['released']);
    },
  );

  when('a holder may make its lock weaker: readers come in, and the epoch stays', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a, b, c] = await openThree(lab);
    const held = await a.take('embl:exclusive');
    const [reader, writer] = [await b.wait('embl:shared'), await c.wait('embl/x:exclusive')];
    const weaker = await a.change(held, 'embl:shared');
    assert.deepEqual([written(weaker), weaker.epoch], [['embl:shared'], held.epoch]);
    assert.deepEqual(await statesOf(lab, held, reader, writer), ['granted', 'granted', 'waiting 1']);
  });

  when('one lock of a set is made weaker, and the others stay as they are', async (lab) => {
    await addDatabases(lab, 'a', 'b');
    const [x, y, z] = await openThree(lab);
    const held = await x.take('a:exclusive', 'b:exclusive');
    await x.change(held, 'a:shared');
    assert.equal((await y.take('a:shared')).state, 'granted');
    await refusedFor('lock_conflict', lab, () => z.take('b:shared'), held);
  });

  when('a sole holder may make its lock stronger, under a new epoch, before those who wait', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a, b, c] = await openThree(lab);
    const held = await a.take('embl:shared');
    const waiting = await b.wait('embl:exclusive');
    const stronger = await a.change(held, 'embl:exclusive');
    assert.equal(stronger.ticket, held.ticket);
    assert.ok(stronger.epoch !== null && stronger.epoch > (held.epoch ?? 0));
    assert.deepEqual(written(stronger), ['embl:exclusive']);
    assert.deepEqual(await statesOf(lab, held, waiting), ['granted', 'waiting 1']);
    await refusedFor('lock_conflict', lab, () => c.take('embl/x:shared'), stronger, waiting);
    assert.deepEqual(await a.release(held), ['lock_lost'], 'the epoch of before is over');
    await a.release(stronger);
    assert.deepEqual(await statesOf(lab, waiting), ['granted']);
  });

  when('two who hold together cannot become exclusive: a clear refusal, and no deadlock', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a, b] = await openThree(lab);
    const [one, two] = [await a.take('embl:shared'), await b.take('embl/x:shared')];
    await refusedFor('lock_upgrade_conflict', lab, () => a.change(one, 'embl:exclusive'), two);
    await refusedFor('lock_upgrade_conflict', lab, () => b.change(two, 'embl/x:exclusive'), one);
    await b.release(two);
    assert.equal((await a.change(one, 'embl:exclusive')).state, 'granted');
  });

  when('a change to what it is already changes nothing', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a, b] = await openThree(lab);
    const [one] = [await a.take('embl:shared'), await b.take('embl:shared')];
    assert.deepEqual(await lab.changesNothing(() => a.change(one, 'embl:shared')), one);
  });

  when('only what is held, by its holder and under its epoch, is changed', async (lab) => {
    await addDatabases(lab, 'a', 'b');
    const [x, y] = await openThree(lab);
    const foreign = await LabSession.open(lab, { principal: 'bob' });
    const held = await x.take('a:shared');
    const theirs = await foreign.take('a:shared');
    const waiting = await y.wait('a:exclusive');
    await lab.refuses('lock_unknown', () => x.change(neverGiven(held), 'a:shared'));
    const lost = await lab.refuses('lock_lost', () => x.change(ofBefore(held), 'a:exclusive'));
    assert.equal(lost.said.facts?.epoch, held.epoch);
    await lab.refuses('lock_not_held', () => x.change(held, 'b:shared'));
    await lab.refuses('lock_not_held', () => x.change(held, 'a/x:shared'));
    await lab.refuses('lock_not_held', () => x.change(theirs, 'a:exclusive'));
    await lab.refuses('lock_not_held', () => y.change(waiting, 'a:shared'));
  });

  when('a check tells whether an epoch still holds a path, in this mode or a stronger one', async (lab) => {
    await addDatabases(lab, 'a', 'b');
    const [x, y] = await openThree(lab);
    const lock = await x.take('a/x:exclusive', 'b:shared');
    const check = async (path: string, mode: 'shared' | 'exclusive', epoch = lock.epoch ?? 0) =>
      (await lab.storage.checkLock({ path, mode, epoch })).held;
    assert.deepEqual(
      [
        await check('a/x', 'exclusive'),
        await check('a/x', 'shared'),
        await check('a/x/deep/er', 'exclusive'),
        await check('b/y', 'shared'),
      ],
      [true, true, true, true],
    );
    assert.deepEqual(
      [
        await check('a', 'shared'),
        await check('a/xy', 'shared'),
        await check('b', 'exclusive'),
        await check('a/x', 'shared', lock.ticket),
        await check('no-such', 'shared'),
      ],
      [false, false, false, false, false],
    );
    const waiting = await y.wait('a/x:exclusive');
    assert.equal(await check('a/x', 'exclusive', waiting.ticket), false);
    await x.release(lock);
    assert.equal(await check('a/x', 'shared'), false);
    const next = await lockNow(lab, waiting);
    assert.equal(await check('a/x', 'exclusive', next.epoch ?? 0), true);
  });

  when('a lock that is broken is gone, its session goes on, and its epoch holds nothing', async (lab) => {
    const { holder: a, held, waiting } = await heldAndAwaited(lab, 'embl:exclusive');
    const by = { principal: 'root' };
    const events = await lab.eventsOf(async () => {
      const broken = await lab.storage.breakLock({ by, ticket: held.ticket });
      assert.deepEqual([broken.ticket, written(broken)], [held.ticket, ['embl:exclusive']]);
    });
    assert.deepEqual(
      events.map(({ type, actor }) => [type, actor]),
      [['lock.broken', 'root']],
    );
    assert.deepEqual(await statesOf(lab, held, waiting), ['lock_unknown', 'granted']);
    assert.equal((await a.record()).ended, null);
    assert.deepEqual(await a.release(held), ['lock_unknown']);
    assert.ok(((await lockNow(lab, waiting)).epoch ?? 0) > (held.epoch ?? 0));
    await lab.storage.breakLock({ by, ticket: waiting.ticket });
    await lab.refuses('lock_unknown', () => lab.storage.breakLock({ by, ticket: waiting.ticket }));
  });
}
