/** A storage that was restored from a backup: nothing given since the backup may be given again. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor, project } from './lab.ts';
import { only } from './lab-worker.ts';

// Events of before are gone, so no history here is followed from its beginning.
const trimmed = { trimmed: true } as const;

export function incarnations(harness: Harness): void {
  const when = casesFor(harness);

  when(
    'a new incarnation begins, and cursors of before are gone',
    async (lab) => {
      await lab.submit();
      const page = await lab.storage.listJobs({ project, limit: 9 });
      const { incarnation } = await lab.storage.startIncarnation();
      assert.notEqual(incarnation, page.asOf.incarnation);
      assert.equal((await lab.storage.status()).incarnation, incarnation);
      await lab.refuses('cursor_gone', () =>
        lab.storage.listEvents({ after: page.asOf, limit: 9, project: null }),
      );
      const again = await lab.storage.listJobs({ project, limit: 9 });
      assert.deepEqual(again.items, page.items);
      await lab.submit();
      const { items } = await lab.storage.listEvents({ after: again.asOf, limit: 9, project: null });
      assert.deepEqual(
        items.map(({ type }) => type),
        ['jobs.created'],
      );
    },
    trimmed,
  );

  when(
    'short-lived tokens of before are worth nothing: the key is another',
    async (lab) => {
      const key = await lab.storage.signingKey();
      await lab.storage.startIncarnation();
      assert.notEqual(await lab.storage.signingKey(), key);
    },
    trimmed,
  );

  when(
    'a worker that was registered since the backup is not taken for one that is registered after the restore',
    async (lab) => {
      const before = await lab.worker({ name: 'known' });
      await lab.restored();
      const { worker: next } = await lab.storage.registerWorker({
        profile: { name: 'new', principal: 'ada', labels: {}, tasks: [], capacity: 1, accept: [] },
      });
      assert.ok(next > before.id + 1_000, `${next} may have been given between backup and restore`);
      const { worker: known } = await lab.storage.registerWorker({
        profile: { name: 'known', principal: 'ada', labels: {}, tasks: [], capacity: 1, accept: [] },
      });
      assert.equal(known, before.id, 'one of before keeps its own');
    },
    trimmed,
  );

  when(
    'numbers, ids and epochs jump ahead of all that could have been given',
    async (lab) => {
      await lab.submitAll([{}, { command: null }]);
      await lab.submit({ parent: '2' });
      const node = await lab.worker();
      const before = only(await node.offers(1));
      await lab.restored();
      const [plain, child, first] = await lab.submitAll([{}, { parent: '2' }, { parent: '1' }]);
      assert.ok(plain && child && first);
      assert.ok(Number(plain.number) > 1000, plain.number);
      assert.ok(Number(child.number.slice(2)) > 1000, child.number);
      assert.ok(
        Number(first.number.slice(2)) > 1000,
        `${first.number}, though it is the first child that is known`,
      );
      assert.ok(plain.id > 1000);
      const after = only((await node.claim(1, [])).offers);
      assert.ok(after.epoch > before.epoch + 1000);
      assert.equal(
        (await lab.submit()).number,
        String(Number(plain.number) + 1),
        'and from there they run on',
      );
    },
    trimmed,
  );

  when(
    'numbers in a project that is made after the restore jump ahead too',
    async (lab) => {
      await lab.storage.startIncarnation();
      await lab.createProject('again');
      const job = await lab.submit({}, { project: 'again' });
      assert.ok(Number(job.number) > 1000, job.number);
    },
    trimmed,
  );

  when(
    'what workers held is taken from them',
    async (lab) => {
      await lab.submitAll([
        { onLost: 'ask' },
        { onLost: 'retry', retry: { max: 1, delayMs: 0 } },
        {},
        { onLost: 'ask' },
        {},
      ]);
      const node = await lab.worker();
      const [lost] = await node.take(1);
      assert.ok(lost);
      await node.claim(0, []);
      await node.take(3);
      only(await node.offers(1));
      const { taken } = await lab.storage.startIncarnation();
      assert.equal(taken, 5);
      assert.deepEqual(await lab.states('1', '2', '3', '4', '5'), [
        'lost/worker_forgot',
        'ready',
        'failed/restored',
        'lost/restored',
        'ready',
      ]);
      assert.equal((await lab.storage.status()).workers, 0);
      assert.deepEqual((await node.claim(2, [])).offers, [], 'others may have them in hand still');
      await lab.pass(lab.durations.leaseMs - 1);
      assert.deepEqual((await node.claim(2, [])).offers, []);
      await lab.pass(2_001);
      assert.equal((await node.claim(2, [])).offers.length, 2, 'and they come back as if from a silence');
    },
    trimmed,
  );

  when(
    'a ready job is told how long nothing is handed out',
    async (lab) => {
      await lab.submitAll([{}, { hold: true }]);
      const left = async (number: string) => (await lab.storage.explainJob({ project, number })).handsOutInMs;
      assert.equal(await left('1'), null);
      await lab.storage.startIncarnation();
      await lab.pass(1_000);
      assert.equal(await left('1'), lab.durations.leaseMs - 1_000);
      assert.equal(await left('2'), null, 'which waits for something else');
      await lab.pass(lab.durations.leaseMs - 1_001);
      assert.equal(await left('1'), 1);
      await lab.pass(1);
      assert.equal(await left('1'), null);
    },
    trimmed,
  );

  when(
    'a clock that is set forward does not end the time in which nothing is handed out',
    async (lab) => {
      await lab.submit();
      await lab.storage.startIncarnation();
      await lab.pass(1_000);
      lab.clock.advance(86_400_000);
      const node = await lab.worker();
      assert.deepEqual(await node.offers(1), [], 'nobody has swept since');
      await lab.storage.sweep();
      await lab.pass(lab.durations.leaseMs - 1_001);
      assert.deepEqual(await node.offers(1), [], 'a second has passed, and no day');
      const hints: unknown[] = [];
      lab.storage.onHint(({ ready }) => hints.push(ready));
      await lab.pass(1);
      assert.deepEqual(
        hints.filter((ready) => ready !== null),
        ['any'],
        'who waits looks again',
      );
      await node.claim(0, []);
      assert.equal((await node.offers(1)).length, 1);
    },
    trimmed,
  );

  when(
    'reports of before are recorded and not applied',
    async (lab) => {
      await lab.submitAll([{}, { onLost: 'ask' }, { onLost: 'retry', retry: { max: 1, delayMs: 0 } }]);
      const node = await lab.worker();
      const taken = await node.take(3);
      await lab.storage.startIncarnation();
      const before = await lab.list();
      for (const offer of taken) {
        const result = await node.finish(offer, 'succeeded');
        assert.deepEqual(result, { attempt: offer.attempt, applied: false, code: 'incarnation_stale' });
      }
      const unheard = await node.finish({ attempt: 'zzz-1', epoch: taken[0]?.epoch ?? 0 }, 'succeeded');
      assert.deepEqual([unheard.applied, unheard.code], [false, 'incarnation_stale']);
      assert.deepEqual(await lab.list(), before);
      assert.equal((await lab.events()).filter(({ type }) => type === 'report.late').length, 3);
    },
    trimmed,
  );

  when(
    'a report that was applied before is answered as before',
    async (lab) => {
      await lab.submit();
      const node = await lab.worker();
      const offer = await lab.started(node);
      await node.finish(offer, 'succeeded');
      await lab.storage.startIncarnation();
      const again = await lab.changesNothing(() => node.finish(offer, 'succeeded'));
      assert.deepEqual(again, { attempt: offer.attempt, applied: true, code: null });
    },
    trimmed,
  );

  when(
    'a lost job of before waits for a person, who may cancel and retry it',
    async (lab) => {
      await lab.submit({ onLost: 'ask' });
      const node = await lab.worker();
      const offer = await lab.started(node);
      await lab.restored();
      await node.renew({ ...offer, fraction: 0.5, text: null, counts: null });
      const { refused } = await node.confirm(offer);
      assert.deepEqual(refused, [{ attempt: offer.attempt, code: 'epoch_stale' }]);
      assert.equal(await lab.state('1'), 'lost/restored');
      await lab.act('cancel', '1');
      await lab.act('retry', '1');
      const next = await lab.started(node);
      assert.equal(next.attemptNumber, 2);
      assert.equal((await node.finish(next, 'succeeded')).applied, true);
    },
    trimmed,
  );
}
