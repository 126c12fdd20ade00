/** Where a server listens: ports that are taken, addresses that others can reach, TLS, and names. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { after, test } from 'node:test';
import { isLoopback, namesOf, readListen, urlOf } from '../../src/daemon/listen-address.ts';
import { Home } from '../cli/support/labkeep.ts';

const home = new Home();
after(() => home.clean());

test('addresses are read in each of their forms, and refused otherwise', () => {
  const read = (text: string) => Object.values(readListen(text));
  assert.deepEqual(Object.values(readListen(undefined)), ['127.0.0.1', 4780, false]);
  assert.deepEqual(read('127.0.0.1:80'), ['127.0.0.1', 80, true]);
  assert.deepEqual(read('lab.example'), ['lab.example', 4780, false]);
  assert.deepEqual(read(':5000'), ['127.0.0.1', 5000, true]);
  assert.deepEqual(read('[::1]:0'), ['::1', 0, true]);
  for (const text of ['', '::1:80', 'host:', 'host:70000', 'host:x', '[host]:1', 'http://host:1'])
    assert.throws(() => readListen(text), { code: 'usage' }, text);
});

test('loopback is what only this machine reaches', () => {
  for (const host of ['127.0.0.1', '127.8.9.10', '::1', 'localhost']) assert.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'lab.example', '127.0.0.1.example', '1270.0.0.1'])
    assert.ok(!isLoopback(host), host);
});

test('a server is called by its names, with IPv6 in brackets', () => {
  assert.deepEqual(namesOf('::1', ['lab.example']), ['localhost', '127.0.0.1', '[::1]', 'lab.example']);
  assert.equal(urlOf('::1', 80, false, []), 'http://[::1]:80');
  assert.equal(urlOf('0.0.0.0', 80, true, []), 'https://localhost:80');
  assert.equal(urlOf('0.0.0.0', 80, true, ['lab.example']), 'https://lab.example:80');
});

test('an address that others can reach needs TLS, and nothing is made before that is clear', async () => {
  const { code, stdout, stderr } = await home.run([
    'up',
    '--listen',
    '0.0.0.0:0',
    '--data',
    home.path('none'),
  ]);
  assert.deepEqual([code, stdout], [2, '']);
  assert.equal(
    stderr,
    'labkeep: 0.0.0.0 is not a loopback address, so it needs TLS.\n  Give --tls-cert and --tls-key, or listen on 127.0.0.1.\n',
  );
  assert.equal((await home.call(['backup', 'x', '--data', home.path('none')])).code, 2);
});

test('a port that was named and is taken is refused', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const refused = await home.run(['up', '--no-worker', '--listen', `127.0.0.1:${port}`]);
  assert.deepEqual(refused, {
    code: 2,
    stdout: '',
    stderr: `labkeep: 127.0.0.1:${port} is in use.\n  Name another with --listen, or stop what uses it.\n`,
  });
});

test('if the usual port is taken, the next free one is used, and said', async (t) => {
  const other = createServer();
  t.after(() => other.close());
  const taken = Promise.withResolvers<void>();
  // Whoever has it: it is taken.
  other.once('error', () => taken.resolve()).listen(4780, '127.0.0.1', () => taken.resolve());
  await taken.promise;
  const server = await home.up(['--no-worker', '--listen', '127.0.0.1']);
  const usual = await home.call([
    'up',
    '--no-worker',
    '--data',
    home.path('none'),
    '--listen',
    '127.0.0.1:4780',
  ]);
  assert.equal(usual.code, 2);
  const port = Number(new URL(server.url).port);
  assert.ok(port > 4780, server.url);
  assert.equal(server.stderr, `labkeep: port 4780 is taken; this server listens on ${port}\n`);
  assert.equal((await home.call(['status'])).code, 0);
  assert.equal(await server.stop(), 0);
});

test('a host this machine does not have is refused', async () => {
  const { code, stderr } = await home.run(['up', '--listen', '127.0.0.1.example:0']);
  assert.equal(code, 2);
  assert.match(stderr, /needs TLS/);
});

test('over TLS, with a certificate of one’s own, everything works: commands, and the worker', async () => {
  const [cert, key] = [home.path('cert.pem'), home.path('key.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
  ]);
  assert.equal(made.status, 0, String(made.stderr));

  const half = await home.run(['up', '--listen', '0.0.0.0:0', '--tls-cert', cert]);
  assert.equal(
    half.stderr,
    'labkeep: TLS needs both a certificate and its key.\n  Give --tls-cert and --tls-key.\n',
  );
  const missing = await home.run(['up', '--tls-cert', cert, '--tls-key', home.path('nokey')]);
  assert.match(missing.stderr, /^labkeep: The file .*nokey of --tls-key cannot be read: no such file/);
  const swapped = await home.run(['up', '--tls-cert', key, '--tls-key', cert]);
  assert.deepEqual([swapped.code, swapped.stdout], [2, '']);
  assert.match(swapped.stderr, /cannot be used for TLS/);

  const server = await home.up(['--listen', '0.0.0.0:0', '--tls-cert', cert, '--tls-key', key]);
  assert.match(server.url, /^https:\/\/localhost:\d+$/);
  const ended = await home.run(['submit', '--wait', '--', 'true']);
  assert.deepEqual([ended.code, ended.stdout.endsWith('/1\n')], [0, true], ended.stderr);

  const stranger = {
    LABKEEP_SERVER: server.url,
    LABKEEP_TOKEN: 'labkeep_x_y',
    LABKEEP_DATA: home.path('of-a-stranger'),
  };
  const untrusted = await home.run(['status'], { env: stranger });
  assert.deepEqual([untrusted.code, untrusted.stdout], [2, '']);
  assert.match(untrusted.stderr, /The certificate of https:.* is not accepted/);
  const trusting = await home.run(['project', 'list', '--ca', cert], { env: stranger });
  assert.equal(trusting.code, 4, 'now it is the token that is wrong');
  assert.equal(await server.stop(), 0);
});

test('only the names that a server has are answered', async () => {
  const server = await home.up(['--no-worker', '--host-name', 'lab.example', '--data', home.path('names')]);
  const { port } = new URL(server.url);
  const statusFor = async (host: string): Promise<number | undefined> => {
    const asked = request({ host: '127.0.0.1', port, path: '/v1/health', headers: { host } }).end();
    const [response] = await once(asked, 'response');
    response.resume();
    return response.statusCode;
  };
  assert.deepEqual(
    [await statusFor(`127.0.0.1:${port}`), await statusFor('lab.example'), await statusFor('evil.example')],
    [200, 200, 421],
  );
  assert.equal(await server.stop(), 0);
});
