/** The rule of locks: who is granted what, and when. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { ada, casesFor, project } from './lab.ts';
import {
  addDatabase,
  addDatabases,
  codeOf,
  LabSession,
  lockNow,
  openThree,
  refusedFor,
  statesOf,
} from './lock-lab.ts';

export function locks(harness: Harness): void {
  const when = casesFor(harness);

  when('a lock that is granted reads back with who holds it, since when and until when', async (lab) => {
    await addDatabases(lab, 'embl', 'chado');
    const session = await LabSession.open(lab);
    lab.clock.advance(7);
    const lock = await session.take('embl:shared', 'chado/curation:exclusive');
    const now = lab.clock.now();
    assert.ok(lock.epoch !== null && lock.epoch > lock.ticket && lock.ticket > session.id);
    assert.deepEqual(lock, {
      ticket: lock.ticket,
      state: 'granted',
      locks: [
        { path: 'chado/curation', mode: 'exclusive' },
        { path: 'embl', mode: 'shared' },
      ],
      epoch: lock.epoch,
      requestedAt: now,
      grantedAt: now,
      waitUntil: null,
      leaseEndsAt: now + 30_000,
      holder: {
        kind: 'session',
        session: session.id,
        principal: 'ada',
        name: 'shell',
        host: 'node07',
        pid: 4242,
      },
      asleep: false,
      waitsFor: [],
      position: 0,
    });
    assert.deepEqual(await lockNow(lab, lock), lock);
  });

  when('exclusive is alone; shared is with shared', async (lab) => {
    await addDatabases(lab, 'embl', 'nr');
    const [a, b, c] = await openThree(lab);
    const writer = await a.take('embl:exclusive');
    await refusedFor('lock_conflict', lab, () => b.take('embl:exclusive'), writer);
    await refusedFor('lock_conflict', lab, () => b.take('embl:shared'), writer);
    const readers = [await a.take('nr:shared'), await b.take('nr:shared')];
    await refusedFor('lock_conflict', lab, () => c.take('nr:exclusive'), ...readers);
    assert.equal((await c.take('nr:shared')).state, 'granted');
  });

  when('shared first or exclusive first, on one name or another: each of the sixteen cases', async (lab) => {
    const [holder, asker] = await openThree(lab);
    for (const first of ['shared', 'exclusive'])
      for (const then of ['shared', 'exclusive'])
        for (const [index, [held, asked]] of [
          ['', ''],
          ['/x', ''],
          ['', '/x'],
          ['/x', '/y'],
        ].entries()) {
          const name = `${first}-${then}-${index}`;
          await addDatabases(lab, name);
          await holder.take(`${name}${held}:${first}`);
          const meets = index < 3 && (first === 'exclusive' || then === 'exclusive');
          const act = () => asker.take(`${name}${asked}:${then}`);
          if (meets) await lab.refuses('lock_conflict', act);
          else assert.equal((await act()).state, 'granted', name);
        }
  });

  when('exclusive on a database excludes shared on anything in it, at any depth', async (lab) => {
    await addDatabases(lab, 'chado');
    const [a, b] = await openThree(lab);
    const whole = await a.take('chado:exclusive');
    await refusedFor('lock_conflict', lab, () => b.take('chado/a/b/c:shared'), whole);
    await a.release(whole);
    const part = await b.take('chado/a/b/c:shared');
    await refusedFor('lock_conflict', lab, () => a.take('chado:exclusive'), part);
    await refusedFor('lock_conflict', lab, () => a.take('chado/a:exclusive'), part);
    assert.equal((await a.take('chado/ab:exclusive')).state, 'granted', 'not in it, though it begins so');
  });

  when('a database that is not there is not locked, and the nearest name is told', async (lab) => {
    await addDatabases(lab, 'embl');
    const session = await LabSession.open(lab);
    const fault = await lab.refuses('database_unknown', () => session.take('emlb/x:shared'));
    assert.match(fault.message, /embl\?/);
    await lab.refuses('database_unknown', () => session.wait('embl:shared', 'no-such-thing-at-all:shared'));
  });

  when('a project is locked as a database', async (lab) => {
    const [a, b] = await openThree(lab);
    const held = await a.take(`${project}:exclusive`);
    await refusedFor('lock_conflict', lab, () => b.take(`${project}/results:shared`), held);
  });

  when('a database that is off is not locked, whether one waits or not', async (lab) => {
    await addDatabase(lab, { name: 'old', state: 'off' });
    const session = await LabSession.open(lab);
    await lab.refuses('database_off', () => session.take('old/x:shared'));
    await lab.refuses('database_off', () => session.wait('old:exclusive'));
  });

  when('who waits has a ticket, and sees for whom it waits and its place in the line', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a, b, c] = await openThree(lab);
    const holder = await a.take('embl:shared');
    lab.clock.advance(3);
    const first = await b.wait('embl:exclusive');
    assert.deepEqual(
      [first.state, first.epoch, first.requestedAt, first.grantedAt, first.waitsFor, first.position],
      ['waiting', null, lab.clock.now(), null, [holder.ticket], 1],
    );
    const second = await c.wait('embl/x:exclusive');
    assert.deepEqual([second.waitsFor, second.position], [[holder.ticket, first.ticket], 2]);
    const d = await LabSession.open(lab);
    const facts = await refusedFor('lock_conflict', lab, () => d.take('embl:shared'), first, second);
    assert.equal(facts.position, 3);
  });

  when('order is strict: who comes later does not pass, even if it could be granted', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a, b, c] = await openThree(lab);
    const reader = await a.take('embl:shared');
    const writer = await b.wait('embl:exclusive');
    const late = await c.wait('embl:shared');
    assert.deepEqual(await statesOf(lab, reader, writer, late), ['granted', 'waiting 1', 'waiting 2']);
    await a.release(reader);
    assert.deepEqual(await statesOf(lab, writer, late), ['granted', 'waiting 1']);
    const granted = await lockNow(lab, writer);
    await b.release(granted);
    assert.deepEqual(await statesOf(lab, late), ['granted']);
  });

  when('one end lets in all readers that wait together, and the writer between them waits', async (lab) => {
    await addDatabases(lab, 'embl');
    const writer = await LabSession.open(lab);
    const held = await writer.take('embl:exclusive');
    const line = [];
    for (const mode of ['shared', 'shared', 'exclusive', 'shared'])
      line.push(await (await LabSession.open(lab)).wait(`embl:${mode}`));
    lab.clock.advance(9);
    await writer.release(held);
    assert.deepEqual(await statesOf(lab, ...line), ['granted', 'granted', 'waiting 1', 'waiting 2']);
    const [one, two] = await Promise.all(line.slice(0, 2).map((lock) => lockNow(lab, lock)));
    assert.ok(one?.epoch && two?.epoch && one.epoch < two.epoch, 'in the order of their tickets');
    assert.equal(one.grantedAt, lab.clock.now());
  });

  when('the set of a later one does not keep an unrelated ticket waiting', async (lab) => {
    await addDatabases(lab, 'a', 'b', 'c');
    const [x, y, z] = await openThree(lab);
    await x.take('a:exclusive');
    const both = await y.wait('a:exclusive', 'b:exclusive');
    const behind = await z.wait('b:shared', 'c:shared');
    const free = await LabSession.open(lab);
    assert.equal((await free.take('c:shared')).state, 'granted');
    await y.release(both);
    assert.deepEqual(await statesOf(lab, behind), ['granted'], 'a ticket that is taken back frees who waits');
  });

  when('a ticket that waits for a time is taken back by then, and frees who waits behind it', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a, b, c] = await openThree(lab);
    await a.take('embl:shared');
    const writer = await b.waitFor(5_000, 'embl:exclusive');
    const reader = await c.wait('embl:shared');
    await lab.pass(4_000);
    assert.deepEqual(await statesOf(lab, writer, reader), ['waiting 1', 'waiting 2']);
    await lab.pass(2_000);
    assert.deepEqual(await statesOf(lab, writer, reader), ['lock_unknown', 'granted']);
    assert.equal((await b.record()).ended, null, 'the session goes on');
  });

  when('a lock that was granted in time stays, whatever time was given to wait', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a, b] = await openThree(lab);
    const held = await a.take('embl:shared');
    const writer = await b.waitFor(5_000, 'embl:exclusive');
    await a.release(held);
    await lab.pass(10_000);
    assert.deepEqual(await statesOf(lab, writer), ['granted']);
  });

  when('a session may hold several sets, and asks for more without waiting', async (lab) => {
    await addDatabases(lab, 'a', 'b', 'c');
    const [x, y] = await openThree(lab);
    const first = await x.take('a:exclusive');
    const second = await x.wait('b:shared');
    assert.deepEqual([second.state, second.position], ['granted', 0], 'what is free needs no waiting');
    await y.take('c:exclusive');
    await lab.refuses('deadlock_avoided', () => x.wait('c:shared'));
    await lab.refuses('lock_conflict', () => x.take('c:shared'));
    await x.release(first, second);
    const waiting = await x.wait('c:shared');
    assert.equal(waiting.state, 'waiting');
    await lab.refuses('deadlock_avoided', () => x.wait('c/x:shared'));
    assert.equal((await x.take('a:exclusive')).state, 'granted', 'and may take what is free while it waits');
  });

  when('what conflicts with the session’s own lock is changed, not asked for again', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a] = await openThree(lab);
    await a.take('embl:exclusive');
    for (const act of [() => a.take('embl:exclusive'), () => a.wait('embl/x:shared')]) {
      const fault = await lab.refuses('lock_conflict', act);
      assert.match(fault.message, /session itself holds.*embl/i);
    }
    const b = await LabSession.open(lab);
    const [one, two] = [await b.take(`${project}:shared`), await b.take(`${project}:shared`)];
    await b.release(one);
    assert.deepEqual(await statesOf(lab, one, two), ['lock_unknown', 'granted'], 'each counts by itself');
  });

  when('locks are listed by ticket, page by page, holders and waiters alike', async (lab) => {
    await addDatabases(lab, 'a', 'b');
    const given = [];
    for (const wish of ['a:exclusive', 'a/x:shared', 'b:shared', 'a:exclusive', 'b/y:shared'])
      given.push(await (await LabSession.open(lab)).wait(wish));
    const tickets: number[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const page = await lab.storage.listLocks({
        path: null,
        limit: 2,
        ...(after === undefined ? {} : { after }),
      });
      for (const lock of page.items) assert.deepEqual(lock, await lockNow(lab, lock));
      tickets.push(...page.items.map(({ ticket }) => ticket));
      after = page.next;
    }
    assert.deepEqual(
      tickets,
      given.map(({ ticket }) => ticket),
    );
    assert.equal((await lab.storage.listLocks({ path: null, limit: 5 })).next, null);
  });

  when('locks of a path are those that touch it: on it, in it, and on what it is in', async (lab) => {
    await addDatabases(lab, 'chado', 'chado2');
    const given = new Map<number, string>();
    for (const wish of [
      'chado:shared',
      'chado/a:shared',
      'chado/a/b:shared',
      'chado/ab:shared',
      'chado2:shared',
    ])
      given.set((await (await LabSession.open(lab)).take(wish)).ticket, wish);
    const touching = async (path: string) =>
      (await lab.storage.listLocks({ path, limit: 9 })).items.map(({ ticket }) => given.get(ticket));
    const [whole, a, ab, other] = ['chado:shared', 'chado/a:shared', 'chado/a/b:shared', 'chado/ab:shared'];
    assert.deepEqual(await touching('chado'), [whole, a, ab, other]);
    assert.deepEqual(await touching('chado/a'), [whole, a, ab]);
    assert.deepEqual(await touching('chado/ab'), [whole, other]);
    assert.deepEqual(await touching('no-such'), []);
  });

  when('an ordinary grant, wait or release is no event', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a, b] = await openThree(lab);
    const events = await lab.eventsOf(async () => {
      const held = await a.take('embl:exclusive');
      await b.wait('embl:shared');
      await a.release(held);
    });
    assert.deepEqual(events, []);
  });

  when(
    'whoever waits for a lock is hinted when it is granted or taken back, and else is not',
    async (lab) => {
      await addDatabases(lab, 'embl');
      const [a, b, c] = await openThree(lab);
      let hints = 0;
      lab.storage.onHint((hint) => {
        if (hint.locks) hints++;
      });
      const during = async (act: () => Promise<unknown>) => {
        hints = 0;
        await act();
        return hints > 0;
      };
      const held = await a.take('embl:shared');
      assert.equal(await during(() => b.waitFor(3_000, 'embl:exclusive')), false);
      assert.equal(await during(() => c.wait('embl:shared')), false);
      assert.equal(await during(() => lab.pass(4_000)), true, 'one is taken back');
      assert.equal(await during(() => a.release(held)), false, 'nobody waits');
      const again = await b.wait('embl:exclusive');
      assert.equal(again.state, 'waiting');
      assert.equal(await during(() => c.end()), true, 'it is granted');
    },
  );

  when('a set that is asked for again with its key is the one that was granted', async (lab) => {
    await addDatabases(lab, 'embl');
    const session = await LabSession.open(lab);
    const acquire = () =>
      lab.storage.acquireLocks({
        by: { ...ada, idempotency: { route: 'POST /v1/locks', key: 'k', digest: 'd' } },
        session: session.id,
        locks: [{ path: 'embl', mode: 'exclusive' }],
        wait: false,
        waitMs: null,
      });
    const first = await acquire();
    assert.deepEqual(await lab.changesNothing(acquire), first);
    assert.equal(await codeOf(() => session.take('embl:exclusive')), 'lock_conflict');
  });

  when('a session that ends in the same act as its turn comes is granted nothing', async (lab) => {
    await addDatabases(lab, 'a', 'b');
    const [holder, reader, after] = await openThree(lab);
    const held = await holder.take('a:exclusive', 'b:exclusive');
    await reader.open('a');
    const by = { principal: 'root' };
    await lab.storage.closeDatabase({ by, name: 'a', reason: null, until: null, graceMs: 5_000 });
    const waiting = await reader.wait('b:exclusive');
    lab.clock.advance(6_000);
    await holder.release(held);
    await lab.storage.sweep();
    assert.deepEqual(await statesOf(lab, waiting), ['lock_unknown']);
    assert.equal((await after.take('b:exclusive')).state, 'granted');
    assert.equal((await lab.storage.getDatabase({ name: 'a' })).state, 'closed');
  });

  when('acts of many sessions at once are judged one after the other', async (lab) => {
    await addDatabases(lab, 'a', 'b', 'c');
    const many = await Promise.all(Array.from({ length: 12 }, () => LabSession.open(lab)));
    const sets = [
      ['a:exclusive', 'b:shared'],
      ['b:exclusive', 'c:shared'],
      ['c:exclusive', 'a:shared'],
    ];
    const locks = await Promise.all(many.map((session, index) => session.wait(...(sets[index % 3] ?? []))));
    let left = locks.length;
    while (left > 0) {
      const now = (await lab.storage.listLocks({ path: null, limit: 50 })).items;
      const granted = now.filter(({ state }) => state === 'granted');
      assert.equal(now.length, left);
      assert.ok(granted.length > 0, 'somebody may go on');
      await Promise.all(
        granted.map(async (lock) => {
          await many[locks.findIndex(({ ticket }) => ticket === lock.ticket)]?.release(lock);
        }),
      );
      left -= granted.length;
    }
  });
}
