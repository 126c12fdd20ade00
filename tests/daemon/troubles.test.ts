/** What the log says of what fails again and again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../src/core/faults.ts';
import { TroubleLog } from '../../src/daemon/troubles.ts';
import type { Repeated } from '../../src/ports/troubles.ts';

const sweep: Repeated = { failed: 'a sweep failed', succeeds: 'sweeps succeed again' };
const news: Repeated = { failed: 'no news', succeeds: 'news again' };
const hints: Repeated = { failed: 'no hints', succeeds: 'hints again', apart: true };
const refused = new Error('connect ECONNREFUSED 127.0.0.1:5432');
const away = new Fault('storage_unavailable', {}, new Error('the connection was lost', { cause: refused }));

function heard() {
  const said: { readonly level: string; readonly message: string; readonly facts: object }[] = [];
  const at = (level: string) => (facts: object, message: string) => said.push({ level, message, facts });
  let now = 5_000;
  const troubles = new TroubleLog({
    log: { info: at('info'), warn: at('warn'), error: at('error') },
    now: () => now,
    storage: 'db:5432/lab',
  });
  const pass = (ms: number): void => {
    now += ms;
  };
  const lines = (): readonly string[] => said.splice(0).map(({ level, message }) => `${level}: ${message}`);
  return { troubles, said, lines, pass };
}

test('a storage that is away is told once, once a minute, and when it is back, whoever meets it', () => {
  const { troubles, said, lines, pass } = heard();
  troubles.failed(news, away);
  assert.deepEqual(said[0]?.facts, {
    storage: 'db:5432/lab',
    code: 'storage_unavailable',
    cause: 'connect ECONNREFUSED 127.0.0.1:5432',
  });
  for (let second = 0; second < 150; second++) {
    pass(1_000);
    troubles.failed(news, away);
    troubles.failed(sweep, away);
  }
  troubles.succeeded(sweep);
  troubles.succeeded(news);
  assert.deepEqual(lines(), [
    'warn: the storage does not answer; it is asked again and again',
    'warn: the storage does not answer; it is asked again and again, for 60 s now',
    'warn: the storage does not answer; it is asked again and again, for 120 s now',
    'info: the storage answers again, after 150 s',
  ]);
  troubles.failed(sweep, away);
  assert.deepEqual(lines(), ['warn: the storage does not answer; it is asked again and again']);
});

test('all hosts of a storage that is away are named by what they said', () => {
  const { troubles, said } = heard();
  const causes = new AggregateError([refused, new Error('this is a standby'), refused]);
  troubles.failed(sweep, new Fault('storage_unavailable', {}, causes));
  assert.partialDeepStrictEqual(said[0]?.facts, {
    cause: 'connect ECONNREFUSED 127.0.0.1:5432; this is a standby',
  });
});

test('it is not back while only what never failed succeeds', () => {
  const { troubles, lines, pass } = heard();
  troubles.failed(news, away);
  for (let second = 0; second < 10; second++) {
    pass(1_000);
    troubles.succeeded(sweep);
    troubles.failed(news, away);
  }
  assert.deepEqual(lines(), ['warn: the storage does not answer; it is asked again and again']);
  troubles.rests(news);
  assert.deepEqual(lines(), []);
  troubles.succeeded(sweep);
  assert.deepEqual(lines(), ['info: the storage answers again, after 10 s']);
});

test('what is unexpected is told apart, with where it came from', () => {
  const { troubles, said, lines, pass } = heard();
  const error = new TypeError('of our own');
  troubles.failed(sweep, error);
  troubles.failed(news, away);
  assert.deepEqual(said[0]?.facts, { error });
  pass(60_000);
  troubles.failed(sweep, error);
  troubles.succeeded(sweep);
  assert.deepEqual(lines(), [
    'warn: a sweep failed',
    'warn: the storage does not answer; it is asked again and again',
    'warn: a sweep failed, for 60 s now',
    'info: sweeps succeed again, after 60 s',
  ]);
  troubles.succeeded(sweep);
  assert.deepEqual(lines(), []);
});

test('what goes elsewhere says nothing of the storage', () => {
  const { troubles, lines } = heard();
  troubles.failed(hints, away);
  troubles.succeeded(sweep);
  troubles.succeeded(hints);
  assert.deepEqual(lines(), ['warn: no hints', 'info: hints again, after 0 s']);
});
