/** A server whose certificate is not accepted: what is said, and by whom. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { after, before, test } from 'node:test';
import { Home, program } from './support/labkeep.ts';

const home = new Home();
const servers: Server[] = [];
after(async () => {
  for (const server of servers) server.close();
  await home.clean();
});

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

/** Signed by itself, for these names. */
function certify(file: string, names: string): void {
  const out = ['-keyout', home.path(`${file}.key`), '-out', home.path(`${file}.pem`)];
  const subject = ['-subj', `/CN=${file}`, '-addext', `subjectAltName=${names}`];
  openssl('req', '-x509', ...newKey, '-days', '2', ...subject, ...out);
}

/** Over since yesterday. */
function certifyExpired(file: string): void {
  const [key, request] = [home.path(`${file}.key`), home.path(`${file}.csr`)];
  openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', key, '-out', request);
  openssl(
    ...['x509', '-req', '-in', request, '-signkey', key, '-days', '-1', '-out', home.path(`${file}.pem`)],
  );
}

async function listening(server: Server, scheme = 'https'): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function serving(file: string): Promise<string> {
  const [cert, key] = [readFileSync(home.path(`${file}.pem`)), readFileSync(home.path(`${file}.key`))];
  return listening(createServer({ cert, key }, (_, response) => response.end('{}')));
}

before(() => {
  certify('right', 'DNS:localhost,IP:127.0.0.1');
  certify('other', 'DNS:node07.example.org,IP:10.0.0.7');
  certifyExpired('expired');
});

async function refusedAt(url: string, ca?: string): Promise<string> {
  const trust = ca === undefined ? [] : ['--ca', home.path(`${ca}.pem`)];
  const { code, stderr } = await home.run(['status', '--server', url, '--token', 'none', ...trust]);
  assert.equal(code, 2, stderr);
  return stderr;
}

test('one that is not trusted, not for this name, or not valid any more: found, expected, and what to do', async () => {
  const [right, other, expired] = await Promise.all(['right', 'other', 'expired'].map(serving));
  assert.ok(right !== undefined && other !== undefined && expired !== undefined);
  const [unknown, named, late, stranger] = await Promise.all([
    refusedAt(right),
    refusedAt(other, 'other'),
    refusedAt(expired, 'expired'),
    refusedAt(right, 'other'),
  ]);
  assert.match(
    unknown ?? '',
    /certificate of https:\S+ is not accepted: found .*signed itself.*\n.*--ca FILE/,
  );
  assert.match(
    named ?? '',
    /for node07\.example\.org, 10\.0\.0\.7", expected one for 127\.0\.0\.1\.\n.*name/,
  );
  assert.match(late ?? '', /has expired", expected one that is valid now\.\n.*date of this machine/);
  assert.match(stranger ?? '', /signed itself/);
});

test('where no address has one that is accepted, each is tried once, and nobody waits', async () => {
  const urls = await Promise.all([serving('right'), serving('right')]);
  const tried = [0, 0];
  for (const which of [0, 1])
    servers.at(which - 2)?.on('connection', () => (tried[which] = (tried[which] ?? 0) + 1));
  const { code, stderr } = await home.run(['project', 'list', '--server', urls.join(), '--token', 'none']);
  assert.deepEqual([code, tried], [2, [1, 1]], stderr);
});

test('a server that does not speak TLS is called as such', async () => {
  const url = await listening(createPlainServer(), 'https');
  const { code, stderr } = await home.run(['status', '--server', url, '--token', 'none']);
  assert.equal(code, 6, stderr);
  assert.match(stderr, /does not speak TLS.*\n.*call it http:/);
});

test('a worker says so too, and goes on asking', async (t) => {
  const url = await serving('right');
  const args = ['worker', '--server', url, '--token', 'none', '--folder', home.path('worker')];
  const worker = spawn(program, args, {
    cwd: home.folder,
    env: home.env(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => void worker.kill('SIGKILL'));
  let said = '';
  for await (const text of worker.stderr.setEncoding('utf8')) {
    said += String(text);
    if (said.includes('certificate_refused')) break;
  }
  assert.match(said, /certificate_refused/);
  assert.equal(worker.exitCode, null);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
});
