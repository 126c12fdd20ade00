import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUntil } from '../../src/cli/times.ts';

const noon = new Date(2026, 10, 22, 12, 0, 0).getTime();
const read = (text: string): number => readUntil(text, '--until', noon).getTime() - noon;

test('a time of the day is the next one of that name', () => {
  assert.equal(read('14:00'), 2 * 3_600_000);
  assert.equal(readUntil('9:30', '--until', noon).getTime(), new Date(2026, 10, 23, 9, 30).getTime());
  assert.equal(readUntil('12:00', '--until', noon).getTime(), new Date(2026, 10, 23, 12, 0).getTime());
});

test('a time may be from now, or whole', () => {
  assert.equal(read('+90min'), 90 * 60_000);
  assert.equal(read('+2h'), 2 * 3_600_000);
  assert.equal(readUntil('2026-12-01T08:00:00Z', '--until', noon).toISOString(), '2026-12-01T08:00:00.000Z');
  assert.equal(readUntil('2026-12-01 08:00', '--until', noon).getTime(), new Date(2026, 11, 1, 8).getTime());
});

test('what is no time is told', () => {
  for (const text of ['', 'soon', '25:00', '14', '+2', '2026-13-01T08:00', '2026-12-01'])
    assert.throws(() => readUntil(text, '--until', noon), /--until|expected a time/, text);
});
