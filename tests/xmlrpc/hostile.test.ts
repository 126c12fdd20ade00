/** Clients that mean harm, or are broken: each is refused, and nobody else notices. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { callsAtOnceMax } from '../../src/frontends/xmlrpc/build-xmlrpc.ts';
import { writeCall } from '../../src/wire/xmlrpc/write-message.ts';
import { makeCertificate, statusOf, XmlRpcLab } from './xmlrpc-lab.ts';

function faultIn(text: string): string {
  return /<int>(-?\d+)<\/int>.*<string>(\w+):/s.exec(text)?.slice(1).join(' ') ?? text;
}

async function servesOthers(rpc: XmlRpcLab): Promise<void> {
  const client = await rpc.register();
  assert.deepEqual(await rpc.value('scire.pending', client), []);
  assert.deepEqual(rpc.errors, []);
}

test('entity bombs, documents from elsewhere and endless depth are refused', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const client = await rpc.register();
  const laughs = Array.from({ length: 10 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join(
    '',
  );
  const inCall = (value: string): string =>
    `<methodCall><methodName>scire.pending</methodName><params><param><value>${value}</value></param></params></methodCall>`;
  const nested = `${'<array><data><value>'.repeat(10_000)}x${'</value></data></array>'.repeat(10_000)}`;
  const cases: readonly (readonly [body: string, fault: string])[] = [
    [`<!DOCTYPE x [<!ENTITY l0 "lol">${laughs}]>${inCall('&l10;')}`, '-32700 malformed_xml'],
    [`<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${inCall('&f;')}`, '-32700 malformed_xml'],
    [`<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/"> %p;]>${inCall('')}`, '-32700 malformed_xml'],
    [inCall('&undefined;'), '-32700 malformed_xml'],
    [inCall(nested), '13 too_deep'],
    ['<a>'.repeat(10_000), '13 too_deep'],
    [inCall(`<array><data>${'<value/>'.repeat(60_000)}</data></array>`), '14 too_large'],
    [`<methodCall ${Array.from({ length: 5_000 }, (_, n) => `a${n}=""`).join(' ')}/>`, '14 too_large'],
    ['', '-32700 malformed_xml'],
    ['{"jsonrpc": "2.0"}', '-32700 malformed_xml'],
    ['<html/>', '-32600 call_invalid'],
  ];
  for (const [body, fault] of cases) {
    const { status, text } = await rpc.post(body);
    assert.deepEqual([status, faultIn(text)], [200, fault], body.slice(0, 100));
  }
  const reports: readonly (readonly [xml: string, code: number])[] = [
    [`<!DOCTYPE status [<!ENTITY a "b">]>${statusOf({ id: 'toxd/1', epoch: '1' }, 'failed')}`, -32700],
    [`${'<status>'.repeat(10_000)}`, 13],
    [`<status job="toxd/1" epoch="1" state="failed">${'<output>x</output>'.repeat(20_000)}</status>`, 14],
    [`<status job="toxd/1" epoch="1" state="failed"><error>${'x'.repeat(1_100_000)}</error></status>`, 14],
  ];
  for (const [xml, code] of reports)
    assert.equal((await rpc.fault('scire.report_status', client, xml)).code, code, xml.slice(0, 100));
  await servesOthers(rpc);
});

/** What is held, without what only waits to be collected. */
function bytesInBuffers(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
}

/** Sends so many bytes, with or without saying so before; what came back. */
async function flood(rpc: XmlRpcLab, bytes: number, isDeclared: boolean): Promise<string> {
  const authorization = `Bearer ${await rpc.workerToken()}`;
  const call = request({
    host: '127.0.0.1',
    port: rpc.port,
    path: '/RPC2',
    method: 'POST',
    headers: {
      'content-type': 'text/xml',
      authorization,
      ...(isDeclared ? { 'content-length': bytes } : {}),
    },
  });
  const answered = once(call, 'response');
  call.write('<a>');
  const piece = Buffer.alloc(1024 * 1024, 'x');
  for (let sent = 3; sent + piece.length <= bytes; sent += piece.length)
    if (!call.write(piece)) await Promise.race([once(call, 'drain'), answered]);
  call.end(Buffer.alloc(isDeclared ? (bytes - 3) % piece.length : 0, 'x'));
  const [response] = await answered;
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  return text;
}

test('a hundred megabytes are refused, and not kept', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const before = bytesInBuffers();
  const floods = [flood(rpc, 100 * 1024 * 1024, true), flood(rpc, 100 * 1024 * 1024, false)];
  await servesOthers(rpc);
  const [declared, undeclared] = await Promise.all(floods);
  assert.equal(faultIn(declared ?? ''), '14 too_large');
  assert.equal(faultIn(undeclared ?? ''), '14 too_large');
  // What was collected is given back by and by.
  for (let tries = 0; bytesInBuffers() - before > 32 * 1024 * 1024; tries++) {
    assert.ok(tries < 500, `${bytesInBuffers() - before} bytes more are in buffers`);
    await delay(20);
  }
});

test('what is no call over HTTP gets the answer that HTTP has for it', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const body = writeCall({ method: 'system.listMethods', params: [] });
  const cases = [
    [await rpc.post('', {}, { method: 'GET' }), 405, /method_not_allowed/],
    [await rpc.post(body, {}, { path: '/other' }), 404, /route_unknown/],
    [await rpc.post(body, { 'content-type': 'text/plain' }), 415, /unsupported_media_type/],
    [await rpc.post(body, { 'content-encoding': 'gzip' }), 415, /unsupported_media_type/],
    [await rpc.post(body, { authorization: '' }), 401, /unauthenticated/],
    [await rpc.post(body, {}, { path: '/' }), 200, /scire.register/],
    [await rpc.post(body, {}, { path: '/RPC2?x=1' }), 200, /scire.register/],
  ] as const;
  for (const [{ status, text, headers }, expected, said] of cases) {
    assert.equal(status, expected, text);
    assert.match(text, said);
    if (status === 405) assert.equal(headers.allow, 'POST');
  }
});

test('a status that is replayed after a retry does not touch the new attempt', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const client = await rpc.register();
  await rpc.submit({ command: ['x'] });
  const first = await rpc.take(client);
  await rpc.value('scire.report_status', client, statusOf(first, 'failed', 1));
  await rpc.lab.ok('POST', '/v1/projects/toxd/jobs/1/retry');
  const second = await rpc.take(client);
  assert.notEqual(second.epoch, first.epoch);
  for (const state of ['succeeded', 'cancelled', 'returned']) {
    const answer = await rpc.members('scire.report_status', client, statusOf(first, state));
    assert.deepEqual(answer, { applied: false, code: 'epoch_stale', order: 'none' }, state);
  }
  const repeated = await rpc.members('scire.report_status', client, statusOf(first, 'failed', 1));
  assert.deepEqual(repeated, { applied: true, code: '', order: 'none' }, 'it was applied, then');
  assert.equal((await rpc.job('toxd/1')).state, 'running');
});

test('the jobs of one principal are not for another to confirm or report', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const client = await rpc.register();
  await rpc.submit({ command: ['x'] });
  const job = await rpc.take(client);
  const as = async (principal: string, method: string, ...params: string[]): Promise<string> => {
    const authorization = `Bearer ${await rpc.workerToken(principal)}`;
    return (await rpc.post(writeCall({ method, params }), { authorization })).text;
  };
  assert.equal(faultIn(await as('eve', 'scire.pending', client)), '5 worker_unknown');
  assert.equal(faultIn(await as('eve', 'scire.confirm', client, job.id, job.epoch)), '5 worker_unknown');
  assert.equal(
    faultIn(await as('eve', 'scire.report_status', client, statusOf(job, 'failed'))),
    '5 worker_unknown',
  );
  const registered = await as('eve', 'scire.register', 'node1');
  assert.equal(faultIn(registered), '-32602 invalid_field', 'facts are missing');
  assert.equal((await rpc.job('toxd/1')).state, 'running');
});

test('a stranger’s certificate is no way in, and no way to deceive a client', async (t) => {
  const tls = makeCertificate(t);
  const other = makeCertificate(t);
  const rpc = await XmlRpcLab.open(t, { tls, rpcPatience: { handshakeMsMax: 1_000 } });
  const body = writeCall({ method: 'system.listMethods', params: [] });
  await assert.rejects(rpc.post(body, {}, { ca: other.cert }), /self-signed certificate/);
  const certified = { cert: other.cert, key: other.key };
  assert.equal(
    (await rpc.post(body, { authorization: '' }, certified)).status,
    401,
    'a certificate is no token',
  );
  assert.equal((await rpc.post(body, {}, certified)).status, 200);

  const plain = connect(rpc.port, '127.0.0.1');
  plain.end('POST /RPC2 HTTP/1.1\r\nhost: x\r\n\r\n');
  await ended(plain);
  await ended(connect(rpc.port, '127.0.0.1'));
  const old = connectTls({
    port: rpc.port,
    host: '127.0.0.1',
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
    ca: tls.cert,
  });
  await ended(old);
  await servesOthers(rpc);
});

test('who never reads, sends too slowly, or sends nothing, holds up nobody and is cut off', async (t) => {
  const patience = { headersMsMax: 1_000, requestMsMax: 1_000, silenceMsMax: 1_000, checkMs: 50 };
  const rpc = await XmlRpcLab.open(t, { rpcPatience: patience });
  const body = writeCall({ method: 'system.listMethods', params: [] });
  const head = headOf(await rpc.workerToken());
  const call = `${head}content-length: ${body.length}\r\n\r\n${body}`;

  const deaf = open(t, rpc.port);
  deaf.pause();
  let isFull = false;
  for (let sent = 0; sent < 20_000 && !isFull; sent++) isFull = !deaf.write(call);
  assert.ok(isFull, 'nothing was left unread');
  const slow = open(t, rpc.port);
  slow.write(`${head}content-length: 1000\r\n\r\n<methodCall>`);
  const silent = open(t, rpc.port);
  await servesOthers(rpc);
  await Promise.all([ended(slow), ended(silent), cutOff(deaf)]);
  await servesOthers(rpc);
});

test('calls that do not come to their end keep nobody out, however many, of strangers or not', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  for (const token of ['nobody', await rpc.workerToken()]) {
    const slow: Socket[] = [];
    while (slow.length <= callsAtOnceMax) {
      const came = once(rpc.server, 'request');
      const socket = open(t, rpc.port);
      socket.write(`${headOf(token)}content-length: 1000\r\n\r\n<methodCall>`);
      slow.push(socket);
      await came;
    }
    await servesOthers(rpc);
    for (const socket of slow) socket.destroy();
  }
});

function headOf(token: string): string {
  return `POST /RPC2 HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\nauthorization: Bearer ${token}\r\n`;
}

function open(t: TestContext, port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  t.after(() => socket.destroy());
  return socket;
}

function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
  });
}

/** Who does not read does not see that it was cut off: it learns so when it writes. */
async function cutOff(socket: Socket): Promise<void> {
  while (!socket.destroyed) {
    socket.write('x');
    await delay(20);
  }
}
