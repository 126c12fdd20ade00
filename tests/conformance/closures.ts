/** A database is closed, updated and opened again; nobody sees a half state. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor, project } from './lab.ts';
import {
  addDatabase,
  addDatabases,
  closeDatabase,
  isHeld,
  LabSession,
  lockNow,
  openThree,
  refusedFor,
  reopenDatabase,
  root,
  statesOf,
  told,
} from './lock-lab.ts';

export function closures(harness: Harness): void {
  const when = casesFor(harness);

  when('a closure knows whom the database itself is to keep out', async (lab) => {
    await addDatabases(lab, 'chado');
    const enforcement = { schema: 'curation', roles: ['reader', 'É'] };
    const closed = await closeDatabase(lab, 'chado', { enforcement });
    assert.deepEqual(closed.closure?.enforcement, enforcement);
    assert.deepEqual(await lab.storage.getDatabase({ name: 'chado' }), closed);
    const { items } = await lab.storage.listDatabases({ limit: 10 });
    assert.deepEqual(
      items.find(({ name }) => name === 'chado'),
      closed,
    );
  });

  when('a database that nobody uses is closed at once, and held exclusive', async (lab) => {
    await addDatabases(lab, 'embl');
    const now = lab.clock.now();
    const until = now + 3_600_000;
    const closed = await closeDatabase(lab, 'embl', { reason: 'release 145', until, graceMs: 60_000 });
    assert.equal(closed.state, 'closed');
    const { ticket = 0, epoch = 0, ...closure } = closed.closure ?? {};
    assert.deepEqual(closure, {
      by: 'root',
      reason: 'release 145',
      since: now,
      graceEndsAt: now + 60_000,
      until,
      enforcement: null,
    });
    assert.ok(epoch !== null && epoch > ticket);
    assert.deepEqual(await lab.storage.getDatabase({ name: 'embl' }), closed);
    const lock = await lab.storage.getLock({ ticket });
    assert.deepEqual(lock, {
      ticket,
      state: 'granted',
      locks: [{ path: 'embl', mode: 'exclusive' }],
      epoch,
      requestedAt: now,
      grantedAt: now,
      waitUntil: null,
      leaseEndsAt: null,
      holder: { kind: 'closure', database: 'embl', principal: 'root', reason: 'release 145', until },
      asleep: false,
      waitsFor: [],
      position: 0,
    });
    assert.equal(await isHeld(lab, epoch, 'embl/x:exclusive'), true);
  });

  when('a closing database lets nobody in, whether one waits or not, and says why', async (lab) => {
    await addDatabases(lab, 'embl');
    const [reader, late] = await openThree(lab);
    await reader.take('embl:shared');
    const until = lab.clock.now() + 3_600_000;
    await closeDatabase(lab, 'embl', { graceMs: 60_000, reason: 'release 145', until });
    for (const act of [() => late.take('embl/x:shared'), () => late.wait('embl:shared')]) {
      const fault = await lab.refuses('database_closed', act);
      assert.match(fault.message, /embl is closing: release 145/);
      assert.equal(fault.said.facts?.until, new Date(until).toISOString());
    }
    await reader.end();
    const fault = await lab.refuses('database_closed', () => late.wait('embl:shared'));
    assert.equal(fault.said.facts?.state, 'closed');
  });

  when('it is closed when the last who holds something in it, or has it open, has left', async (lab) => {
    await addDatabases(lab, 'embl');
    const [holder, opener, other] = await openThree(lab);
    const held = await holder.take('embl/x:shared');
    await opener.open('embl');
    await other.open(project);
    const closing = await closeDatabase(lab, 'embl', { graceMs: 60_000 });
    assert.deepEqual([closing.state, closing.closure?.epoch], ['closing', null]);
    const request = await lockNow(lab, { ticket: closing.closure?.ticket ?? 0 });
    assert.deepEqual([request.state, request.waitsFor, request.position], ['waiting', [held.ticket], 1]);
    await holder.release(held);
    assert.equal((await lab.storage.getDatabase({ name: 'embl' })).state, 'closing');
    await opener.leave('embl');
    const { state, closure } = await lab.storage.getDatabase({ name: 'embl' });
    assert.equal(state, 'closed');
    assert.equal((await lockNow(lab, request)).epoch, closure?.epoch);
    assert.equal((await other.record()).ended, null);
  });

  when('it is closed when those who have it open end, or are lost', async (lab) => {
    await addDatabases(lab, 'embl', 'nr');
    const [first, second] = await openThree(lab);
    await first.open('embl');
    await second.open('nr');
    for (const name of ['embl', 'nr']) await closeDatabase(lab, name, { graceMs: 600_000 });
    await first.end();
    assert.equal((await lab.storage.getDatabase({ name: 'embl' })).state, 'closed');
    await lab.pass(28_000);
    assert.equal((await lab.storage.getDatabase({ name: 'nr' })).state, 'closing');
    await lab.pass(2_000);
    assert.equal((await lab.storage.getDatabase({ name: 'nr' })).state, 'closed');
  });

  when('who has a closing database open, holds or waits for something in it is told so', async (lab) => {
    await addDatabases(lab, 'embl', 'nr');
    const [holder, waiter, opener] = await openThree(lab);
    const elsewhere = await LabSession.open(lab);
    await holder.take('embl/x:exclusive');
    await waiter.wait('embl/x/y:shared');
    await opener.open('embl');
    await elsewhere.take('nr:shared');
    const closesAt = lab.clock.now() + 60_000;
    await closeDatabase(lab, 'embl', { graceMs: 60_000, reason: 'release 145' });
    const notice = { database: 'embl', reason: 'release 145', closesAt, until: null };
    for (const session of [holder, waiter, opener]) assert.deepEqual(await session.renew(), [notice]);
    assert.deepEqual(await elsewhere.renew(), []);
  });

  when('who waited before the closure comes first, and may be granted while it is closing', async (lab) => {
    await addDatabases(lab, 'embl');
    const [reader, writer] = await openThree(lab);
    const reading = await reader.take('embl:shared');
    const writing = await writer.wait('embl:exclusive');
    await closeDatabase(lab, 'embl', { graceMs: 60_000 });
    await reader.release(reading);
    assert.deepEqual(await statesOf(lab, writing), ['granted']);
    assert.equal((await lab.storage.getDatabase({ name: 'embl' })).state, 'closing');
    await writer.release(await lockNow(lab, writing));
    assert.equal((await lab.storage.getDatabase({ name: 'embl' })).state, 'closed');
  });

  when(
    'when the grace is over, all who have it open, hold or wait for something in it are ended',
    async (lab) => {
      await addDatabases(lab, 'embl', 'nr');
      const [holder, waiter, opener] = await openThree(lab);
      const elsewhere = await LabSession.open(lab);
      const held = await holder.take('embl/x:exclusive', 'nr:exclusive');
      const waiting = await waiter.wait('embl/x/y:shared');
      await opener.open('embl');
      const unharmed = await elsewhere.wait('nr:shared');
      await closeDatabase(lab, 'embl', { graceMs: 10_000, reason: 'release 145' });
      await lab.pass(8_000);
      assert.deepEqual(await statesOf(lab, held, waiting), ['granted', 'waiting 1']);
      const events = await told(lab, () => lab.pass(2_000));
      assert.deepEqual(events.toSorted(), ['database.closed embl', 'session.ended']);
      for (const session of [holder, waiter, opener]) {
        const { ended } = await session.record();
        assert.deepEqual(ended, { at: lab.clock.now(), reason: 'database_closed', text: 'release 145' });
      }
      assert.deepEqual(await statesOf(lab, held, waiting, unharmed), [
        'lock_unknown',
        'lock_unknown',
        'granted',
      ]);
      assert.equal((await lab.storage.getDatabase({ name: 'embl' })).state, 'closed');
      const fault = await lab.refuses('session_ended', () => holder.renew());
      assert.deepEqual(fault.said.facts, { reason: 'database_closed', text: 'release 145' });
    },
  );

  when('without grace it is closed in the same act, with all events of it', async (lab) => {
    await addDatabases(lab, 'embl');
    const [holder, opener] = await openThree(lab);
    await holder.take('embl:shared');
    await opener.open('embl');
    const before = await lab.storage.getDatabase({ name: 'embl' });
    const events = await lab.eventsOf(async () => {
      const { state, revision } = await closeDatabase(lab, 'embl');
      assert.deepEqual([state, revision], ['closed', before.revision + 2]);
    });
    assert.deepEqual(
      events.map(({ type, database, project: of, actor }) => [type, database, of, actor]),
      [
        ['database.closing', 'embl', null, 'root'],
        ['session.ended', null, null, 'root'],
        ['database.closed', 'embl', null, 'root'],
      ],
    );
    assert.equal((await holder.record()).ended?.reason, 'database_closed');
    assert.equal((await opener.record()).ended?.reason, 'database_closed');
  });

  when('a closure outlives whoever made it, sweeps, silence and time', async (lab) => {
    await addDatabases(lab, 'embl');
    const until = lab.clock.now() + 60_000;
    const closed = await closeDatabase(lab, 'embl', { until });
    await lab.pass(120_000);
    lab.clock.advance(86_400_000);
    await lab.storage.sweep();
    assert.deepEqual(await lab.storage.getDatabase({ name: 'embl' }), closed, 'the time is a promise only');
    assert.equal(await isHeld(lab, closed.closure?.epoch ?? null, 'embl:exclusive'), true);
  });

  when(
    'a closure outlives the server',
    async (lab) => {
      await addDatabases(lab, 'embl', 'nr');
      const reader = await LabSession.open(lab, { databases: ['nr'] });
      const closed = await closeDatabase(lab, 'embl');
      const closing = await closeDatabase(lab, 'nr', { graceMs: 60_000 });
      await lab.reopen();
      assert.deepEqual(await lab.storage.getDatabase({ name: 'embl' }), closed);
      assert.deepEqual(await lab.storage.getDatabase({ name: 'nr' }), closing);
      await reader.end();
      assert.equal((await lab.storage.getDatabase({ name: 'nr' })).state, 'closed');
    },
    { reopens: true },
  );

  when('of two who close, one does; the other is told who was first', async (lab) => {
    await addDatabases(lab, 'embl', 'nr');
    const reader = await LabSession.open(lab, { databases: ['nr'] });
    await closeDatabase(lab, 'embl', { reason: 'first' });
    const fault = await lab.refuses('database_closed', () =>
      closeDatabase(lab, 'embl', { reason: 'second' }),
    );
    assert.match(fault.message, /first/);
    await closeDatabase(lab, 'nr', { graceMs: 60_000 });
    await lab.refuses('database_closed', () => closeDatabase(lab, 'nr'));
    assert.equal((await reader.record()).ended, null);
    await addDatabases(lab, 'pdb');
    const both = await Promise.allSettled([closeDatabase(lab, 'pdb'), closeDatabase(lab, 'pdb')]);
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  });

  when('what is not there, off, or a project is not closed', async (lab) => {
    await addDatabase(lab, { name: 'old', state: 'off' });
    await lab.refuses('database_unknown', () => closeDatabase(lab, 'no-such'));
    await lab.refuses('database_off', () => closeDatabase(lab, 'old'));
    await lab.refuses('state_conflict', () => closeDatabase(lab, project));
  });

  when('a reopening frees it, with or without another release', async (lab) => {
    await addDatabase(lab, { name: 'embl', release: '144' });
    const session = await LabSession.open(lab);
    const closed = await closeDatabase(lab, 'embl');
    const events = await told(lab, async () => {
      const open = await reopenDatabase(lab, 'embl', '145');
      assert.deepEqual(open, {
        ...closed,
        state: 'on',
        release: '145',
        revision: closed.revision + 1,
        closure: null,
      });
    });
    assert.deepEqual(events, ['database.reopened embl']);
    assert.equal(await isHeld(lab, closed.closure?.epoch ?? null, 'embl:exclusive'), false);
    await lab.refuses('lock_unknown', () => lab.storage.getLock({ ticket: closed.closure?.ticket ?? 0 }));
    const held = await session.take('embl:shared');
    await session.release(held);
    await closeDatabase(lab, 'embl');
    assert.equal((await reopenDatabase(lab, 'embl')).release, '145');
  });

  when('a closing one that is reopened goes on as if nothing had been', async (lab) => {
    await addDatabases(lab, 'embl');
    const [reader, writer, late] = await openThree(lab);
    const reading = await reader.take('embl:shared');
    const writing = await writer.wait('embl:exclusive');
    await closeDatabase(lab, 'embl', { graceMs: 5_000 });
    assert.equal((await reopenDatabase(lab, 'embl')).state, 'on');
    assert.deepEqual(await statesOf(lab, reading, writing), ['granted', 'waiting 1']);
    await lab.pass(10_000);
    assert.deepEqual(await reader.renew(), []);
    assert.equal((await late.wait('embl:shared')).position, 2);
  });

  when('what is not closed, or not there, is not reopened', async (lab) => {
    await addDatabases(lab, 'embl');
    await addDatabase(lab, { name: 'old', state: 'off' });
    await lab.refuses('state_conflict', () => reopenDatabase(lab, 'embl'));
    await lab.refuses('state_conflict', () => reopenDatabase(lab, 'old'));
    await lab.refuses('state_conflict', () => reopenDatabase(lab, project));
    await lab.refuses('database_unknown', () => reopenDatabase(lab, 'no-such'));
  });

  when(
    'a closure may be broken, while it waits and when it holds: the database is open again',
    async (lab) => {
      await addDatabase(lab, { name: 'embl', release: '144' });
      const reader = await LabSession.open(lab, { databases: ['embl'] });
      for (const graceMs of [60_000, 0]) {
        const { state, closure } = await closeDatabase(lab, 'embl', { graceMs });
        assert.equal(state, graceMs === 0 ? 'closed' : 'closing');
        const events = await told(lab, async () => {
          const broken = await lab.storage.breakLock({ by: root, ticket: closure?.ticket ?? 0 });
          assert.deepEqual([broken.ticket, broken.holder.kind], [closure?.ticket, 'closure']);
        });
        assert.deepEqual(events.toSorted(), ['database.reopened embl', 'lock.broken embl']);
        const open = await lab.storage.getDatabase({ name: 'embl' });
        assert.deepEqual([open.state, open.closure, open.release], ['on', null, '144']);
      }
      assert.equal((await reader.record()).ended?.reason, 'database_closed', 'by the second one');
    },
  );

  when('a closure is released by nobody, and not changed', async (lab) => {
    await addDatabases(lab, 'embl');
    const { closure } = await closeDatabase(lab, 'embl');
    const lock = { ticket: closure?.ticket ?? 0, epoch: closure?.epoch ?? 0 };
    const [result] = await lab.storage.releaseLocks({ by: root, locks: [lock] });
    assert.deepEqual(result, { ticket: lock.ticket, released: false, code: 'lock_not_held' });
    await lab.refuses('lock_not_held', () =>
      lab.storage.changeLock({ by: root, lock, path: 'embl', mode: 'shared' }),
    );
  });

  when('turning on and off waits until a closure is over; other changes do not', async (lab) => {
    await addDatabases(lab, 'embl', 'nr');
    await LabSession.open(lab, { databases: ['nr'] });
    await closeDatabase(lab, 'embl');
    await closeDatabase(lab, 'nr', { graceMs: 60_000 });
    const change = (name: string, changes: object) =>
      lab.storage.changeDatabase({ by: root, name, revision: null, changes });
    for (const name of ['embl', 'nr']) {
      for (const state of ['on', 'off']) await lab.refuses('database_closed', () => change(name, { state }));
      const { state, closure } = await lab.storage.getDatabase({ name });
      const changed = await change(name, { description: 'x' });
      assert.deepEqual([changed.state, changed.closure, changed.description], [state, closure, 'x']);
    }
  });

  when(
    'an upgrade is made under a closure: the database is exclusive to its epoch, and to nobody else',
    async (lab) => {
      await addDatabases(lab, 'embl', 'nr');
      const [a, b] = await openThree(lab);
      const held = await a.take('nr:shared');
      const { closure } = await closeDatabase(lab, 'embl');
      const epoch = closure?.epoch ?? null;
      assert.deepEqual(
        [await isHeld(lab, epoch, 'embl:exclusive'), await isHeld(lab, epoch, 'nr:shared')],
        [true, false],
      );
      await lab.refuses('database_closed', () => b.wait('embl:shared', 'nr:shared'));
      await refusedFor('lock_conflict', lab, () => b.take('nr:exclusive'), held);
    },
  );
}
