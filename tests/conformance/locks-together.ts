/** Locks that many ask for, and give back, at one time: each is answered as if all others were done. */
import assert from 'node:assert/strict';
import type { LockRecord } from '../../src/ports/records/locks.ts';
import type { Actor } from '../../src/ports/storage.ts';
import type { Harness } from './harness.ts';
import { casesFor } from './lab.ts';
import { addDatabase, addDatabases, codeOf, LabSession, openThree, statesOf } from './lock-lab.ts';

export function locksTogether(harness: Harness): void {
  const when = casesFor(harness);

  when('each of many asks has its own answer, a refusal too', async (lab) => {
    await addDatabases(lab, 'embl', 'nr');
    await addDatabase(lab, { name: 'old', state: 'off' });
    const [a, b, c] = await openThree(lab);
    const ended = await LabSession.open(lab);
    await ended.end();
    const [first, second, reader, ...refused] = await Promise.all([
      a.wait('embl:exclusive', 'nr:shared'),
      b.wait('embl/x:shared'),
      c.wait('nr:shared'),
      codeOf(() => a.take('nr/x:exclusive')),
      codeOf(() => c.take('embl:shared')),
      codeOf(() => c.wait('embl:shared')),
      codeOf(() => c.wait('old:shared')),
      codeOf(() => c.wait('emlb:shared')),
      codeOf(() => ended.wait('nr:shared')),
    ]);
    assert.deepEqual(refused, [
      'lock_conflict',
      'lock_conflict',
      'deadlock_avoided',
      'database_off',
      'database_unknown',
      'session_ended',
    ]);
    assert.deepEqual(await statesOf(lab, first, second, reader), ['granted', 'waiting 1', 'granted']);
    assert.deepEqual([second.waitsFor, second.position], [[first.ticket], 1]);
    const numbers = [first.ticket, first.epoch, second.ticket, reader.ticket, reader.epoch];
    assert.equal(new Set(numbers).size, numbers.length, 'no ticket or epoch is given twice');
  });

  when('a refusal names those who asked at the same time and were granted', async (lab) => {
    await addDatabases(lab, 'embl');
    const sessions = await openThree(lab);
    const outcomes = await Promise.allSettled(sessions.map((session) => session.take('embl:exclusive')));
    const granted = outcomes.flatMap((it) => (it.status === 'fulfilled' ? [it.value.ticket] : []));
    const named = outcomes.flatMap((it) =>
      it.status === 'rejected' ? it.reason.said.facts.holders.map((who: LockRecord) => who.ticket) : [],
    );
    assert.equal(granted.length, 1);
    assert.deepEqual(named, [granted[0], granted[0]]);
  });

  when('those who are let in by locks that are given back at one time are those who may be', async (lab) => {
    await addDatabases(lab, 'a', 'b');
    const [x, y, z] = await openThree(lab);
    const [one, other] = [await x.take('a:exclusive'), await y.take('b:exclusive')];
    const both = await z.wait('a:exclusive', 'b:exclusive');
    const late = await LabSession.open(lab);
    const [, , asked] = await Promise.all([x.release(one), y.release(other), late.wait('b:shared')]);
    assert.deepEqual(await statesOf(lab, both, asked), ['granted', 'waiting 1']);
  });

  when('one of the locks of a session that was opened for one ends the others with it', async (lab) => {
    await addDatabases(lab, 'a', 'b');
    const session = await LabSession.open(lab, { forOneLock: true });
    const [one, other] = [await session.take('a:exclusive'), await session.take('b:exclusive')];
    const answers = await Promise.all([session.release(one), session.release(other)]);
    assert.deepEqual(answers.flat().sort(), ['lock_unknown', 'released']);
    assert.equal((await session.record()).ended?.reason, 'closed');
  });

  when('a lock that is named twice is given back once', async (lab) => {
    await addDatabases(lab, 'embl');
    const session = await LabSession.open(lab);
    const held = await session.take('embl:exclusive');
    assert.deepEqual(await session.release(held, held), ['released', 'lock_unknown']);
  });

  when('an ask that is repeated at the same time under its key is answered once', async (lab) => {
    await addDatabases(lab, 'embl');
    const session = await LabSession.open(lab);
    const by = (digest: string): Actor => ({
      principal: session.by.principal,
      idempotency: { route: 'POST /v1/locks', key: 'k1', digest },
    });
    const locks = [{ path: 'embl', mode: 'exclusive' }] as const;
    const ask = (digest: string) =>
      lab.storage.acquireLocks({ by: by(digest), session: session.id, locks, wait: false, waitMs: null });
    const [first, again, different] = await Promise.all([ask('d1'), ask('d1'), codeOf(() => ask('d2'))]);
    assert.deepEqual(again, first);
    assert.equal(different, 'idempotency_conflict');
    assert.equal((await lab.storage.listLocks({ path: null, limit: 9 })).items.length, 1);
  });
}
