import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type InTheWay, saidOf } from '../../../src/core/locks/in-the-way.ts';

const session: InTheWay = {
  ticket: 1,
  state: 'granted',
  kind: 'session',
  principal: 'ada',
  name: 'load',
  host: null,
  pid: 12,
};
const job: InTheWay = {
  ticket: 2,
  state: 'waiting',
  kind: 'job',
  principal: 'ben',
  ref: 'toxd/12',
  progress: { fraction: 0.429, text: null },
};
const closure: InTheWay = {
  ticket: 3,
  state: 'granted',
  kind: 'closure',
  principal: 'root',
  database: 'embl',
  reason: 'release 145',
};

test('a refusal names three of those in the way, and the place in the line', () => {
  assert.equal(saidOf([session], 1).detail, 'In the way: ada (load, 12)');
  assert.equal(
    saidOf([session, job], 2).detail,
    'In the way: ada (load, 12); toxd/12 of ben (42 %), who waits; place 2 in the line',
  );
  assert.equal(saidOf([closure], 1).detail, 'In the way: a closure of embl by root: release 145');
  assert.equal(saidOf([session, job, closure, session, session], 1).detail?.split('; ').length, 3);
  assert.match(saidOf([session, session, session, session, job], 1).detail ?? '', / and 2 more$/);
});

test('programs get all of them; of nobody nothing is said', () => {
  assert.deepEqual(saidOf([session, job], 3).facts, { holders: [session, job], position: 3 });
  assert.deepEqual(saidOf([], 1), { facts: { holders: [], position: 1 } });
});
