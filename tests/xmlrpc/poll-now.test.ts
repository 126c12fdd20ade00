import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSilent } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate as soon } from 'node:timers/promises';
import { nodeTimers } from '../../src/daemon/timers.ts';
import { type Asked, PollNow } from '../../src/frontends/xmlrpc/poll-now.ts';
import { sendPollNow } from '../../src/frontends/xmlrpc/send-poll-now.ts';
import type { Timers } from '../../src/ports/timers.ts';
import { struct } from '../../src/wire/xmlrpc/value.ts';
import { XmlRpcLab } from './xmlrpc-lab.ts';

/** Timers that run out when the test says so. */
class LabTimers implements Timers {
  readonly waiting = new Map<() => void, number>();

  after(afterMs: number, act: () => void): () => void {
    this.waiting.set(act, afterMs);
    return () => this.waiting.delete(act);
  }

  runOut(): void {
    for (const act of [...this.waiting.keys()]) {
      this.waiting.delete(act);
      act();
    }
  }
}

interface Heard {
  readonly told: number[];
  readonly poll: PollNow;
  readonly timers: LabTimers;
}

/** Listeners at ports 1, 2, 3, …; `answers` says what each finds when it asks, or that it is not reached. */
function listening(
  t: TestContext,
  kinOf: readonly string[],
  answers: (port: number) => Asked | 'away',
): Heard {
  const told: number[] = [];
  const timers = new LabTimers();
  const poll: PollNow = new PollNow({
    timers,
    send: async ({ port }) => {
      told.push(port);
      const asked = answers(port);
      if (asked === 'away') return false;
      queueMicrotask(() => poll.asked(port, asked));
      return true;
    },
  });
  kinOf.forEach((kin, index) => {
    poll.listen(index + 1, { host: 'x', port: index + 1, kin });
  });
  t.after(() => poll.stop());
  return { told, poll, timers };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await soon();
}

const kin = (many: number): readonly string[] => Array.from({ length: many }, () => 'a');

test('as many are told as there is work for, and a few more', async (t) => {
  const { told, poll } = listening(t, kin(50), (port) => (port <= 3 ? 'found' : 'nothing'));
  poll.heed({ ready: true, workers: [] });
  await settled();
  assert.deepEqual(told, [1, 2, 3, 4, 5, 6, 7]);
});

test('who is full or not reached speaks for nobody, and kin not for other kin', async (t) => {
  const says = (port: number): Asked | 'away' => (port === 1 ? 'away' : port === 2 ? 'full' : 'nothing');
  const { told, poll } = listening(t, ['a', 'a', 'a', 'a', 'a', 'a', 'b'], says);
  poll.heed({ ready: true, workers: [] });
  await settled();
  assert.deepEqual(told.sort(), [1, 2, 3, 7]);
});

test('a worker is told of what is for itself; one that has gone is forgotten', async (t) => {
  const { told, poll } = listening(t, kin(3), () => 'nothing');
  poll.listen(3, null);
  poll.heed({ ready: false, workers: [2, 3, 99] });
  await settled();
  assert.deepEqual([told, poll.size], [[2], 2]);
});

test('who is never reached is left alone, longer each time, and forgotten in the end', async (t) => {
  const { told, poll, timers } = listening(t, kin(1), () => 'away');
  const rests: number[] = [];
  for (let round = 0; poll.size > 0 && round < 100; round++) {
    poll.heed({ ready: true, workers: [] });
    await settled();
    const before = told.length;
    poll.heed({ ready: true, workers: [] });
    await settled();
    assert.equal(told.length, before, 'it rests');
    rests.push(...timers.waiting.values());
    timers.runOut();
  }
  assert.deepEqual(rests, [2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000]);
  assert.equal(told.length, 8);
});

test('a hint that comes while workers are told is not lost', async (t) => {
  const { told, poll } = listening(t, kin(1), () => 'found');
  poll.heed({ ready: true, workers: [] });
  poll.heed({ ready: true, workers: [] });
  await settled();
  assert.equal(told.length, 2);
});

test('poll_now is a call like any other, and who never answers it delays nobody', async (t) => {
  const bodies: string[] = [];
  const good = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
    request.on('end', () => response.end('whatever'));
  });
  const silent = createSilent();
  const hurried: Timers = { after: (ms, act) => nodeTimers.after(ms / 30, act) };
  const ports: number[] = [];
  for (const server of [good, silent]) {
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    t.after(() => server.close());
    ports.push((server.address() as AddressInfo).port);
  }
  const [port = 0, deaf = 0] = ports;
  assert.equal(await sendPollNow(nodeTimers)({ host: '127.0.0.1', port, kin: '' }), true);
  assert.match(bodies.join(''), /<methodName>poll_now<\/methodName><params><\/params>/);
  assert.equal(await sendPollNow(hurried)({ host: '127.0.0.1', port: deaf, kin: '' }), false);
  assert.equal(await sendPollNow(nodeTimers)({ host: '127.0.0.1', port: 9, kin: '' }), false);

  const rpc = await XmlRpcLab.open(t);
  for (let listener = 0; listener < 40; listener++) await rpc.register(struct({ poll_port: deaf }));
  const client = await rpc.register(struct({ poll_port: port }));
  await rpc.submit({ command: ['x'] });
  assert.equal((await rpc.take(client)).id, 'toxd/1');
});
