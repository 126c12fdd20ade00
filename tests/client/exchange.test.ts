/** How a request travels: over kept connections in Node, by fetch elsewhere, and to wherever it is sent. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { exchangeHere } from '../../client/src/exchange.ts';

async function serving(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const asked = (method = 'GET', body?: string) => ({
  method,
  headers: { accept: 'application/json' },
  signal: new AbortController().signal,
  ...(body === undefined ? {} : { body }),
});

test('requests that follow one another share a connection, and say their length', async (t) => {
  const ports = new Set<number | undefined>();
  const url = await serving(t, (request, response) => {
    ports.add(request.socket.remotePort);
    const { 'content-length': length, 'transfer-encoding': encoding, accept } = request.headers;
    request.resume().on('end', () => response.end(JSON.stringify({ length, encoding, accept })));
  });
  const exchange = exchangeHere();
  const accept = 'application/json';
  const answers: unknown[] = [];
  for (const ask of [asked('POST', '"µ"'), asked('POST'), asked('GET')])
    answers.push(JSON.parse(await (await exchange(url, ask)).text()));
  assert.deepEqual(answers, [{ length: '4', accept }, { length: '0', accept }, { accept }]);
  assert.equal(ports.size, 1);
});

test('status, headers and text are those of the answer; a character that comes in two pieces is one', async (t) => {
  const url = await serving(t, (_, response) => {
    response.writeHead(404, 'Not Here', { 'Retry-After': '3' });
    const bytes = Buffer.from('µm');
    response.write(bytes.subarray(0, 1));
    setImmediate(() => response.end(bytes.subarray(1)));
  });
  const answer = await exchangeHere()(url, asked());
  assert.deepEqual(
    [answer.ok, answer.status, answer.statusText, answer.headers.get('retry-after'), await answer.text()],
    [false, 404, 'Not Here', '3', 'µm'],
  );
  assert.equal(answer.headers.get('location'), null);
});

test('an answer that breaks off, and one that nobody waits for any more, are errors', async (t) => {
  const began = Promise.withResolvers<void>();
  const url = await serving(t, (request, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('12345', () => {
      if (request.url === '/cut') response.destroy();
      began.resolve();
    });
  });
  await assert.rejects(exchangeHere()(`${url}/cut`, asked()));
  const leaving = new AbortController();
  const waiting = exchangeHere()(`${url}/slow`, { ...asked(), signal: leaving.signal });
  await began.promise;
  leaving.abort();
  await assert.rejects(waiting);
});

test('a request is followed to where the answer sends it', async (t) => {
  const there = await serving(t, (request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += String(piece);
    });
    request.on('end', () => response.end(`${request.method} ${body}`));
  });
  const here = await serving(t, (_, response) => response.writeHead(307, { location: there }).end());
  assert.equal(await (await exchangeHere()(here, asked('POST', 'x'))).text(), 'POST x');
});

test('where there is no node:http, it goes by fetch', async (t) => {
  t.mock.method(process, 'getBuiltinModule', () => undefined);
  const url = await serving(t, (request, response) =>
    response.end(String(request.headers['sec-fetch-mode'])),
  );
  assert.equal(await (await exchangeHere()(url, asked())).text(), 'cors');
});
