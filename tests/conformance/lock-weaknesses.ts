/** What goes wrong with the locks that laboratories have used so far, and must not go wrong here. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor } from './lab.ts';
import {
  addDatabases,
  closeDatabase,
  heldAndAwaited,
  isHeld,
  LabSession,
  lockNow,
  neverGiven,
  openThree,
  refusedFor,
  stateOf,
  statesOf,
} from './lock-lab.ts';

export function lockWeaknesses(harness: Harness): void {
  const when = casesFor(harness);

  when(
    'stolen lock: a late release, renewal or change does not touch the lock of the next holder',
    async (lab) => {
      const { holder: late, waiter: next, held: lost, waiting } = await heldAndAwaited(lab, 'embl:exclusive');
      for (let passed = 0; passed < 30_000; passed += 2_000) {
        await next.renew();
        await lab.pass(2_000);
      }
      const held = await lockNow(lab, waiting);
      assert.equal(held.state, 'granted');
      assert.deepEqual(await late.release(lost), ['lock_unknown']);
      assert.deepEqual(await late.release({ ...lost, ticket: held.ticket }), ['lock_lost']);
      await lab.refuses('session_ended', () => late.renew());
      await lab.refuses('session_ended', () => late.take('embl:exclusive'));
      await lab.refuses('lock_unknown', () => late.change(lost, 'embl:shared'));
      assert.deepEqual(await lockNow(lab, waiting), held);
    },
  );

  when(
    'cleaning race: a lock is never there without its holder, nor swept away while that lives',
    async (lab) => {
      await addDatabases(lab, 'embl');
      const sessions = await openThree(lab);
      const acts = sessions.flatMap((session) => [session.wait('embl:shared'), lab.storage.sweep()]);
      await Promise.all(acts);
      const { items } = await lab.storage.listLocks({ path: 'embl', limit: 9 });
      assert.deepEqual(
        items.map(({ holder }) => (holder.kind === 'session' ? holder.session : null)).sort(),
        sessions.map(({ id }) => id).sort(),
      );
    },
  );

  when(
    'a pid proves nothing: one on another host, or used again, neither ends nor saves a lock',
    async (lab) => {
      await addDatabases(lab, 'a', 'b');
      const nobodys = 2 ** 22 + 1;
      const far = await LabSession.open(lab, { host: 'another.host', pid: nobodys });
      const far2 = await LabSession.open(lab, { host: 'node07', pid: process.pid });
      const held = await far.take('a:exclusive');
      const silent = await far2.take('b:exclusive');
      for (let passed = 0; passed < 40_000; passed += 2_000) {
        await lab.pass(2_000);
        await far.renew();
      }
      assert.deepEqual(await statesOf(lab, held, silent), ['granted', 'lock_unknown']);
    },
  );

  when(
    'fixed expiry: a lock lives as long as it is renewed, and after a crash no longer than its lease',
    async (lab) => {
      await addDatabases(lab, 'embl');
      const session = await LabSession.open(lab, { leaseMs: 10_000 });
      const held = await session.take('embl:exclusive');
      for (let passed = 0; passed < 120_000; passed += 8_000) {
        await session.renew();
        await lab.pass(8_000);
      }
      assert.equal(await stateOf(lab, held), 'granted');
      await session.renew();
      await lab.pass(10_000);
      assert.equal(await stateOf(lab, held), 'lock_unknown');
    },
  );

  when(
    'no fencing: every grant has a greater epoch, and what was done under an older one is told apart',
    async (lab) => {
      const { held: first, waiting } = await heldAndAwaited(lab, 'embl:exclusive');
      assert.equal(await isHeld(lab, first.epoch, 'embl/table:exclusive'), true);
      await lab.storage.breakLock({ by: { principal: 'root' }, ticket: first.ticket });
      const second = await lockNow(lab, waiting);
      assert.ok((second.epoch ?? 0) > (first.epoch ?? 0));
      assert.equal(await isHeld(lab, first.epoch, 'embl/table:exclusive'), false);
      assert.equal(await isHeld(lab, second.epoch, 'embl/table:exclusive'), true);
    },
  );

  when('starvation: a writer comes in under a stream of readers that overlap', async (lab) => {
    await addDatabases(lab, 'embl');
    const writer = await LabSession.open(lab);
    let reader = await LabSession.open(lab);
    let reading = await reader.take('embl:shared');
    const writing = await writer.wait('embl:exclusive');
    let passedBy = 0;
    for (let turn = 0; turn < 5 && (await stateOf(lab, writing)) !== 'granted'; turn++) {
      const next = await LabSession.open(lab);
      const asked = await next.wait('embl:shared');
      if (asked.state === 'granted') passedBy++;
      await reader.release(reading);
      [reader, reading] = [next, asked];
    }
    assert.deepEqual([await stateOf(lab, writing), passedBy], ['granted', 0]);
  });

  when('deadlock: sets in whatever order are granted whole, and nobody holds while it waits', async (lab) => {
    await addDatabases(lab, 'a', 'b');
    const [x, y] = await openThree(lab);
    const one = await x.wait('a:exclusive', 'b:exclusive');
    const other = await y.wait('b:exclusive', 'a:exclusive');
    assert.deepEqual(await statesOf(lab, one, other), ['granted', 'waiting 1']);
    await x.release(one);
    const held = await x.take('a:exclusive').catch(() => null);
    assert.equal(held, null, 'the other holds both now');
    await y.release(await lockNow(lab, other));
    const [a] = [await x.take('a:exclusive'), await y.take('b:exclusive')];
    await lab.refuses('deadlock_avoided', () => x.wait('b:exclusive'));
    await lab.refuses('deadlock_avoided', () => y.wait('a:exclusive'));
    await x.release(a);
    assert.equal((await y.take('a:exclusive')).state, 'granted');
  });

  when('no hierarchy: a database and a schema in it exclude each other', async (lab) => {
    await addDatabases(lab, 'chado');
    const [a, b, c] = await openThree(lab);
    const clone = await a.take('chado:exclusive');
    await refusedFor('lock_conflict', lab, () => b.take('chado/curation:shared'), clone);
    await a.change(clone, 'chado:shared');
    const reader = await b.take('chado/curation:shared');
    await refusedFor('lock_conflict', lab, () => c.take('chado/public:exclusive'), clone);
    await refusedFor('lock_upgrade_conflict', lab, () => a.change(clone, 'chado:exclusive'), reader);
  });

  when('invisible waiting: anybody sees who holds, who waits, since when and behind whom', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a, b, c] = await openThree(lab);
    const holder = await a.take('embl:shared');
    lab.clock.advance(1_000);
    const [first, second] = [await b.wait('embl:exclusive'), await c.wait('embl:shared')];
    const { items } = await lab.storage.listLocks({ path: 'embl', limit: 9 });
    assert.deepEqual(
      items.map(({ ticket, state, waitsFor, position }) => ({ ticket, state, waitsFor, position })),
      [
        { ticket: holder.ticket, state: 'granted', waitsFor: [], position: 0 },
        { ticket: first.ticket, state: 'waiting', waitsFor: [holder.ticket], position: 1 },
        { ticket: second.ticket, state: 'waiting', waitsFor: [first.ticket], position: 2 },
      ],
    );
    assert.ok(items.every(({ requestedAt, holder: who }) => requestedAt > 0 && who.kind === 'session'));
  });

  when('contention is an answer that names the holders, and no fault of the server', async (lab) => {
    await addDatabases(lab, 'embl');
    const sessions = await Promise.all(
      Array.from({ length: 8 }, (_, index) => LabSession.open(lab, { name: `s${index}` })),
    );
    const outcomes = await Promise.allSettled(sessions.map((session) => session.take('embl:exclusive')));
    const won = outcomes.findIndex(({ status }) => status === 'fulfilled');
    for (const [index, outcome] of outcomes.entries()) {
      if (index === won) continue;
      assert.ok(outcome.status === 'rejected', 'one alone is granted');
      const { code, said } = outcome.reason;
      assert.equal(code, 'lock_conflict');
      const named = said.facts.holders.map(({ name, principal }: Record<string, string>) => [
        name,
        principal,
      ]);
      assert.deepEqual(named, [[`s${won}`, 'ada']]);
    }
  });

  when('owners of a name are those of that name; a lock that is not there is unknown', async (lab) => {
    await addDatabases(lab, 'a', 'b');
    const [x, y] = await openThree(lab);
    const [held] = [await x.take('a:shared'), await y.take('b:shared')];
    const { items } = await lab.storage.listLocks({ path: 'a', limit: 9 });
    assert.deepEqual(items, [held]);
    await lab.refuses('lock_unknown', () => lab.storage.getLock(neverGiven(held)));
  });

  when('half a set: a set that is refused takes nothing, and leaves what the session held', async (lab) => {
    await addDatabases(lab, 'a', 'b', 'c');
    const [x, y, z] = await openThree(lab);
    const [own, foreign] = [await x.take('a:exclusive'), await y.take('c:exclusive')];
    await refusedFor('lock_conflict', lab, () => x.take('b:exclusive', 'c:shared'), foreign);
    assert.deepEqual(await statesOf(lab, own, foreign), ['granted', 'granted']);
    assert.equal((await z.take('b:exclusive')).state, 'granted', 'nothing of the set was taken');
  });

  when('two tasks in one process do not free each other’s locks', async (lab) => {
    await addDatabases(lab, 'a', 'b');
    const task = { name: 'labkeep', host: 'node07', pid: 4242 };
    const [one, other] = [await LabSession.open(lab, task), await LabSession.open(lab, task)];
    const [held] = [await one.take('a:exclusive'), await other.take('b:exclusive')];
    await other.end();
    assert.equal(await stateOf(lab, held), 'granted');
  });

  when('a share that was given back is gone, however often and by whomever that is said', async (lab) => {
    await addDatabases(lab, 'embl');
    const [a, b] = await openThree(lab);
    const [one, other] = [await a.take('embl:shared'), await b.take('embl:shared')];
    const answers = await Promise.all([a.release(one), a.release(one), a.release(one)]);
    assert.deepEqual(answers.flat().sort(), ['lock_unknown', 'lock_unknown', 'released']);
    assert.deepEqual(await statesOf(lab, one, other), ['lock_unknown', 'granted']);
    await b.release(other);
    assert.equal((await a.take('embl:exclusive')).state, 'granted');
  });

  when(
    'advisory only: the epoch of a closure, too, tells whether an update may still be made',
    async (lab) => {
      await addDatabases(lab, 'embl');
      const { closure } = await closeDatabase(lab, 'embl');
      const epoch = closure?.epoch ?? null;
      assert.equal(await isHeld(lab, epoch, 'embl/table:exclusive'), true);
      await lab.storage.breakLock({ by: { principal: 'root' }, ticket: closure?.ticket ?? 0 });
      assert.equal(await isHeld(lab, epoch, 'embl/table:exclusive'), false);
    },
  );
}
