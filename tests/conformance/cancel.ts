import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor } from './lab.ts';
import { held, only } from './lab-worker.ts';

export function cancel(harness: Harness): void {
  const when = casesFor(harness);

  when('what does not run is cancelled at once', async (lab) => {
    const node = await lab.worker({ tasks: ['first'] });
    await lab.submitAll([
      { task: 'first' },
      {},
      { hold: true },
      { submit: false },
      { after: [{ job: 1 }], hold: true },
    ]);
    only(await node.offers(1));
    const jobs = await lab.act('cancel', '1', '3', '4', '5', '2');
    for (const { number, state, reason, finishedAt, attempts } of jobs)
      assert.deepEqual(
        [state, reason, finishedAt, attempts],
        ['cancelled', 'requested', lab.clock.now(), 0],
        number,
      );
    assert.deepEqual(await node.offers(9), []);
  });

  when('a running job is asked to stop, and ends when its worker has stopped it', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    lab.clock.advance(10);
    const events = await lab.eventsOf(async () => {
      const [job] = await lab.act('cancel', '1');
      assert.deepEqual([job?.state, job?.cancelRequestedAt], ['running', lab.clock.now()]);
    });
    assert.deepEqual(
      events.map(({ type, jobs }) => [type, jobs[0]?.state]),
      [['jobs.changed', 'running']],
    );
    assert.deepEqual((await node.renew()).cancel, [offer.attempt]);
    assert.deepEqual((await node.claim(0, [held(offer, 'running')])).cancel, [offer.attempt]);
    await node.finish(offer, 'cancelled');
    assert.equal(await lab.state('1'), 'cancelled/requested');
    const [attempt] = await lab.attempts('1');
    assert.equal(attempt?.outcome, 'cancelled');
    assert.deepEqual((await node.renew()).cancel, []);
  });

  when('asking again changes nothing', async (lab) => {
    await lab.submitAll([{}, {}]);
    await lab.started(await lab.worker());
    await lab.act('cancel', '1', '2');
    lab.clock.advance(10);
    const jobs = await lab.changesNothing(() => lab.act('cancel', '1', '2'));
    assert.deepEqual(
      jobs.map(({ state }) => state),
      ['running', 'cancelled'],
    );
  });

  when('a job that succeeded before it could be stopped has succeeded', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    await lab.act('cancel', '1');
    await node.finish(offer, 'succeeded');
    assert.equal(await lab.state('1'), 'succeeded');
  });

  when('a job that was to stop is not tried again', async (lab) => {
    await lab.submitAll([
      { retry: { max: 5, delayMs: 0 } },
      { onLost: 'retry', retry: { max: 5, delayMs: 0 } },
      { onLost: 'ask' },
    ]);
    const node = await lab.worker();
    const [failing] = await node.take(3);
    assert.ok(failing);
    await lab.act('cancel', '1', '2', '3');
    await node.finish(failing, 'failed');
    await node.claim(0, []);
    assert.deepEqual(await lab.states('1', '2', '3'), [
      'cancelled/requested',
      'cancelled/requested',
      'cancelled/requested',
    ]);
    const [attempt] = await lab.attempts('2');
    assert.equal(attempt?.outcome, 'lost');
  });

  when('a job that was lost is cancelled at once, and its late report changes nothing', async (lab) => {
    await lab.submit({ onLost: 'ask' });
    const node = await lab.worker();
    const offer = await lab.started(node);
    await node.claim(0, []);
    const [job] = await lab.act('cancel', '1');
    assert.deepEqual([job?.state, job?.reason, job?.attempts], ['cancelled', 'requested', 1]);
    assert.equal((await node.finish(offer, 'succeeded')).applied, false);
    assert.equal(await lab.state('1'), 'cancelled/requested');
  });

  when('the attempt of a lost job that is cancelled stays on record', async (lab) => {
    await lab.submit({ onLost: 'ask' });
    const node = await lab.worker();
    const offer = await lab.started(node);
    await node.claim(0, []);
    await lab.act('cancel', '1');
    assert.deepEqual(
      (await lab.attempts('1')).map(({ attempt, epoch, outcome }) => [attempt, epoch, outcome]),
      [[1, offer.epoch, 'lost']],
    );
  });

  when('whoever holds a job that is to stop is woken', async (lab) => {
    await lab.submitAll([{}, {}]);
    const node = await lab.worker();
    await lab.started(node);
    await lab.started(await lab.worker({ name: 'node08' }));
    const woken: number[] = [];
    const stop = lab.storage.onHint((hint) => woken.push(...hint.workers));
    await lab.act('cancel', '1');
    stop();
    await lab.act('cancel', '2');
    assert.deepEqual(woken, [node.id]);
  });
}
