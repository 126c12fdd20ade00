import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../../src/core/faults.ts';
import {
  countsText,
  expectedEnd,
  followProgress,
  progressOfRun,
  readProgress,
} from '../../../src/core/tasks/progress.ts';

const nothing = { fraction: null, text: null, counts: null };

test('counts with a total say the fraction, where nothing else does', () => {
  const counts = { done: 3, total: 12, unit: 'files' };
  assert.deepEqual(readProgress({ counts }, ''), { ...nothing, fraction: 0.25, counts });
  assert.equal(readProgress({ fraction: 0.5, counts }, '').fraction, 0.5);
  assert.equal(readProgress({ counts: { done: 3 } }, '').fraction, null);
  assert.equal(readProgress({ counts: { done: 0, total: 0 } }, '').fraction, null);
  assert.deepEqual(readProgress({}, ''), nothing);
});

test('counts that make no sense are refused by field', () => {
  const refused = (counts: Parameters<typeof readProgress>[0]['counts']): string | undefined => {
    try {
      readProgress({ counts }, 'progress[2].');
    } catch (error) {
      if (error instanceof Fault && error.code === 'invalid_field') return error.said.field;
      throw error;
    }
    return undefined;
  };
  assert.equal(refused({ done: -1 }), 'progress[2].counts.done');
  assert.equal(refused({ done: Number.NaN }), 'progress[2].counts.done');
  assert.equal(refused({ done: 1, total: -1 }), 'progress[2].counts.total');
  assert.equal(refused({ done: 13, total: 12 }), 'progress[2].counts.done');
  assert.equal(refused({ done: 1, unit: 'x'.repeat(41) }), 'progress[2].counts.unit');
  assert.equal(refused({ done: 12, total: 12, unit: 'files' }), undefined);
});

test('a fraction never falls; text and counts stay until others are said', () => {
  const counts = { done: 1, total: 2, unit: null };
  const first = followProgress(null, { fraction: 0.5, text: 'a', counts }, 10);
  assert.deepEqual(first, { fraction: 0.5, text: 'a', counts, at: 10 });
  assert.deepEqual(followProgress(first, { ...nothing, fraction: 0.25 }, 20), { ...first, at: 20 });
  const later = followProgress(first, { fraction: 7, text: 'b', counts: { ...counts, done: 2 } }, 30);
  assert.deepEqual([later.fraction, later.text, later.counts?.done], [1, 'b', 2]);
});

test('the end is expected from the part that is done; nothing is said of what has not begun, or has ended', () => {
  const progress = { fraction: 0.25, text: null, counts: null, at: 2_000 };
  assert.equal(expectedEnd({ state: 'running', startedAt: 1_000 }, progress), 5_000);
  assert.equal(expectedEnd({ state: 'running', startedAt: null }, progress), null);
  assert.equal(expectedEnd({ state: 'failed', startedAt: 1_000 }, progress), null);
  assert.equal(expectedEnd({ state: 'running', startedAt: 1_000 }, { ...progress, fraction: 0 }), null);
  assert.equal(expectedEnd({ state: 'running', startedAt: 1_000 }, null), null);
});

test('what has not succeeded is not done, and counts are told beside it', () => {
  const progress = { fraction: 1, text: 'written', counts: { done: 4, total: 4, unit: null }, at: 5 };
  assert.equal(progressOfRun({ state: 'running', finishedAt: null }, progress)?.fraction, 0.99);
  assert.deepEqual(progressOfRun({ state: 'succeeded', finishedAt: 9 }, progress), { ...progress, at: 9 });
  assert.deepEqual(progressOfRun({ state: 'succeeded', finishedAt: 9 }, null), {
    fraction: 1,
    text: null,
    counts: null,
    at: 9,
  });
});

test('counts are written as people say them', () => {
  assert.equal(countsText({ done: 3, total: 12, unit: 'files' }), '3 of 12 files');
  assert.equal(countsText({ done: 3, total: null, unit: 'files' }), '3 files');
  assert.equal(countsText({ done: 3, total: 12, unit: null }), '3 of 12');
  assert.equal(countsText({ done: 3_450_000, total: 12_000_000, unit: 'bytes' }), '3.45 MB of 12.0 MB');
});
