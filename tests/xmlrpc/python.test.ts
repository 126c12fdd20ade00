/** Unmodified clients: Python’s own, over TLS, and the worker of the examples. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '../support/until.ts';
import { makeCertificate, pythonMissing, XmlRpcLab } from './xmlrpc-lab.ts';

const skip = pythonMissing();
const workerFile = join(import.meta.dirname, '../../examples/xmlrpc-worker/worker.py');

const session = `
import ssl, sys, xmlrpc.client
url, ca = sys.argv[1:]
server = xmlrpc.client.ServerProxy(url, context=ssl.create_default_context(cafile=ca))
print(server.system.listMethods()[0], server.system.methodSignature('scire.pending'))
client = server.scire.register('old', {'cores': 4, 'since': xmlrpc.client.DateTime('20260101T00:00:00')})['client']
text = server.scire.ask_for_work(client)
import xml.etree.ElementTree as ET
job = ET.fromstring(text.encode())
print(job.get('id'), [it.text for it in job.find('command')], job.find('title').text)
print(server.scire.confirm(client, job.get('id'), job.get('epoch')))
server.scire.send_output(client, job.get('id'), job.get('epoch'), 'stdout', xmlrpc.client.Binary(b'\\x00\\xff\\n'))
multi = xmlrpc.client.MultiCall(server)
multi.scire.report_status(client, f'<status job="{job.get("id")}" epoch="{job.get("epoch")}" state="succeeded" exit-code="0"/>')
multi.scire.pending(client)
print(list(multi()))
try:
    server.scire.confirm(client, 'nonsense', 1)
except xmlrpc.client.Fault as fault:
    print(fault.faultCode, fault.faultString.split(':')[0])
`;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-xmlrpc-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

class Python {
  readonly process: ChildProcess;
  #said = '';
  readonly #ended: Promise<unknown>;

  constructor(t: TestContext, args: readonly string[]) {
    this.process = spawn('python3', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
      });
    this.#ended = once(this.process, 'close');
    t.after(() => this.kill());
  }

  get said(): string {
    return this.#said;
  }

  async ended(): Promise<string> {
    await this.#ended;
    assert.equal(this.process.exitCode, 0, this.#said);
    return this.#said;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.process.kill(signal);
    await this.#ended;
  }
}

/** A command that outlives its worker, but not the test. */
function lasting(folder: string): readonly string[] {
  return ['sh', '-c', `while [ -d ${folder} ]; do sleep 0.1; done`];
}

test('Python’s own client works over TLS, unmodified', { skip }, async (t) => {
  const tls = makeCertificate(t);
  const rpc = await XmlRpcLab.open(t, { storage: 'sqlite', tls });
  await rpc.submit({ command: ['echo', 'a & b'], title: 'Ångström “<>”' });
  const said = await new Python(t, ['-c', session, await rpc.url('ada', 'localhost'), tls.certFile]).ended();
  assert.deepEqual(said.trim().split('\n'), [
    "scire.register [['array', 'string']]",
    "toxd/1 ['echo', 'a & b'] Ångström “<>”",
    "{'start': True, 'code': ''}",
    "[{'applied': True, 'code': '', 'order': 'none'}, []]",
    '-32602 invalid_field',
  ]);
  assert.equal((await rpc.job('toxd/1')).state, 'succeeded');
  const { items } = await rpc.lab.ok('GET', '/v1/projects/toxd/jobs/1/log');
  assert.equal(items[0].data, Buffer.from([0, 255, 10]).toString('base64'));
});

test('the example worker runs what there is, by priority and age, and ends', { skip }, async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const folder = folderOf(t);
  const note = (text: string): readonly string[] => [
    'sh',
    '-c',
    `cat >> ${folder}/order; echo ${text} >> ${folder}/order`,
  ];
  const urgent = { command: note('urgent'), stdin: 'from stdin\n', priority: 5 };
  for (const job of [
    { command: note('old') },
    { command: note('young') },
    urgent,
    { command: ['no-such-program'] },
    { command: ['false'] },
  ])
    await rpc.submit(job);
  const tool = [workerFile, await rpc.url(), join(folder, 'worker'), '--capacity', '9', '--interval', '0.2'];
  await new Python(t, tool).ended();
  assert.equal(readFileSync(join(folder, 'order'), 'utf8'), 'from stdin\nurgent\nold\nyoung\n');
  const states = await Promise.all(
    [1, 2, 3, 4, 5].map(async (number) => (await rpc.job(`toxd/${number}`)).state),
  );
  assert.deepEqual(states, ['succeeded', 'succeeded', 'succeeded', 'failed', 'failed']);
  const attempts = await rpc.lab.ok('GET', '/v1/projects/toxd/jobs/4/attempts');
  assert.match(attempts.items[0].error, /No such file or directory: 'no-such-program'/);
});

test('a daemon is called when there is work, and told of a cancellation', { skip }, async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const folder = folderOf(t);
  const daemon = new Python(t, [workerFile, await rpc.url(), folder, '--daemon', '--interval', '3600']);
  const workers = () => rpc.lab.ok('GET', '/v1/workers');
  await until('it is registered', async () => (await workers()).items.length === 1);
  await rpc.submit({ command: ['true'] });
  await until('it is called', async () => (await rpc.job('toxd/1')).state === 'succeeded');
  await rpc.submit({ command: ['sleep', '3600'] });
  await until('it is called again', async () => (await rpc.job('toxd/2')).state === 'running');
  await rpc.lab.ok('POST', '/v1/projects/toxd/jobs/2/cancel');
  await until('it is told', async () => (await rpc.job('toxd/2')).state === 'cancelled');
  await daemon.kill('SIGTERM');
});

test('a worker that was killed reports what it left, when the server can be reached', { skip }, async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const folder = folderOf(t);
  const url = await rpc.url();
  await rpc.submit({ command: lasting(folder) });
  const killed = new Python(t, [workerFile, url, folder, '--interval', '0.1']);
  const isStarted = (): boolean =>
    readdirSync(join(folder, 'queue')).some((name) => name.endsWith('.started'));
  await until('it is started', async () => (await rpc.job('toxd/1')).state === 'running' && isStarted());
  await killed.kill();
  await rpc.submit({ command: ['true'] });

  const away = new Python(t, [
    workerFile,
    url.replace(/:\d+\/RPC2$/, ':9/RPC2'),
    folder,
    '--interval',
    '0.1',
  ]);
  const isKept = (): boolean => readdirSync(join(folder, 'reports')).some((name) => name.endsWith('.xml'));
  await until('its report is kept', () => /asking again later/.test(away.said) && isKept());
  await away.kill();
  assert.equal((await rpc.job('toxd/1')).state, 'running');

  await new Python(t, [workerFile, url, folder, '--interval', '0.1']).ended();
  assert.equal((await rpc.job('toxd/1')).state, 'failed');
  assert.equal((await rpc.job('toxd/2')).state, 'succeeded');
});

test('while no server answers, a worker begins what it has, but not what another may have got meanwhile', {
  skip,
}, async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const folder = folderOf(t);
  const url = await rpc.url();
  const marks = folderOf(t);
  await rpc.submit({ command: lasting(folder), priority: 9 });
  await rpc.submit({ command: ['touch', join(marks, 'retried')], priority: 5, onLost: 'retry' });
  await rpc.submit({ command: ['touch', join(marks, 'kept')], priority: 1 });
  const options = ['--interval', '0.1', '--capacity', '3'];
  const killed = new Python(t, [workerFile, url, folder, ...options]);
  const states = () => Promise.all(['1', '2', '3'].map(async (it) => (await rpc.job(`toxd/${it}`)).state));
  await until(
    'it took them',
    async () =>
      (await states()).every((state) => state === 'running') &&
      readdirSync(join(folder, 'queue')).some((name) => name.endsWith('.started')),
  );
  await killed.kill();

  const away = new Python(t, [workerFile, url.replace(/:\d+\/RPC2$/, ':9/RPC2'), folder, ...options]);
  const isReported = (): boolean =>
    readdirSync(join(folder, 'reports')).some((name) => name.startsWith('toxd@3') && name.endsWith('.xml'));
  await until('it ran what it has, and wrote its end down', isReported);
  assert.deepEqual(readdirSync(marks), ['kept']);
  assert.ok(readdirSync(join(folder, 'queue')).some((name) => name.startsWith('toxd@2')));
  await away.kill();

  await new Python(t, [workerFile, url, folder, ...options]).ended();
  assert.deepEqual(await states(), ['failed', 'succeeded', 'succeeded']);
});
