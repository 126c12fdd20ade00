/** Commands while the storage of several servers fails over. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { Home } from './support/labkeep.ts';

const home = new Home();
after(() => home.clean());

/** A server that refuses so many jobs as one does whose storage is away, and takes the next. */
async function standIn(refusals: number, keys: unknown[]) {
  let refused = 0;
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' });
      response.end(JSON.stringify(body));
    };
    if (request.method === 'GET') return answer(200, { name: 'toxd', directory: null });
    keys.push(request.headers['idempotency-key']);
    if (refused++ >= refusals) return answer(201, { ref: 'toxd/1', state: 'ready' });
    return answer(503, { code: 'storage_unavailable', status: 503, detail: 'It is away' });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

const submit = ['submit', '-p', 'toxd', '--token', 't'];

test('a job is submitted once, under one key, when a fail-over of several servers takes a while', async (t) => {
  const keys: unknown[] = [];
  const servers = await Promise.all([standIn(2, keys), standIn(2, keys)]);
  for (const { close } of servers) t.after(close);
  const all = servers.map(({ url }) => url).join(',');
  const ended = await home.call([...submit, '--server', all, '--', 'true']);
  assert.deepEqual(ended, { code: 0, stdout: 'toxd/1\n', stderr: '' });
  assert.deepEqual([keys.length, new Set(keys).size], [5, 1]);
});

test('one server is not waited for so long', async (t) => {
  const keys: unknown[] = [];
  const server = await standIn(9, keys);
  t.after(server.close);
  const { code, stderr } = await home.call([...submit, '--server', server.url, '--', 'true']);
  assert.deepEqual([code, stderr.split('\n')[0], keys.length], [6, 'labkeep: It is away.', 1]);
});

test('that none of several servers answers is told at once by what says how it is', async () => {
  const servers = 'http://127.0.0.1:9,http://127.0.0.1:10';
  for (const words of [['status'], ['jobs', '-p', 'toxd', '--watch'], ['top', '--once']]) {
    const begun = performance.now();
    const { code } = await home.call([...words, '--token', 't', '--server', servers]);
    assert.equal(code, 6, words.join(' '));
    assert.ok(performance.now() - begun < 15_000, words.join(' '));
  }
});
