/** A worker over XML-RPC that knows two servers: one is drained, the other killed. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LabkeepClient } from '@labkeep/client';
import { trustAlso } from '../../src/cli/connect.ts';
import { Home, type Server } from '../cli/support/labkeep.ts';
import { freePort } from '../support/free-port.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { makeCertificate, pythonMissing } from '../xmlrpc/xmlrpc-lab.ts';

const skip = postgresUnavailable() ?? pythonMissing() ?? false;
const postgres = sharedPostgres();
const home = new Home();
after(() => home.clean());

const workerFile = join(import.meta.dirname, '../../examples/xmlrpc-worker/worker.py');
const asking = `
import ssl, sys, xmlrpc.client
server = xmlrpc.client.ServerProxy(sys.argv[1], context=ssl.create_default_context(cafile=sys.argv[2])).scire
client = server.register('another', {})['client']
print(server.pending(client))
try:
    print(server.ask_for_work(client))
except xmlrpc.client.Fault as fault:
    print(fault.faultCode, fault.faultString.split(':')[0])
`;

test('one server is drained, the other killed: the worker goes on where it is answered, and each job runs once', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const storage = await postgres.freshDatabase('rpc');
  const tls = makeCertificate(t);
  await trustAlso(tls.certFile);
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const;
  const start = (name: string, http: number, rpc: number): Promise<Server> =>
    home.up([
      ...['--data', home.path(name), '--storage', storage, '--no-worker', '--drain', '60'],
      ...['--listen', `127.0.0.1:${http}`, '--xmlrpc', `127.0.0.1:${rpc}`],
      ...['--tls-cert', tls.certFile, '--tls-key', tls.keyFile],
    ]);
  const one = await start('one', ports[0], ports[2]);
  const two = await start('two', ports[1], ports[3]);
  const token = readFileSync(home.path('one', 'token'), 'utf8').trim();
  const at = (port: number) => new LabkeepClient({ url: `https://127.0.0.1:${port}`, token });
  const { principal } = await at(ports[0]).me();
  const rpcUrl = (port: number) => `https://${encodeURIComponent(principal)}:${token}@127.0.0.1:${port}/RPC2`;

  const urls = `${rpcUrl(ports[2])},${rpcUrl(ports[3])}`;
  const args = [workerFile, urls, home.path('worker'), '--daemon', '--interval', '0.2', '--ca', tls.certFile];
  const worker = spawn('python3', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  t.after(async () => {
    if (worker.kill()) await once(worker, 'exit');
  });
  const refs: string[] = [];
  const submit = async (port: number, command: readonly string[]): Promise<string> => {
    const { ref } = await at(port).jobs.submit('toxd', { command: [...command], onLost: 'retry' });
    refs.push(ref);
    return ref;
  };
  const untilState = async (port: number, ref: string, state: string): Promise<void> => {
    while ((await at(port).jobs.get(ref)).state !== state) await delay(50);
  };
  await at(ports[0]).projects.create({ name: 'toxd' });
  await untilState(ports[0], await submit(ports[0], ['true']), 'succeeded');

  const underWay = await submit(ports[0], ['sleep', '2']);
  await untilState(ports[0], underWay, 'running');
  one.signal('SIGTERM');
  while ((await at(ports[1]).servers.list()).items.every(({ state }) => state !== 'draining'))
    await delay(50);
  const asked = spawnSync('python3', ['-c', asking, rpcUrl(ports[2]), tls.certFile], { encoding: 'utf8' });
  assert.equal(asked.stdout, '[]\n21 stopping\n', `what wants no work is answered: ${asked.stderr}`);
  await untilState(ports[1], underWay, 'succeeded');
  await untilState(ports[1], await submit(ports[1], ['true']), 'succeeded');

  await one.stop('SIGKILL');
  await untilState(ports[1], await submit(ports[1], ['true']), 'succeeded');
  await start('one', ports[0], ports[2]);
  const over = await submit(ports[1], ['sleep', '2']);
  await untilState(ports[1], over, 'running');
  await two.stop('SIGKILL');
  await untilState(ports[0], over, 'succeeded');
  await untilState(ports[0], await submit(ports[0], ['true']), 'succeeded');
  for (const ref of refs) assert.equal((await at(ports[0]).jobs.attempts(ref)).items.length, 1, ref);
});
