/** The judge of histories finds each of the faults that it is there for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LockWish, readLockWish } from '../../src/core/locks/wishes.ts';
import type { Happening, Line } from './history.ts';
import { judgeHistory, rules } from './judge-history.ts';

const leaseMs = 1_000;

function locks(text: string): readonly LockWish[] {
  return text.split(' ').map((part) => readLockWish(part, 'locks'));
}

const opened = (session: string): Happening => ({ what: 'opened', session, leaseMs, sentAt: 0 });
const asked = (name: string, set: string, waitMs: number | null = null): Happening => ({
  ...{ what: 'asked', request: name, session: name, locks: locks(set), waitMs },
});
const granted = (request: string, ticket: number, epoch: number): Happening => ({
  ...{ what: 'granted', request, ticket, epoch },
});
const queued = (request: string, ticket: number): Happening => ({ what: 'queued', request, ticket });
const leaving = (request: string): Happening => ({ what: 'leaving', request });
const checked = (what: 'checking' | 'held' | 'not held', request: string, lock: string): Happening => {
  const { path, mode } = readLockWish(lock, 'lock');
  return { what, request, path, mode };
};

/** One line each 10 ms, or when it says. */
function breachesOf(
  happenings: readonly (Happening & { readonly at?: number })[],
  endedAt = 10 * leaseMs,
): readonly string[] {
  const lines = [opened('a'), opened('b'), ...happenings].map(
    (it, index): Line => ({ at: index * 10, ...it }),
  );
  const { breaches } = judgeHistory(lines, endedAt);
  return rules.filter((rule) => breaches[rule].length > 0);
}

const both = [asked('a', 'embl:exclusive'), asked('b', 'embl/x:shared'), granted('a', 1, 2)] as const;

test('one after another is as it should be; so is both at once where neither excludes the other', () => {
  assert.deepEqual(breachesOf([...both, leaving('a'), granted('b', 3, 4), leaving('b')]), []);
  const shared = [asked('a', 'embl:shared'), asked('b', 'embl/x:shared nr:exclusive')];
  assert.deepEqual(breachesOf([...shared, granted('a', 1, 2), granted('b', 3, 4)]), []);
  const apart = [asked('a', 'embl/x:exclusive'), asked('b', 'embl/xy:exclusive')];
  assert.deepEqual(breachesOf([...apart, granted('a', 1, 2), granted('b', 3, 4)]), []);
});

test('a grant beside what excludes it is found, also below its path', () => {
  assert.deepEqual(breachesOf([...both, granted('b', 3, 4)]), [rules[0]]);
});

test('a lock lives no longer than its lease, and no shorter', () => {
  const late = { ...granted('b', 3, 4), at: leaseMs + 1 };
  const renewed: Happening = { what: 'renewed', session: 'b', sentAt: 900 };
  assert.deepEqual(breachesOf([...both, renewed, late]), []);
  assert.deepEqual(breachesOf([...both, renewed, { what: 'renewed', session: 'a', sentAt: 950 }, late]), [
    rules[0],
  ]);
});

test('what was made weaker lets others in, what was made stronger does not', () => {
  const weakening: Happening = { what: 'weakening', request: 'a', locks: locks('embl:shared') };
  assert.deepEqual(breachesOf([...both, weakening, granted('b', 3, 4)]), []);
  const stronger: Happening = { what: 'stronger', request: 'a', locks: locks('embl:exclusive'), epoch: 5 };
  const shared = [asked('a', 'embl:shared'), asked('b', 'embl:shared'), granted('a', 1, 2)];
  assert.deepEqual(breachesOf([...shared, granted('b', 3, 4), stronger]), [rules[0]]);
});

test('an epoch that does not rise is found', () => {
  assert.deepEqual(breachesOf([...both, leaving('a'), granted('b', 3, 2)]), [rules[1]]);
});

test('who passes an earlier ticket is found, whether that is granted later or not at all', () => {
  const two = [asked('a', 'embl:exclusive'), asked('b', 'embl:exclusive')];
  const passed = [...two, queued('a', 1), granted('b', 2, 3)];
  assert.deepEqual(breachesOf([...passed, leaving('b'), granted('a', 1, 4)]), [rules[2]]);
  assert.deepEqual(breachesOf([...passed, leaving('a')]), [rules[2]]);
  const limited = [asked('a', 'embl:exclusive', 15), asked('b', 'embl:exclusive'), queued('a', 1)];
  assert.deepEqual(breachesOf([...limited, granted('b', 2, 3), leaving('a')]), []);
});

test('who waits for ever is found, unless its session is dead', () => {
  const waiting = [asked('a', 'embl:exclusive'), queued('a', 1)];
  assert.deepEqual(breachesOf(waiting, leaseMs - 1), [rules[3]]);
  assert.deepEqual(breachesOf(waiting, leaseMs + 1), []);
  assert.deepEqual(breachesOf([...waiting, { what: 'refused', request: 'a', code: 'lock_timeout' }]), []);
});

test('an epoch that is said not to hold what is held is found, and one that holds what another got since', () => {
  const checking = checked('checking', 'a', 'embl/y:exclusive');
  assert.deepEqual(breachesOf([...both, checking, checked('held', 'a', 'embl/y:exclusive')]), []);
  assert.deepEqual(breachesOf([...both, checking, checked('not held', 'a', 'embl/y:exclusive')]), [rules[4]]);
  const again = [checked('checking', 'a', 'embl:exclusive'), checked('held', 'a', 'embl:exclusive')];
  const since = { ...granted('b', 3, 4), at: leaseMs + 1 };
  assert.deepEqual(breachesOf([...both, since, ...again]), [rules[4]]);
});
