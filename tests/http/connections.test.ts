/** What is only seen on a socket: slow requests, several requests at once, headers that no client library sends. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { ServerLab } from './server-lab.ts';

function open(t: TestContext, url: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  t.after(() => socket.destroy());
  return socket;
}

const head = (method: string, url: string, token: string, ...more: readonly string[]): string =>
  [`${method} ${url} HTTP/1.1`, 'Host: 127.0.0.1', `Authorization: Bearer ${token}`, ...more, '', ''].join(
    '\r\n',
  );

test('headers that do not come in time are answered 408, and the connection is closed', async (t) => {
  const lab = await ServerLab.open(t, { patience: { headersMsMax: 50, checkMs: 20 } });
  const socket = open(t, await lab.listen());
  socket.write('GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\nContent-Type: application\/problem\+json/);
  assert.match(answer, /"code":"request_timeout"/);
});

test('a body that does not come in time is answered 408 once, and nothing is done', async (t) => {
  const lab = await ServerLab.open(t, { patience: { headersMsMax: 100, requestMsMax: 200, checkMs: 20 } });
  const socket = open(t, await lab.listen());
  const headers = ['Content-Type: application/json', 'Content-Length: 100'];
  socket.write(`${head('POST', '/v1/projects', await lab.token('admin'), ...headers)}{"name": "toxd"`);
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1);
  assert.deepEqual((await lab.ok('GET', '/v1/projects')).items, []);
});

test('who sends too much, or what is not wanted, can read the answer, also when it closes the connection itself', async (t) => {
  const lab = await ServerLab.open(t);
  const url = await lab.listen();
  const token = await lab.token('admin');
  const large = Buffer.alloc(64 * 1024 * 1024, 0x20);
  const post = async (bearer: string, contentType: string): Promise<string> => {
    const socket = open(t, url);
    const headers = [`Content-Type: ${contentType}`, `Content-Length: ${large.length}`, 'Connection: close'];
    socket.write(head('POST', '/v1/projects', bearer, ...headers));
    const answer = text(socket);
    socket.write(large);
    return answer;
  };
  assert.match(await post(token, 'application/json'), /^HTTP\/1\.1 413 .*"code":"too_large"/s);
  assert.match(await post('nobody', 'application/json'), /^HTTP\/1\.1 401 /);
  assert.match(await post(token, 'text/plain'), /^HTTP\/1\.1 415 /);
});

test('what cannot be read is not answered in the place of an earlier request', async (t) => {
  let reached = (): void => undefined;
  let go = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (reached = resolve));
  const allowed = new Promise<void>((resolve) => (go = resolve));
  const lab = await ServerLab.open(t, {
    around: (storage) => ({
      ...storage,
      listProjects: async (it) => {
        reached();
        await allowed;
        return storage.listProjects(it);
      },
    }),
  });
  const socket = open(t, await lab.listen());
  socket.write(head('GET', '/v1/projects', await lab.token('admin')));
  await arrived;
  const answer = text(socket).catch(() => '');
  socket.write('HELLO\r\n\r\n');
  assert.doesNotMatch(await answer, /HTTP\/1\.1 400/);
  go();
});

test('two Host headers are refused', async (t) => {
  const lab = await ServerLab.open(t);
  const socket = open(t, await lab.listen());
  socket.write('GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nhost: localhost\r\nConnection: close\r\n\r\n');
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /"field":"Host","found":\["127\.0\.0\.1","localhost"\],"expected":"one Host header"/);
});

test('reads that one connection sends at once are done one after another, those of others beside them', async (t) => {
  const steps: (() => void)[] = [];
  let wake = (): void => undefined;
  const asked = async (count: number): Promise<void> => {
    while (steps.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  const lab = await ServerLab.open(t, {
    around: (storage) => ({
      ...storage,
      listProjects: async (it) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        steps.push(resolve);
        wake();
        await promise;
        return storage.listProjects(it);
      },
    }),
  });
  const token = await lab.token('admin');
  const url = await lab.listen();
  const [many, other] = [open(t, url), open(t, url)];
  many.write(head('GET', '/v1/projects', token).repeat(3));
  await asked(1);
  other.write(head('GET', '/v1/projects', token));
  await asked(2);
  assert.equal((await fetch(`${url}/v1/health`)).status, 200);
  assert.equal(steps.length, 2, 'one of each connection');
  for (let step = 0; step < 4; step++) {
    await asked(step + 1);
    steps[step]?.();
  }
  const answers = text(many);
  many.end(head('GET', '/v1/health', token, 'Connection: close'));
  assert.equal((await answers).match(/HTTP\/1\.1 200/g)?.length, 4);
});
