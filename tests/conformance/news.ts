/** What the storage says to all that wait at once, where hints may have been lost. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor } from './lab.ts';

export function news(harness: Harness): void {
  const when = casesFor(harness);

  when('kinds of work that may be handed out are named, and no others', async (lab) => {
    const ready = async () => (await lab.storage.newsFor({ workers: [] })).ready;
    assert.equal(await ready(), null, 'there is none');
    await lab.submit({ task: 'refine', command: null, hold: true });
    assert.equal(await ready(), null, 'it is held');
    await lab.submitAll([{ task: 'refine', command: null }, { task: 'refine', command: null }, {}]);
    const kinds = await ready();
    assert.ok(kinds !== null && kinds !== 'any');
    assert.deepEqual(
      kinds.map(({ task, runs }) => [task, runs]).toSorted(),
      [
        ['refine', 'handler'],
        [null, 'command'],
      ].toSorted(),
    );
    const node = await lab.worker();
    await node.offers(3);
    assert.equal(await ready(), null, 'all were handed out');
  });

  when('workers that have a job to cancel are named, and no others', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    const [a, b, c] = [
      await lab.worker({ name: 'a' }),
      await lab.worker({ name: 'b' }),
      await lab.worker({ name: 'c' }),
    ];
    const workers = [a, b, c].map(({ id }) => id);
    const told = async () => (await lab.storage.newsFor({ workers })).workers;
    await lab.started(a);
    await lab.started(b);
    assert.deepEqual(await told(), []);
    await lab.act('cancel', '2');
    assert.deepEqual(await told(), [b.id]);
    assert.deepEqual((await lab.storage.newsFor({ workers: [a.id] })).workers, []);
  });

  when('whoever claims is told what it may serve, until its lease is over', async (lab) => {
    const node = await lab.worker({ tasks: ['refine'], accept: ['ben'] });
    const looks = async () => (await node.claim(1)).serves;
    const serves = await looks();
    assert.deepEqual([serves?.tasks, serves?.accept], [['refine'], ['ben']]);
    await lab.pass(lab.durations.leaseMs);
    assert.equal(await looks(), null);
  });

  when('a hint tells when work became ready, and of what kind, or that it may be any', async (lab) => {
    const hints: unknown[] = [];
    const stop = lab.storage.onHint(({ ready }) => {
      if (ready !== null) hints.push(ready);
    });
    await lab.submit({ task: 'refine', command: null, hold: true });
    assert.deepEqual(hints, [], 'it is held');
    await lab.submit({ task: 'refine', command: null });
    stop();
    assert.ok(hints.length > 0);
    // The model does not tell kinds apart: who waits there is always asked.
    const told = harness.name === 'memory' ? 'any' : [{ owner: 'ada', task: 'refine', runs: 'handler' }];
    for (const hint of hints) assert.deepEqual(hint, told);
  });
}
