import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, project } from './lab.ts';
import {
  addDatabase,
  addDatabases,
  closeDatabase,
  LabSession,
  lockNow,
  newSession,
  openThree,
  root,
  statesOf,
} from './lock-lab.ts';

const dayMs = 86_400_000;

export function sessions(harness: Harness): void {
  const when = casesFor(harness);

  when('a session reads back as it was opened', async (lab) => {
    await addDatabases(lab, 'nr', 'embl');
    const session = { ...newSession, name: 'größer “x”', idleMs: 5_000, databases: ['nr', 'embl', 'nr'] };
    const opened = await lab.storage.openSession({ by: ada, session });
    const now = lab.clock.now();
    const times = { openedAt: now, usedAt: now, leaseEndsAt: now + 30_000 };
    const { id } = opened;
    const expected = { ...session, id, principal: 'ada', databases: ['embl', 'nr'], ...times, ended: null };
    assert.deepEqual(opened, expected);
    assert.deepEqual((await lab.storage.listSessions({ ended: false, limit: 9 })).items, [expected]);
    assert.deepEqual(await lab.storage.getSession({ session: id }), expected);
    await lab.refuses('session_unknown', () => lab.storage.getSession({ session: id + 1 }));
    const bare = { ...newSession, host: null, pid: null };
    const { host, pid, idleMs } = await lab.storage.openSession({ by: ada, session: bare });
    assert.deepEqual([host, pid, idleMs], [null, null, null]);
  });

  when(
    'a session that was opened for one lock ends when that is released, taken back or broken',
    async (lab) => {
      await addDatabases(lab, 'embl', 'nr');
      const one = await LabSession.open(lab, { forOneLock: true });
      const held = await one.take('embl:exclusive');
      const next = await LabSession.open(lab, { forOneLock: true });
      const waiting = await next.waitFor(5_000, 'embl:shared');
      assert.equal(waiting.waitUntil, lab.clock.now() + 5_000);
      await lab.pass(5_000);
      assert.equal((await next.record()).ended?.reason, 'closed');
      const last = await LabSession.open(lab, { forOneLock: true });
      const after = await last.wait('embl:exclusive');
      assert.deepEqual(await one.release(held), ['released']);
      assert.equal((await one.record()).ended?.reason, 'closed');
      assert.deepEqual(await statesOf(lab, after), ['granted']);
      await lab.storage.breakLock({ by: root, ticket: after.ticket });
      assert.equal((await last.record()).ended?.reason, 'closed');
    },
  );

  when('sessions are listed newest first, page by page, each once', async (lab) => {
    const ids: number[] = [];
    for (let index = 0; index < 5; index++) ids.unshift((await LabSession.open(lab)).id);
    assert.deepEqual(await listed(lab, false), ids);
    assert.equal((await lab.storage.listSessions({ ended: false, limit: 5 })).next, null);
  });

  when('numbers of sessions, tickets and epochs are of one row: none is ever given twice', async (lab) => {
    await addDatabases(lab, 'embl');
    const given: number[] = [];
    for (let index = 0; index < 3; index++) {
      const session = await LabSession.open(lab);
      const lock = await session.take('embl:exclusive');
      given.push(session.id, lock.ticket, lock.epoch ?? 0);
      await session.end();
    }
    const { closure } = await closeDatabase(lab, 'embl');
    given.push(closure?.ticket ?? 0, closure?.epoch ?? 0);
    assert.deepEqual(
      given,
      given.toSorted((one, other) => one - other),
    );
    assert.equal(new Set(given).size, given.length);
  });

  when('a database that is not there is not opened, and the nearest name is told', async (lab) => {
    await addDatabases(lab, 'embl');
    const fault = await lab.refuses('database_unknown', () => LabSession.open(lab, { databases: ['emble'] }));
    assert.match(fault.message, /embl\?/);
    const session = await LabSession.open(lab);
    await lab.refuses('database_unknown', () => session.open('embl', 'no-such-thing-at-all'));
    assert.deepEqual((await session.record()).databases, []);
  });

  when('a database that is off, closing or closed is not opened', async (lab) => {
    await addDatabase(lab, { name: 'old', state: 'off' });
    await addDatabases(lab, 'embl', 'nr');
    const reader = await LabSession.open(lab, { databases: ['nr'] });
    const until = lab.clock.now() + 3_600_000;
    await closeDatabase(lab, 'embl', { reason: 'release 145', until });
    await closeDatabase(lab, 'nr', { graceMs: 60_000 });
    await lab.refuses('database_off', () => LabSession.open(lab, { databases: ['old'] }));
    const fault = await lab.refuses('database_closed', () => LabSession.open(lab, { databases: ['embl'] }));
    assert.match(fault.message, /embl is closed: release 145/);
    assert.deepEqual(fault.said.facts, {
      database: 'embl',
      state: 'closed',
      reason: 'release 145',
      until: new Date(until).toISOString(),
    });
    const soon = await lab.refuses('database_closed', () => LabSession.open(lab, { databases: ['nr'] }));
    assert.deepEqual(soon.said.facts, { database: 'nr', state: 'closing', reason: null, until: null });
    await lab.refuses('database_off', () => reader.open('old'));
    await lab.refuses('database_closed', () => reader.open('embl'));
  });

  when('a project may be opened as a database', async (lab) => {
    const session = await LabSession.open(lab, { databases: [project] });
    assert.deepEqual((await session.record()).databases, [project]);
  });

  when('databases are opened and left within a session', async (lab) => {
    await addDatabases(lab, 'embl', 'nr', 'pdb');
    const session = await LabSession.open(lab, { databases: ['pdb'] });
    assert.deepEqual((await session.open('nr', 'embl', 'nr')).databases, ['embl', 'nr', 'pdb']);
    assert.deepEqual((await session.leave('nr', 'no-such')).databases, ['embl', 'pdb']);
    const both = { by: session.by, session: session.id, open: ['nr'], leave: ['pdb'] };
    assert.deepEqual((await lab.storage.openDatabases(both)).databases, ['embl', 'nr']);
  });

  when('a renewal extends the lease by its length, and is no use by itself', async (lab) => {
    const session = await LabSession.open(lab);
    const opened = lab.clock.now();
    lab.clock.advance(10_000);
    const answer = await lab.storage.renewSession({ principal: 'ada', session: session.id, used: false });
    assert.deepEqual(answer, { leaseMs: 30_000, notices: [] });
    const renewed = await session.record();
    assert.deepEqual([renewed.leaseEndsAt, renewed.usedAt], [opened + 40_000, opened]);
    lab.clock.advance(10_000);
    await session.renew(true);
    const used = await session.record();
    assert.deepEqual([used.leaseEndsAt, used.usedAt], [opened + 50_000, opened + 20_000]);
  });

  when(
    'renewed after a gap, before the sweep that finds it, a session has a whole lease and not more',
    async (lab) => {
      const [renewed, silent] = [await LabSession.open(lab), await LabSession.open(lab)];
      await lab.storage.sweep();
      lab.clock.advance(600_000);
      await renewed.renew(true);
      await lab.storage.sweep();
      const now = lab.clock.now();
      const [one, other] = [await renewed.record(), await silent.record()];
      assert.deepEqual([one.leaseEndsAt, one.usedAt], [now + 30_000, now]);
      assert.deepEqual([other.leaseEndsAt, other.usedAt], [now + 30_000, now]);
    },
  );

  when(
    'to ask for locks, to change one, and to open databases is a use, and extends the lease',
    async (lab) => {
      await addDatabases(lab, 'embl');
      const session = await LabSession.open(lab);
      const isFresh = async () => {
        const { usedAt, leaseEndsAt } = await session.record();
        const now = lab.clock.now();
        assert.deepEqual([usedAt, leaseEndsAt], [now, now + 30_000]);
        lab.clock.advance(1_000);
      };
      lab.clock.advance(1_000);
      const lock = await session.take('embl:shared');
      await isFresh();
      assert.equal((await lockNow(lab, lock)).leaseEndsAt, lab.clock.now() - 1_000 + 30_000);
      await session.change(lock, 'embl:exclusive');
      await isFresh();
      await session.open('embl');
      await isFresh();
      await session.leave('embl');
      await isFresh();
    },
  );

  when('a session of another, or of nobody, is unknown', async (lab) => {
    await addDatabases(lab, 'embl');
    const { id } = await LabSession.open(lab, { principal: 'bob' });
    for (const session of [id, id + 77]) {
      const locks = [{ path: 'embl', mode: 'shared' }] as const;
      await lab.refuses('session_unknown', () =>
        lab.storage.renewSession({ principal: 'ada', session, used: true }),
      );
      await lab.refuses('session_unknown', () =>
        lab.storage.acquireLocks({ by: ada, session, locks, wait: false, waitMs: null }),
      );
      await lab.refuses('session_unknown', () =>
        lab.storage.openDatabases({ by: ada, session, open: ['embl'], leave: [] }),
      );
    }
    await lab.refuses('session_unknown', () =>
      lab.storage.endSession({ by: ada, session: id + 77, text: null }),
    );
  });

  when('an end frees what was held and takes back what waits, once and at once', async (lab) => {
    await addDatabases(lab, 'embl', 'nr');
    const [first, second, third] = await openThree(lab);
    const held = await first.take('embl:exclusive');
    const behind = await second.wait('embl:exclusive');
    const last = await third.wait('embl:shared');
    await second.end();
    assert.deepEqual(await statesOf(lab, held, behind, last), ['granted', 'lock_unknown', 'waiting 1']);
    lab.clock.advance(5);
    const ended = await first.end('done');
    assert.deepEqual(ended.ended, { at: lab.clock.now(), reason: 'closed', text: 'done' });
    assert.deepEqual(ended.databases, []);
    assert.deepEqual(await statesOf(lab, held, behind, last), ['lock_unknown', 'lock_unknown', 'granted']);
    lab.clock.advance(5);
    assert.deepEqual(await lab.changesNothing(() => first.end('again')), ended);
    assert.deepEqual(await lab.changesNothing(() => first.end('again', root)), ended);
  });

  when(
    'an end by its own principal is no event; one by somebody else is, and is told with its text',
    async (lab) => {
      await addDatabases(lab, 'embl');
      const own = await LabSession.open(lab);
      assert.deepEqual(await lab.eventsOf(() => own.end()), []);
      const other = await LabSession.open(lab, { databases: ['embl'] });
      const events = await lab.eventsOf(() => other.end('off to lunch?', root));
      assert.deepEqual(
        events.map(({ type, actor }) => [type, actor]),
        [['session.ended', 'root']],
      );
      const facts = { reason: 'ended_by_manager', text: 'off to lunch?' };
      for (const act of [() => other.renew(), () => other.take('embl:shared'), () => other.open('embl')]) {
        const fault = await lab.refuses('session_ended', act);
        assert.deepEqual(fault.said.facts, facts);
      }
    },
  );

  when('a session that is not renewed is lost with all it held', async (lab) => {
    await addDatabases(lab, 'embl');
    const [silent, next] = await openThree(lab);
    const held = await silent.take('embl:exclusive');
    const waiting = await next.wait('embl:exclusive');
    for (let waited = 0; waited < 28_000; waited += 2_000) {
      await lab.pass(2_000);
      await next.renew();
    }
    assert.deepEqual(await statesOf(lab, held, waiting), ['granted', 'waiting 1']);
    const events = await lab.eventsOf(() => lab.pass(2_000));
    assert.deepEqual(
      events.map(({ type, actor }) => [type, actor]),
      [['session.ended', 'labkeep']],
    );
    assert.deepEqual(await statesOf(lab, held, waiting), ['lock_unknown', 'granted']);
    const fault = await lab.refuses('session_ended', () => silent.renew());
    assert.deepEqual(fault.said.facts, { reason: 'lease_lost', text: null });
  });

  when('a session that is renewed but not used ends when it was idle for long enough', async (lab) => {
    await addDatabases(lab, 'embl');
    const idle = await LabSession.open(lab, { idleMs: 10_000 });
    const busy = await LabSession.open(lab, { idleMs: 10_000 });
    const patient = await LabSession.open(lab);
    const held = await idle.take('embl:exclusive');
    for (let passed = 0; passed < 8_000; passed += 2_000) {
      await lab.pass(2_000);
      await idle.renew();
      await busy.renew(true);
    }
    assert.deepEqual(await statesOf(lab, held), ['granted']);
    await lab.pass(2_000);
    const { ended } = await idle.record();
    assert.deepEqual(ended, { at: lab.clock.now(), reason: 'idle', text: null });
    assert.deepEqual(await statesOf(lab, held), ['lock_unknown']);
    assert.deepEqual([(await busy.record()).ended, (await patient.record()).ended], [null, null]);
  });

  when(
    'a silence of the servers costs nobody a session: leases and idle times are extended by it, once',
    async (lab) => {
      const idle = await LabSession.open(lab, { idleMs: 20_000 });
      const [plain, ended] = await openThree(lab);
      await ended.end();
      const before = await Promise.all([idle, plain, ended].map((each) => each.record()));
      lab.clock.advance(3_600_000);
      await lab.storage.sweep();
      const after = await Promise.all([idle, plain, ended].map((each) => each.record()));
      const later = before.map((each) =>
        each.ended === null
          ? { ...each, leaseEndsAt: each.leaseEndsAt + 3_600_000, usedAt: each.usedAt + 3_600_000 }
          : each,
      );
      assert.deepEqual(after, later);
      lab.clock.advance(1_000);
      await lab.storage.sweep();
      assert.deepEqual(await idle.record(), later[0]);
      await lab.pass(20_000);
      assert.equal((await idle.record()).ended?.reason, 'idle');
      assert.equal((await plain.record()).ended, null);
      await lab.pass(10_000);
      assert.equal((await plain.record()).ended?.reason, 'lease_lost');
    },
  );

  when('ended sessions are kept for a day, and listed only where they are asked for', async (lab) => {
    const [gone, open] = [await LabSession.open(lab), await LabSession.open(lab)];
    await gone.end();
    assert.deepEqual(await listed(lab, false), [open.id]);
    assert.deepEqual(await listed(lab, true), [open.id, gone.id]);
    lab.clock.advance(dayMs - 60_000);
    await lab.storage.sweep();
    assert.deepEqual(await listed(lab, true), [open.id, gone.id]);
    lab.clock.advance(120_000);
    await lab.storage.sweep();
    assert.deepEqual(await listed(lab, true), [open.id]);
    await lab.refuses('session_unknown', () => gone.renew());
  });

  when('whoever has open, or holds, what is about to close is told when it renews itself', async (lab) => {
    await addDatabases(lab, 'embl', 'nr');
    const opener = await LabSession.open(lab, { databases: ['embl', 'nr'] });
    const [holder, other] = await openThree(lab);
    await holder.take('embl/x:shared');
    await other.take('nr:shared');
    const until = lab.clock.now() + 3_600_000;
    const closesAt = lab.clock.now() + 60_000;
    await closeDatabase(lab, 'embl', { graceMs: 60_000, reason: 'release 145', until });
    const notice = { database: 'embl', reason: 'release 145', closesAt, until };
    assert.deepEqual(await opener.renew(), [notice]);
    assert.deepEqual(await holder.renew(), [notice]);
    assert.deepEqual(await other.renew(), []);
    await opener.leave('embl');
    assert.deepEqual(await opener.renew(), []);
  });

  when('an opening that is repeated with its key gives the same session', async (lab) => {
    const idempotency = () => ({ route: 'POST /v1/sessions', key: 'k', digest: 'd' });
    const open = () =>
      lab.storage.openSession({ by: { ...ada, idempotency: idempotency() }, session: newSession });
    const first = await open();
    assert.deepEqual(await lab.changesNothing(open), first);
  });

  when(
    'no session outlives a restore, and what it held is free; a closure stands under a new epoch',
    async (lab) => {
      await addDatabases(lab, 'embl', 'nr');
      const session = await LabSession.open(lab);
      const held = await session.take('nr:exclusive');
      const { closure } = await closeDatabase(lab, 'embl');
      await lab.restored();
      assert.equal((await session.record()).ended?.reason, 'restored');
      assert.deepEqual(await statesOf(lab, held), ['lock_unknown']);
      const after = await lab.storage.getDatabase({ name: 'embl' });
      assert.equal(after.state, 'closed');
      assert.ok((after.closure?.epoch ?? 0) > (closure?.epoch ?? 0));
      const again = await LabSession.open(lab);
      assert.ok(again.id > (closure?.epoch ?? 0));
      assert.equal((await again.take('nr:exclusive')).state, 'granted');
    },
    { trimmed: true },
  );

  when(
    'while workers of before a restore may be at work, no session is opened and nothing is closed',
    async (lab) => {
      await addDatabases(lab, 'embl', 'nr');
      await LabSession.open(lab, { databases: ['embl'] });
      await closeDatabase(lab, 'embl', { graceMs: 3_600_000 });
      await lab.storage.startIncarnation();
      await closeDatabase(lab, 'nr', { graceMs: 3_600_000 });
      const states = async () =>
        Promise.all(['embl', 'nr'].map(async (name) => (await lab.storage.getDatabase({ name })).state));
      await lab.pass(lab.durations.leaseMs - 1_000);
      assert.deepEqual(await states(), ['closing', 'closing']);
      const { said } = await lab.refuses('storage_restored', () => LabSession.open(lab));
      assert.deepEqual(said.facts, { pollAfterMs: 1_000 });
      await lab.pass(1_000);
      assert.deepEqual(await states(), ['closed', 'closed']);
      await LabSession.open(lab);
    },
    { trimmed: true },
  );
}

/** The ids of the sessions that are listed, two at a time. */
async function listed(lab: Lab, ended: boolean): Promise<readonly number[]> {
  const ids: number[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await lab.storage.listSessions({
      ended,
      limit: 2,
      ...(after === undefined ? {} : { after }),
    });
    assert.ok(page.items.length <= 2);
    ids.push(...page.items.map(({ id }) => id));
    after = page.next;
  }
  return ids;
}
