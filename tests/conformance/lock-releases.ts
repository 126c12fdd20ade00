/** Of a database of releases, readers hold the one that they read. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor } from './lab.ts';
import {
  addDatabase,
  closeDatabase,
  LabSession,
  lockNow,
  openThree,
  refusedFor,
  reopenDatabase,
  statesOf,
  written,
} from './lock-lab.ts';

export function lockReleases(harness: Harness): void {
  const when = casesFor(harness);

  when(
    'readers of a database of releases hold the current one, and a builder does not disturb them',
    async (lab) => {
      await addDatabase(lab, { name: 'nr', kind: 'files', release: '2026-10' });
      const [a, b, c] = await openThree(lab);
      const reader = await a.take('nr:shared');
      assert.deepEqual(written(reader), ['nr/2026-10:shared']);
      assert.equal((await b.take('nr/build:exclusive')).state, 'granted');
      assert.deepEqual(written(await c.take('nr@2026-09:shared')), ['nr/2026-09:shared'], 'a pinned one');
      const d = await LabSession.open(lab);
      await refusedFor('lock_conflict', lab, () => d.take('nr/2026-10:exclusive'), reader);
    },
  );

  when('the release is the one that is current when the lock is granted', async (lab) => {
    await addDatabase(lab, { name: 'nr', kind: 'files', release: '2026-10' });
    const [a, b] = await openThree(lab);
    const held = await a.take('nr/2026-10:exclusive');
    const reader = await b.wait('nr:shared', 'nr/2026-11:exclusive');
    const by = { principal: 'root' };
    await lab.storage.changeDatabase({ by, name: 'nr', revision: null, changes: { release: '2026-11' } });
    await a.release(held);
    const granted = await lockNow(lab, reader);
    assert.deepEqual([granted.state, written(granted)], ['granted', ['nr/2026-11:exclusive']]);
  });

  when('who waits for the current release is in nobody’s way on the one before', async (lab) => {
    await addDatabase(lab, { name: 'nr', kind: 'files', release: '2026-10' });
    await addDatabase(lab, { name: 'embl' });
    const [a, b, c] = await openThree(lab);
    const held = await a.take('embl:exclusive');
    const reader = await b.wait('embl:shared', 'nr:shared');
    const writer = await c.wait('nr/2026-10:exclusive');
    assert.deepEqual(await statesOf(lab, reader, writer), ['waiting 1', 'waiting 2']);
    const by = { principal: 'root' };
    await lab.storage.changeDatabase({ by, name: 'nr', revision: null, changes: { release: '2026-11' } });
    assert.deepEqual(await statesOf(lab, reader, writer), ['waiting 1', 'granted']);
    await a.release(held);
    assert.deepEqual(await statesOf(lab, reader, writer), ['granted', 'granted']);
    assert.deepEqual(written(await lockNow(lab, reader)), ['embl:shared', 'nr/2026-11:shared']);
  });

  when(
    'a release that is chosen when its database is opened again lets in who waited for another',
    async (lab) => {
      await addDatabase(lab, { name: 'nr', kind: 'files', release: '2026-10' });
      await addDatabase(lab, { name: 'embl' });
      const [a, b, c] = await openThree(lab);
      await a.take('embl:exclusive');
      const reader = await b.wait('embl:shared', 'nr:shared');
      const writer = await c.wait('nr/2026-10:exclusive');
      await closeDatabase(lab, 'nr', { graceMs: 60_000 });
      await reopenDatabase(lab, 'nr', '2026-11');
      assert.deepEqual(await statesOf(lab, reader, writer), ['waiting 1', 'granted']);
    },
  );

  when(
    'a whole database of releases is held as such by who updates it; so is one without a release',
    async (lab) => {
      await addDatabase(lab, { name: 'nr', kind: 'files', release: '2026-10' });
      await addDatabase(lab, { name: 'new', kind: 'files' });
      await addDatabase(lab, { name: 'bank', kind: 'bank', release: '145' });
      const [a, b] = await openThree(lab);
      assert.deepEqual(written(await a.take('nr:exclusive')), ['nr:exclusive']);
      assert.deepEqual(written(await b.take('new:shared', 'bank:shared')), ['bank:shared', 'new:shared']);
    },
  );
}
