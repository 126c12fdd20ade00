import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Acknowledged, type Found, failoverOf } from '../../../src/core/leases/failover.ts';

const place = { event: 100, epoch: 500, clock: 9_000 };
const found: Found = { timeline: 2, incarnation: 'a', place, written: 1, synchronous: true, begun: null };
const mine: Acknowledged = { ...place, incarnation: 'a', timeline: 1 };

test('on the timeline on which it was written, a storage stays what it is', () => {
  assert.equal(failoverOf({ ...found, written: 2 }, mine), 'stays');
  assert.equal(
    failoverOf({ ...found, written: 2, synchronous: false }, { ...mine, event: 100, timeline: 2 }),
    'stays',
  );
});

test('a storage that never was written with a timeline goes on', () => {
  assert.equal(failoverOf({ ...found, written: null, synchronous: false }, null), 'goes_on');
});

test('on another timeline it goes on if commits waited for the standby, else it begins anew', () => {
  assert.equal(failoverOf(found, null), 'goes_on');
  assert.equal(failoverOf(found, mine), 'goes_on');
  assert.equal(failoverOf({ ...found, synchronous: false }, mine), 'begins_anew');
});

test('a server that acknowledged more than is there knows that something is lost', () => {
  for (const more of [{ event: 101 }, { epoch: 501 }, { clock: 9_001 }])
    assert.equal(failoverOf(found, { ...mine, ...more }), 'begins_anew', JSON.stringify(more));
  assert.equal(failoverOf(found, { ...mine, event: 101, incarnation: 'before' }), 'goes_on');
});

test('also when another server has gone on there before it', () => {
  const later = { ...found, written: 2, begun: place, place: { event: 150, epoch: 600, clock: 20_000 } };
  assert.equal(failoverOf(later, mine), 'stays');
  assert.equal(failoverOf(later, { ...mine, event: 120 }), 'begins_anew');
  assert.equal(failoverOf(later, { ...mine, event: 120, timeline: 2 }), 'stays', 'acknowledged there');
});

test('a storage that lies on an older timeline than it was written on was put back: it begins anew', () => {
  assert.equal(failoverOf({ ...found, timeline: 1, written: 3 }, null), 'begins_anew');
});

test('the old primary is known by whoever has acknowledged something on a later timeline', () => {
  assert.equal(failoverOf({ ...found, timeline: 1, written: 1 }, { ...mine, timeline: 2 }), 'is_of_before');
});
