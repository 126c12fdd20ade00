/** Sessions and locks over HTTP: what is asked for, what comes back, and what is said of those in the way. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Storage } from '../../src/ports/storage.ts';
import { type Body, ServerLab } from './server-lab.ts';

async function open(t: TestContext): Promise<ServerLab> {
  const lab = await ServerLab.open(t, { storage: 'sqlite' });
  await lab.database('embl');
  await lab.database('chado');
  return lab;
}

/** A call of one person. */
async function person(lab: ServerLab, name: string) {
  const token = await lab.token('contributor', name);
  return {
    ok: (method: string, url: string, body?: unknown): Promise<Body> =>
      lab.ok(method, url, body === undefined ? { token } : { token, body }),
    refused: (code: string, method: string, url: string, body?: unknown): Promise<Body> =>
      lab.refused(code, method, url, body === undefined ? { token } : { token, body }),
  };
}

const locks = (...written: readonly unknown[]) => ({ locks: written });

test('a session is opened, renewed, listed and ended, and keeps what was said of it', async (t) => {
  const lab = await open(t);
  const ada = await person(lab, 'ada');
  const said = { name: 'curate', host: 'node07', pid: 4242, leaseMs: 30_000, idleMs: 60_000 };
  const session = await ada.ok('POST', '/v1/sessions', { ...said, databases: ['embl'] });
  const { session: id, openedAt, usedAt, leaseEndsAt, ...rest } = session;
  assert.match(id, /^[0-9a-z]+$/);
  assert.equal(Date.parse(leaseEndsAt) - Date.parse(openedAt), 30_000);
  assert.equal(usedAt, openedAt);
  const kept = { ...said, principal: 'ada', databases: ['embl'], forOneLock: false, ended: null };
  assert.deepEqual(rest, kept);
  assert.deepEqual(await ada.ok('POST', `/v1/sessions/${id}/renew`, {}), { leaseMs: 30_000, notices: [] });
  const moved = await ada.ok('POST', `/v1/sessions/${id}/databases`, { open: ['chado'], leave: ['embl'] });
  assert.deepEqual(moved.databases, ['chado']);
  assert.deepEqual((await ada.ok('GET', `/v1/sessions/${id}`)).databases, ['chado']);
  assert.deepEqual(
    (await ada.ok('GET', '/v1/sessions')).items.map((it: Body) => it.session),
    [id],
  );
  const ended = await ada.ok('DELETE', `/v1/sessions/${id}?text=done`);
  assert.deepEqual([ended.ended.reason, ended.ended.text, ended.databases], ['closed', 'done', []]);
  assert.deepEqual(await ada.ok('DELETE', `/v1/sessions/${id}`), ended);
  assert.deepEqual((await ada.ok('GET', '/v1/sessions')).items, []);
  assert.equal((await ada.ok('GET', '/v1/sessions?ended=true')).items.length, 1);
  const gone = await ada.refused('session_ended', 'POST', `/v1/sessions/${id}/renew`, {});
  assert.deepEqual([gone.reason, gone.text], ['closed', 'done']);
});

test('bad sessions and locks are refused by field, and nothing is locked', async (t) => {
  const lab = await open(t);
  const ada = await person(lab, 'ada');
  const cases: readonly (readonly [string, string, unknown, string])[] = [
    ['invalid_field', '/v1/sessions', { name: '' }, 'name'],
    ['invalid_field', '/v1/sessions', { name: 'x', leaseMs: 999 }, 'leaseMs'],
    ['invalid_field', '/v1/sessions', { name: 'x', leaseMs: 600_001 }, 'leaseMs'],
    ['invalid_field', '/v1/sessions', { name: 'x', databases: ['a/b'] }, 'databases[0]'],
    ['invalid_field', '/v1/locks', locks(), 'locks'],
    ['invalid_field', '/v1/locks', locks('embl:exclusiv'), 'locks[0]'],
    ['invalid_field', '/v1/locks', locks('embl:shared', 'embl:exclusive'), 'locks[1].mode'],
    ['invalid_field', '/v1/locks', locks('embl/../chado'), 'locks[0]'],
    ['invalid_field', '/v1/locks', locks({ path: 'a/b/c/d/e/f/g/h/i', mode: 'shared' }), 'locks[0].path'],
    [
      'invalid_field',
      '/v1/locks',
      locks({ path: `embl/${'x'.repeat(300)}`, mode: 'shared' }),
      'locks[0].path',
    ],
    ['invalid_field', '/v1/locks', { ...locks('embl'), wait: -1 }, 'wait'],
    ['invalid_field', '/v1/locks', { ...locks('embl'), session: '1', leaseMs: 5_000 }, 'leaseMs'],
  ];
  for (const [code, url, body, field] of cases)
    assert.equal((await ada.refused(code, 'POST', url, body)).field, field, JSON.stringify(body));
  const unknown = await ada.refused('database_unknown', 'POST', '/v1/locks', locks('emble:shared'));
  assert.match(unknown.detail, /did you mean embl\?/);
  await ada.refused('session_unknown', 'POST', '/v1/locks', { ...locks('embl'), session: 'zz' });
  await ada.refused('session_unknown', 'POST', '/v1/sessions/No!/renew', {});
  await ada.refused('lock_unknown', 'GET', '/v1/locks/ZZ');
  assert.deepEqual((await ada.ok('GET', '/v1/locks')).items, []);
  assert.deepEqual((await ada.ok('GET', '/v1/sessions')).items, []);
});

test('a set is granted at once or refused with those in the way, by name and place in the line', async (t) => {
  const lab = await open(t);
  const [ada, ben] = [await person(lab, 'ada'), await person(lab, 'ben')];
  const held = await ada.ok('POST', '/v1/locks', {
    locks: ['chado/curation:exclusive', { path: 'embl', mode: 'shared' }],
    name: 'curate',
    leaseMs: 5_000,
  });
  assert.equal(held.state, 'granted');
  assert.deepEqual(
    held.locks.map(({ path, mode }: Body) => `${path}:${mode}`),
    ['chado/curation:exclusive', 'embl:shared'],
  );
  const shared = await ben.ok('POST', '/v1/locks', locks('embl:shared'));
  assert.ok(shared.epoch > held.epoch);
  const refused = await ben.refused('lock_conflict', 'POST', '/v1/locks', locks('chado:shared'));
  assert.deepEqual(refused.holders, [{ lock: held.lock, state: 'granted', ...held.holder }]);
  assert.equal(refused.position, 1);
  assert.match(refused.detail, /ada \(curate\)/);
  assert.deepEqual(
    (await ben.ok('GET', '/v1/locks?path=chado')).items.map((it: Body) => it.lock),
    [held.lock],
  );
  const { session } = held.holder;
  const released = await ada.ok('POST', '/v1/locks/release', locks({ lock: held.lock, epoch: held.epoch }));
  assert.deepEqual(released.results, [{ lock: held.lock, released: true, code: null }]);
  assert.equal((await ada.ok('GET', `/v1/sessions/${session}`)).ended.reason, 'closed');
  const foreign = await ada.ok(
    'POST',
    '/v1/locks/release',
    locks({ lock: shared.lock, epoch: shared.epoch }),
  );
  assert.deepEqual(foreign.results, [{ lock: shared.lock, released: false, code: 'lock_not_held' }]);
});

test('whoever waits is answered as soon as the lock is free', async (t) => {
  const lab = await open(t);
  const [ada, ben] = [await person(lab, 'ada'), await person(lab, 'ben')];
  const held = await ada.ok('POST', '/v1/locks', locks('embl:exclusive'));
  const asked = ben.ok('POST', '/v1/locks', { ...locks('embl:exclusive'), wait: true });
  const waiting = await untilWaiting(lab, 1);
  const polled = ben.ok('GET', `/v1/locks/${waiting[0].lock}?waitMs=30000`);
  assert.deepEqual([waiting[0].waitsFor, waiting[0].position], [[held.lock], 1]);
  const { text } = await lab.call('GET', '/metrics');
  assert.match(text, /^labkeep_locks\{state="granted"\} 1$/m);
  assert.match(text, /^labkeep_locks\{state="waiting"\} 1$/m);
  assert.match(text, /^labkeep_waiting\{kind="lock"\} [12]$/m);
  await ada.ok('POST', '/v1/locks/release', locks({ lock: held.lock, epoch: held.epoch }));
  const granted = await asked;
  assert.deepEqual([granted.state, granted.lock], ['granted', waiting[0].lock]);
  assert.deepEqual(await polled, granted);
});

test('of twenty that wait for one lock each gets it, in the order in which they came', async (t) => {
  const lab = await open(t);
  const ada = await person(lab, 'ada');
  const first = await ada.ok('POST', '/v1/locks', locks('embl:exclusive'));
  const order: number[] = [];
  const release = ({ lock, epoch }: Body): Promise<Body> =>
    ada.ok('POST', '/v1/locks/release', locks({ lock, epoch }));
  const waiting: Promise<Body>[] = [];
  for (let index = 0; index < 20; index++) {
    const asked = ada.ok('POST', '/v1/locks', { ...locks('embl:exclusive'), wait: true });
    waiting.push(asked.then((lock) => order.push(index) && release(lock)));
    await untilWaiting(lab, index + 1);
  }
  await release(first);
  await Promise.all(waiting);
  assert.deepEqual(
    order,
    Array.from({ length: 20 }, (_, index) => index),
  );
  assert.deepEqual((await ada.ok('GET', '/v1/locks')).items, []);
});

test('a lock is found to be free also where the hint was lost', async (t) => {
  const deaf = (storage: Storage): Storage => ({ ...storage, onHint: () => () => undefined });
  const lab = await ServerLab.open(t, { storage: 'sqlite', around: deaf });
  await lab.database('embl');
  const ada = await person(lab, 'ada');
  const held = await ada.ok('POST', '/v1/locks', locks('embl:exclusive'));
  const asked = ada.ok('POST', '/v1/locks', { ...locks('embl:shared'), wait: true });
  await untilWaiting(lab, 1);
  await ada.ok('POST', '/v1/locks/release', locks({ lock: held.lock, epoch: held.epoch }));
  assert.equal((await asked).state, 'granted');
});

test('so many may wait at one time; when the server stops, all are answered as they are', async (t) => {
  const lab = await ServerLab.open(t, { waitingLocks: 1 });
  await lab.database('embl');
  const ada = await person(lab, 'ada');
  await ada.ok('POST', '/v1/locks', locks('embl:exclusive'));
  const asked = ada.ok('POST', '/v1/locks', { ...locks('embl:shared'), wait: true });
  await untilWaiting(lab, 1);
  const more = { ...locks('embl:exclusive'), wait: true };
  await ada.refused('too_many_requests', 'POST', '/v1/locks', more);
  assert.equal((await ada.ok('GET', '/v1/locks')).items.length, 2);
  await lab.useCases.stop();
  assert.equal((await asked).state, 'waiting');
});

test('a wait that is over is lock_timeout, with those in the way; the request is gone', async (t) => {
  const lab = await open(t);
  const [ada, ben] = [await person(lab, 'ada'), await person(lab, 'ben')];
  const held = await ada.ok('POST', '/v1/locks', { ...locks('embl:exclusive'), name: 'load' });
  const asked = ben.refused('lock_timeout', 'POST', '/v1/locks', { ...locks('embl:shared'), wait: 20_000 });
  const [waiting] = await untilWaiting(lab, 1);
  lab.moveClock(20_000);
  await lab.storage.sweep();
  const refused = await asked;
  assert.deepEqual(refused.holders, [{ lock: held.lock, state: 'granted', ...held.holder }]);
  assert.equal(refused.position, 1);
  await ben.refused('lock_unknown', 'GET', `/v1/locks/${waiting.lock}`);
});

test('a wait whose session ends is told why', async (t) => {
  const lab = await open(t);
  const [ada, ben] = [await person(lab, 'ada'), await person(lab, 'ben')];
  await ada.ok('POST', '/v1/locks', locks('embl:exclusive'));
  const { session } = await ben.ok('POST', '/v1/sessions', { name: 'read' });
  const body = { ...locks('embl:shared'), wait: true, session };
  const asked = ben.refused('session_ended', 'POST', '/v1/locks', body);
  await untilWaiting(lab, 1);
  await lab.ok('DELETE', `/v1/sessions/${session}?text=go%20home`);
  const refused = await asked;
  assert.deepEqual([refused.reason, refused.text], ['ended_by_manager', 'go home']);
});

test('a session that holds locks may not wait for more, and is told so', async (t) => {
  const lab = await open(t);
  const [ada, ben] = [await person(lab, 'ada'), await person(lab, 'ben')];
  await ada.ok('POST', '/v1/locks', locks('chado:exclusive'));
  const { session } = await ben.ok('POST', '/v1/sessions', { name: 'read' });
  await ben.ok('POST', '/v1/locks', { ...locks('embl:shared'), session });
  const more = { ...locks('chado:shared'), wait: true, session };
  await ben.refused('deadlock_avoided', 'POST', '/v1/locks', more);
});

test('renewals say what is lost, changes raise the epoch, and checks know the difference', async (t) => {
  const lab = await open(t);
  const ada = await person(lab, 'ada');
  const held = await ada.ok('POST', '/v1/locks', { ...locks('embl:shared'), leaseMs: 5_000 });
  const named = { lock: held.lock, epoch: held.epoch };
  assert.deepEqual(await ada.ok('POST', '/v1/locks/renew', locks(named)), {
    leaseMs: 5_000,
    lost: [],
    notices: [],
  });
  const stronger = await ada.ok('POST', '/v1/locks/change', { ...named, path: 'embl', mode: 'exclusive' });
  assert.ok(stronger.epoch > held.epoch);
  await ada.refused('lock_lost', 'POST', '/v1/locks/change', { ...named, path: 'embl', mode: 'shared' });
  const renewed = await ada.ok('POST', '/v1/locks/renew', locks(named));
  assert.deepEqual([renewed.leaseMs, renewed.lost], [null, [held.lock]]);
  const check = (path: string, mode: string, epoch: number) =>
    ada.ok('POST', '/v1/locks/check', { path, mode, epoch });
  assert.deepEqual(await check('embl/part', 'exclusive', stronger.epoch), { held: true });
  assert.deepEqual(await check('embl', 'shared', held.epoch), { held: false });
  await lab.ok('POST', '/v1/locks/break', { body: { lock: held.lock } });
  assert.deepEqual(await check('embl', 'shared', stronger.epoch), { held: false });
});

test('the sessions of others are ended, and their locks broken, by managers only', async (t) => {
  const lab = await open(t);
  const [ada, ben] = [await person(lab, 'ada'), await person(lab, 'ben')];
  const { session } = await ada.ok('POST', '/v1/sessions', { name: 'curate' });
  const held = await ada.ok('POST', '/v1/locks', { ...locks('embl:exclusive'), session });
  await ben.refused('forbidden', 'DELETE', `/v1/sessions/${session}`);
  await ben.refused('session_unknown', 'POST', `/v1/sessions/${session}/renew`, {});
  assert.equal((await ben.ok('GET', `/v1/locks/${held.lock}`)).state, 'granted');
  const manager = { token: await lab.token('manager', 'mia') };
  const ended = await lab.ok('DELETE', `/v1/sessions/${session}?text=update`, manager);
  assert.deepEqual([ended.ended.reason, ended.ended.text], ['ended_by_manager', 'update']);
  await ben.ok('POST', '/v1/locks', locks('embl:exclusive'));
});

test('who may read one project only sees no locks on others, no names of their jobs, and locks none of them', async (t) => {
  const lab = await open(t);
  await lab.project('own');
  await lab.project('secret');
  const token = await lab.token('contributor', 'ben', 'own');
  const foreign = await lab.ok('POST', '/v1/locks', { body: locks('secret:shared') });
  const job = { command: ['true'], locks: ['embl:exclusive'] };
  await lab.ok('POST', '/v1/projects/secret/jobs', { body: job });
  const { worker } = await lab.ok('POST', '/v1/workers', { body: { name: 'w' } });
  const { offers } = await lab.ok('POST', '/v1/claims', { body: { worker, capacity: 1, held: [] } });
  assert.equal(offers.length, 1);

  await lab.refused('forbidden', 'POST', '/v1/locks', { token, body: locks('secret:shared') });
  await lab.refused('forbidden', 'POST', '/v1/sessions', {
    token,
    body: { name: 'x', databases: ['secret'] },
  });
  await lab.refused('lock_unknown', 'GET', `/v1/locks/${foreign.lock}`, { token });
  const seen = await lab.call('GET', '/v1/locks', { token });
  assert.equal(seen.body.items.length, 1);
  assert.doesNotMatch(seen.text, /secret/);
  assert.match((await lab.call('GET', '/v1/locks')).text, /secret\/1/);
  const refused = await lab.refused('lock_conflict', 'POST', '/v1/locks', {
    token,
    body: locks('embl:shared'),
  });
  assert.equal(refused.detail, 'In the way: a job of admin.');
  assert.doesNotMatch(JSON.stringify(refused), /secret/);
  await lab.ok('POST', '/v1/locks', { token, body: locks('own:exclusive', 'chado:shared') });
});

test('the same key asks once: the lock that was given is answered again', async (t) => {
  const lab = await open(t);
  const token = await lab.token('contributor', 'ada');
  const headers = { 'idempotency-key': 'one' };
  const body = locks('embl:exclusive');
  const first = await lab.ok('POST', '/v1/locks', { token, body, headers });
  assert.deepEqual(await lab.ok('POST', '/v1/locks', { token, body, headers }), first);
  assert.equal((await lab.ok('GET', '/v1/sessions')).items.length, 1);
});

/** Waits until so many requests wait, and gives them. */
async function untilWaiting(lab: ServerLab, many: number): Promise<Body> {
  for (;;) {
    const { items } = await lab.ok('GET', '/v1/locks');
    const waiting = items.filter((it: Body) => it.state === 'waiting');
    if (waiting.length >= many) return waiting;
    await setImmediate();
  }
}
