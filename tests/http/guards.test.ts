import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { cookieOf } from './browser-cookie.ts';
import { ServerLab } from './server-lab.ts';

test('a foreign Host is refused on every address, with or without a token', async (t) => {
  const lab = await ServerLab.open(t);
  for (const host of [
    'evil.example',
    'evil.example:4780',
    '127.0.0.1.evil.example',
    'localhost.evil',
    '[::2]:4780',
    '127.0.0.1:x',
  ])
    for (const url of ['/v1/health', '/v1/projects', '/', '/v1/nix'])
      assert.equal((await lab.call('GET', url, { headers: { host } })).status, 421, `${host} ${url}`);
  for (const host of [
    '127.0.0.1',
    '127.0.0.1:9',
    'localhost:4780',
    'LocalHost',
    '[::1]:4780',
    'labkeep.example',
  ])
    await lab.ok('GET', '/v1/projects', { headers: { host } });
});

test('a foreign Origin is refused, whatever the method and the credentials', async (t) => {
  const lab = await ServerLab.open(t);
  const foreign = [
    'http://evil.example',
    'null',
    'http://127.0.0.1:9999',
    'https://127.0.0.1:4780',
    'http://localhost:4780',
  ];
  for (const origin of foreign)
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const answer = await lab.call(method, '/v1/projects', { headers: { origin } });
      assert.equal(answer.status, 403, `${method} ${origin}`);
      assert.equal(answer.body.code, 'foreign_origin');
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
  await lab.ok('GET', '/v1/projects', { headers: { origin: 'http://127.0.0.1:4780' } });
});

test('a cookie reads; it writes only for a page of this server', async (t) => {
  const lab = await ServerLab.open(t);
  const cookie = await cookieOf(lab);
  const as = (headers: Record<string, string> = {}) => ({ token: null, headers: { cookie, ...headers } });
  assert.equal((await lab.ok('GET', '/v1/me', as())).principal, 'ana');
  const body = { name: 'toxd' };
  await lab.refused('foreign_origin', 'POST', '/v1/projects', { ...as(), body });
  await lab.refused('foreign_origin', 'POST', '/v1/projects', {
    ...as({ 'sec-fetch-site': 'same-site' }),
    body,
  });
  await lab.refused('foreign_origin', 'POST', '/v1/projects', {
    ...as({ origin: 'http://127.0.0.1:9999' }),
    body,
  });
  await lab.ok('POST', '/v1/projects', { ...as({ 'sec-fetch-site': 'same-origin' }), body });
  await lab.ok('PATCH', '/v1/projects/toxd', {
    ...as({ origin: 'http://127.0.0.1:4780' }),
    body: { title: 'x' },
  });
});

test('a cookie’s token is good in no header, and a token in no cookie', async (t) => {
  const lab = await ServerLab.open(t);
  const cookie = await cookieOf(lab);
  await lab.refused('unauthenticated', 'GET', '/v1/me', { token: cookie.split('=')[1] ?? '' });
  const token = await lab.token('admin');
  await lab.refused('unauthenticated', 'GET', '/v1/me', {
    token: null,
    headers: { cookie: `labkeep_0=${token}` },
  });
});

test('the session of a browser can be revoked like any token', async (t) => {
  const lab = await ServerLab.open(t);
  const cookie = await cookieOf(lab);
  const id = cookie.split('_')[2] ?? '';
  assert.equal((await lab.call('DELETE', `/v1/tokens/${id}`)).status, 204);
  await lab.refused('token_revoked', 'GET', '/v1/me', { token: null, headers: { cookie } });
});

test('what is no HTTP gets a problem and a closed connection, and nobody else is disturbed', async (t) => {
  const lab = await ServerLab.open(t);
  const { port } = new URL(await lab.listen());
  const say = async (words: string): Promise<string> => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(words);
    return text(socket);
  };
  const answer = await say('HELLO\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /"code":"malformed_body"/);
  const oversized = await say(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`);
  assert.match(oversized, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
  assert.match(oversized, /"code":"headers_too_large"/);
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1/health`)).status, 200);
});

test('a fault of the server’s own tells nothing of itself', async (t) => {
  const lab = await ServerLab.open(t, {
    around: (storage) => ({
      ...storage,
      listProjects: async () => {
        throw new Error('the password is xyzzy');
      },
    }),
  });
  const answer = await lab.call('GET', '/v1/projects');
  assert.equal(answer.status, 500);
  assert.equal(answer.body.code, 'internal');
  assert.ok(!answer.text.includes('xyzzy'));
});

test('health says 503 while the storage does not answer', async (t) => {
  let hangs = false;
  const lab = await ServerLab.open(t, {
    around: (storage) => ({
      ...storage,
      identify: () => (hangs ? new Promise(() => undefined) : storage.identify()),
    }),
  });
  assert.deepEqual(Object.keys(await lab.ok('GET', '/v1/health', { token: null })), [
    'status',
    'version',
    'storage',
    'journal',
    'incarnation',
    'now',
  ]);
  hangs = true;
  await lab.refused('storage_unavailable', 'GET', '/v1/health', { token: null });
});
