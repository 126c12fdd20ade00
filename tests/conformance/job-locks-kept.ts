/** What is kept of the locks of jobs, what breaks them, and how they go with limits, drafts and large numbers. */
import assert from 'node:assert/strict';
import type { LockWish } from '../../src/core/locks/wishes.ts';
import type { Harness } from './harness.ts';
import { allLocks, line, locking, numbers } from './job-locks.ts';
import { casesFor, placeOf, project } from './lab.ts';
import { addDatabases, LabSession, statesOf } from './lock-lab.ts';

export function jobLocksKept(harness: Harness): void {
  const when = casesFor(harness);

  when(
    'results of a release that is not current any more are counted, and methods name releases',
    async (lab) => {
      const by = { principal: 'root' };
      const set = (release: string) =>
        lab.storage.changeDatabase({ by, name: 'embl', revision: null, changes: { release } });
      const outdated = () => lab.storage.listOutdated({ project });
      await addDatabases(lab, 'embl', 'plain');
      await set('144');
      const worker = await lab.worker();
      for (const outcome of ['succeeded', 'succeeded', 'failed'] as const) {
        await lab.submit(locking('embl/flat:shared embl/index:shared plain:shared'));
        await worker.finish(await lab.started(worker), outcome);
      }
      assert.deepEqual(await outdated(), []);
      await set('145');
      assert.deepEqual(await outdated(), [{ database: 'embl', now: '145', was: '144', results: 2 }]);
      await lab.act('trash', '1');
      assert.deepEqual(await outdated(), [{ database: 'embl', now: '145', was: '144', results: 1 }]);
      const { steps } = await lab.storage.listSteps({ of: placeOf('2'), limit: 10, only: null });
      assert.deepEqual(steps[0]?.databases, [
        { path: 'embl/flat', release: '144' },
        { path: 'embl/index', release: '144' },
        { path: 'plain', release: null },
      ]);
      await lab.storage.purgeJobs({ by: { principal: 'ada' }, places: [placeOf('1')], force: false });
      assert.deepEqual(await outdated(), [{ database: 'embl', now: '145', was: '144', results: 1 }]);
    },
  );

  when('what each attempt locked, and the release of it, stays on the record', async (lab) => {
    await addDatabases(lab, 'chado');
    const by = { principal: 'root' };
    const nr = { name: 'nr', kind: 'files', tag: null, description: '', settings: {} } as const;
    await lab.storage.addDatabase({
      by,
      database: { ...nr, release: '2026-10', declaredIn: null, state: 'on' },
    });
    const retry = { max: 1, delayMs: 0 };
    const wishes = 'chado:exclusive nr:shared nr@2026-09:shared';
    await lab.submit(locking(wishes, { retry }));
    const worker = await lab.worker();
    await worker.finish(await lab.started(worker), 'failed');
    await lab.storage.changeDatabase({ by, name: 'nr', revision: null, changes: { release: '2026-11' } });
    await lab.started(worker);
    const pinned = { path: 'nr/2026-09', mode: 'shared', release: '2026-09' };
    const chado = { path: 'chado', mode: 'exclusive', release: null };
    assert.deepEqual((await lab.job('1')).databases, [
      { attempt: 1, ...chado },
      { attempt: 1, ...pinned },
      { attempt: 1, path: 'nr/2026-10', mode: 'shared', release: '2026-10' },
      { attempt: 2, ...chado },
      { attempt: 2, ...pinned },
      { attempt: 2, path: 'nr/2026-11', mode: 'shared', release: '2026-11' },
    ]);
    assert.deepEqual(
      (await lab.job('1')).document.locks?.map(({ path }) => path),
      ['chado', 'nr', 'nr/2026-09'],
    );
  });

  when('a lock of a job, or the ticket of a class, may be broken', async (lab) => {
    await addDatabases(lab, 'embl');
    const by = { principal: 'root' };
    await lab.submit(locking('embl:exclusive'));
    await lab.submit(locking('embl:exclusive'));
    const worker = await lab.worker();
    const offer = await lab.started(worker);
    assert.deepEqual(await worker.offers(1), []);
    const [held, waiting] = await allLocks(lab);
    assert.ok(held && waiting);
    await lab.storage.breakLock({ by, ticket: waiting.ticket });
    assert.deepEqual(await line(lab), ['granted toxd/1']);
    assert.deepEqual(await worker.offers(1), [], 'the next claim gives it another');
    assert.deepEqual(await line(lab), ['granted toxd/1', 'waiting toxd/2 (1)']);
    await lab.storage.breakLock({ by, ticket: held.ticket });
    const check = { path: 'embl', mode: 'exclusive', epoch: offer.epoch } as const;
    assert.deepEqual(await lab.storage.checkLock(check), { held: false });
    assert.equal(await lab.state('1'), 'running', 'it runs on, and can find out');
    assert.deepEqual(numbers(await worker.take(1)), ['2']);
    await worker.finish(offer, 'succeeded');
    assert.deepEqual(await line(lab), ['granted toxd/2']);
  });

  when(
    'a restored storage has no lock of an attempt, and no ticket in anybody’s way',
    async (lab) => {
      await addDatabases(lab, 'embl');
      await lab.submit(locking('embl:exclusive', { onLost: 'ask' }));
      await lab.submit(locking('embl:exclusive'));
      const worker = await lab.worker();
      await lab.started(worker);
      assert.deepEqual(await worker.offers(1), []);
      await lab.restored();
      assert.deepEqual(await line(lab), ['asleep toxd/2']);
      const session = await LabSession.open(lab);
      const lock = await session.take('embl:shared');
      await session.release(lock);
      const again = await lab.worker({ name: 'again' });
      assert.deepEqual(numbers(await again.take(1)), ['2']);
    },
    { trimmed: true },
  );

  when('of a limited parent with locks, as many go out as limit and locks allow', async (lab) => {
    await addDatabases(lab, 'embl');
    await lab.submit({ command: null, atOnce: 2 });
    for (let child = 0; child < 4; child++) await lab.submit(locking('embl:shared', { parent: '1' }));
    const worker = await lab.worker();
    const [first, second, ...more] = await worker.take(4);
    assert.ok(first && second);
    assert.deepEqual(more, []);
    const writer = await (await LabSession.open(lab)).wait('embl:exclusive');
    await worker.finish(first, 'succeeded');
    assert.deepEqual(await worker.offers(4), []);
    await worker.finish(second, 'succeeded');
    assert.deepEqual(await statesOf(lab, writer), ['granted']);
    await lab.storage.breakLock({ by: { principal: 'root' }, ticket: writer.ticket });
    assert.deepEqual(numbers(await worker.take(4)), ['1.3', '1.4']);
  });

  when('started at once, a job has its locks from the start', async (lab) => {
    await addDatabases(lab, 'embl');
    await lab.submit(locking('embl:exclusive'));
    await lab.submit(locking('embl:exclusive'));
    const worker = await lab.worker();
    const { offers } = await lab.storage.claimJobs({
      ...{ worker: worker.id, principal: 'ada', capacity: 2, held: [] },
      startAtOnce: true,
    });
    assert.deepEqual(numbers(offers), ['1']);
    assert.deepEqual(await lab.states('1', '2'), ['running', 'ready']);
    assert.deepEqual(await line(lab), ['granted toxd/1', 'waiting toxd/2 (1)']);
    assert.deepEqual((await lab.job('1')).databases, [
      { attempt: 1, path: 'embl', mode: 'exclusive', release: null },
    ]);
  });

  when(
    'drafts are edited with their locks; unknown databases are refused with the nearest name',
    async (lab) => {
      await addDatabases(lab, 'embl');
      const unknown = await lab.refuses('database_unknown', () => lab.submit(locking('embi:shared')));
      assert.match(unknown.message, /did you mean embl/);
      await lab.submit(locking('embl:exclusive', { submit: false }));
      const change = (locks: readonly LockWish[]) =>
        lab.storage.editJob({
          by: { principal: 'ada' },
          place: placeOf('1'),
          revision: null,
          changes: { document: { locks } },
        });
      await lab.refuses('database_unknown', () => change([{ path: 'embi', mode: 'shared' }]));
      await change([]);
      assert.equal((await lab.job('1')).document.locks, undefined);
      await change([{ path: 'embl', mode: 'shared' }]);
      await lab.act('submit', '1');
      const worker = await lab.worker();
      await lab.started(worker);
      assert.deepEqual((await allLocks(lab))[0]?.locks, [{ path: 'embl', mode: 'shared' }]);
    },
  );

  when(
    'hundreds of classes that wait for hundreds of paths delay nobody, and each gets its turn',
    async (lab) => {
      await addDatabases(lab, 'bank');
      const session = await LabSession.open(lab, { leaseMs: 600_000 });
      const held = await session.take('bank:exclusive');
      const many = 300;
      const requests = Array.from({ length: many }, (_, index) => locking(`bank/p${index}:exclusive`));
      await lab.submitAll(requests);
      await lab.submit();
      const worker = await lab.worker();
      assert.deepEqual(numbers(await worker.take(1)), [`${many + 1}`], 'it is found behind all of them');
      assert.deepEqual(await worker.offers(1), []);
      await session.release(held);
      const got = await worker.take(many);
      assert.deepEqual(
        numbers(got),
        requests.map((_, index) => `${index + 1}`),
      );
    },
  );
}
