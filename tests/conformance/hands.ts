import assert from 'node:assert/strict';
import { Fault } from '../../src/core/faults.ts';
import type { Harness } from './harness.ts';
import { casesFor } from './lab.ts';
import { only } from './lab-worker.ts';

/** What a worker has in its hands, for those that keep no list themselves. */
export function hands(harness: Harness): void {
  const when = casesFor(harness);

  when('what a worker holds is told with its states, and to nobody else', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    const node = await lab.worker();
    const [first, second] = await node.offers(2);
    assert.ok(first && second);
    await node.confirm(first);
    await lab.act('cancel', '1');
    const inHand = { worker: node.id, principal: node.principal };
    assert.deepEqual(await lab.storage.listInHand(inHand), {
      capacity: 4,
      attempts: [
        {
          attempt: first.attempt,
          epoch: first.epoch,
          project: first.project,
          number: '1',
          state: 'running',
          cancelRequested: true,
        },
        {
          attempt: second.attempt,
          epoch: second.epoch,
          project: second.project,
          number: '2',
          state: 'offered',
          cancelRequested: false,
        },
      ],
    });
    await assert.rejects(
      lab.storage.listInHand({ worker: node.id, principal: 'mallory' }),
      (error) => error instanceof Fault && error.code === 'worker_unknown',
    );
    await node.finish(first, 'cancelled');
    await lab.pass(lab.durations.offerMs);
    assert.deepEqual(await lab.storage.listInHand(inHand), { capacity: 4, attempts: [] });
  });

  when('who keeps no list keeps what it started, and loses its offers', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    const node = await lab.worker();
    const started = only(await node.take(1));
    const offered = only(await node.offers(1));
    const answer = await node.claim(1, 'started');
    assert.deepEqual(answer.abandon, []);
    const again = only(answer.offers);
    assert.equal(again.number, offered.number, 'what was offered before is handed out again');
    assert.ok(again.epoch > offered.epoch);
    assert.equal(await lab.state('1'), 'running');
    assert.deepEqual((await node.confirm(offered)).start, [], 'the older offer is over');
    assert.deepEqual((await node.confirm(again)).start, [again.attempt]);
    assert.equal((await node.finish(started, 'succeeded')).applied, true);
    assert.equal((await lab.job('2')).attempts, 1, 'what went back was not counted');
  });

  when('asking so is a sign of life, but none of an attempt that was lost', async (lab) => {
    await lab.submit({ onLost: 'ask' });
    const node = await lab.worker();
    const started = only(await node.take(1));
    await lab.pass(lab.durations.leaseMs);
    assert.equal(await lab.state('1'), 'lost/lease_lost');
    await node.claim(1, 'started');
    assert.equal(await lab.state('1'), 'lost/lease_lost');
    const { lost } = await node.renew({ ...keyOf(started), fraction: null, text: null, counts: null });
    assert.deepEqual(lost, []);
    assert.equal(await lab.state('1'), 'running');
  });

  when('the last sequence number of an output is known', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const started = only(await node.take(1));
    const { attempt } = started;
    assert.equal(await lab.storage.lastOutput({ attempt }), null);
    const data = Buffer.from('x');
    await node.output(
      started,
      { stream: 'stdout', sequence: 4, data },
      { stream: 'stderr', sequence: 2, data },
    );
    assert.equal(await lab.storage.lastOutput({ attempt }), 4);
    assert.equal(await lab.storage.lastOutput({ attempt: 'zzzz-1' }), null);
  });
}

function keyOf({ attempt, epoch }: { readonly attempt: string; readonly epoch: number }) {
  return { attempt, epoch };
}
