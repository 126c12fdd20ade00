/** A server that stops closes its storage when those who wait ask nothing of it any more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventFeed } from '../../src/app/event-feed.ts';
import { WaitingClaims } from '../../src/app/waiting.ts';
import { WaitingRoom } from '../../src/app/waiting-room.ts';
import type { ClaimAnswer } from '../../src/ports/records/workers.ts';

const chance = { next: () => 0.5, token: () => '' };
const room = new WaitingRoom({ chance, clock: { now: () => 0 } }, {});
const onHint = () => () => undefined;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A question that is under way until it is let go. */
function heldQuestion() {
  const asked = Promise.withResolvers<void>();
  const goesOn = Promise.withResolvers<void>();
  const ask = async (): Promise<void> => {
    asked.resolve();
    await goesOn.promise;
  };
  return { ask, asked: asked.promise, letGo: goesOn.resolve };
}

async function assertStopsAfter(letGo: () => void, stop: () => Promise<void>): Promise<void> {
  let stopped = false;
  const stopping = stop().then(() => {
    stopped = true;
  });
  await turn();
  assert.equal(stopped, false);
  letGo();
  await stopping;
}

test('streams have ended when no events are being read', async () => {
  const { ask, asked, letGo } = heldQuestion();
  const identity = {
    kind: 'memory',
    incarnation: 'one',
    lastEvent: 0,
    journal: null,
    schema: 1,
  } as const;
  const feed = new EventFeed({
    storage: {
      identify: async () => identity,
      listEvents: async () => {
        await ask();
        return { incarnation: 'one', upTo: 0, last: 0, items: [] };
      },
      onHint,
    },
    timers: { after: () => () => undefined },
    room,
  });
  const stream = await feed.open(null, { project: null, shows: () => true });
  await asked;
  await assertStopsAfter(letGo, () => feed.stop());
  assert.equal(await stream.next(), null);
});

test('claims have ended when nobody asks what there is to do', async () => {
  const { ask, asked, letGo } = heldQuestion();
  const nothing: ClaimAnswer = { offers: [], abandon: [], cancel: [], leaseMs: 60_000, serves: null };
  const ticks: (() => void)[] = [];
  const hub = new WaitingClaims({
    storage: {
      newsFor: async () => {
        await ask();
        return { ready: null, workers: [] };
      },
      onHint,
    },
    timers: {
      after: (_, act) => {
        ticks.push(act);
        return () => undefined;
      },
    },
    chance,
    room,
  });
  const look = async (): Promise<ClaimAnswer> => nothing;
  const claim = hub.wait({ worker: 1, capacity: 1, holds: true, waitMs: 1_000, first: look, again: look });
  ticks[0]?.();
  await asked;
  await assertStopsAfter(letGo, () => hub.stop());
  assert.equal(await claim, nothing);
});
