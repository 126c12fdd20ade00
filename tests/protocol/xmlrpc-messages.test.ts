/**
 * Every message of XML-RPC, over TLS, harmed in every way that an unmodified client of Python’s standard library notices, one
 * at a time: the job runs once and succeeds.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '../support/until.ts';
import { type Certificate, makeCertificate, pythonMissing, XmlRpcLab } from '../xmlrpc/xmlrpc-lab.ts';
import { type Harm, harms, harmText } from './fates.ts';
import { HarmfulProxy } from './harmful-proxy.ts';

const skip = pythonMissing();
const worker = join(import.meta.dirname, '../../examples/xmlrpc-worker/worker.py');
const isLong = process.env.LABKEEP_TEST_PROTOCOL === 'long';

/** Python’s client waits for an answer without end. */
const noticed = harms.filter(({ fate }) => fate !== 'swallowed' && fate !== 'overdue');
const methods = ['register', 'pending', 'ask_for_work', 'confirm', 'send_output', 'report_status'] as const;
const cases = methods
  .flatMap((method) => noticed.map((harm) => ({ method, harm, title: `${method}: ${harmText(harm)}` })))
  // In the short form each fate of each side is tried with some method.
  .filter((_, index) => isLong || index % 7 === 0);

test('whatever becomes of one message of XML-RPC, the job runs once and succeeds', { skip }, async (t) => {
  const place = await openPlace(t);
  for (const { method, harm, title } of cases) {
    const name = `scire.${method}`;
    // To register is the first thing that a worker does.
    if (method === 'register') await place.endWorker();
    const harmed = place.arm(name, harm, method === 'ask_for_work');
    place.startWorker();
    const ref = await place.submit();
    await harmed;
    const job = await until(title, async () => {
      const found = await place.lab.job(ref);
      return (found.state === 'succeeded' || found.state === 'failed') && found;
    });
    assert.deepEqual([job.state, job.attempts], ['succeeded', 1], title);
    assert.equal(place.started().filter((it) => it === ref).length, 1, title);
  }
  assert.deepEqual(place.lab.errors, []);
});

/** A server with XML-RPC, a proxy that does harm before it, and Python’s worker behind that. */
async function openPlace(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-xmlrpc-harm-'));
  const tls: Certificate = makeCertificate(t);
  const lab = await XmlRpcLab.open(t, { tls });
  let armed: { name: string; harm: Harm; withWork: boolean; done: () => void } | null = null;
  const proxy = await HarmfulProxy.open({
    target: { host: '127.0.0.1', port: lab.port },
    tls,
    slowMs: 60,
    overdueMs: 450,
    nameOf: (request) => /<methodName>([^<]+)/.exec(request.toString('latin1'))?.[1] ?? 'none',
    harm: ({ name }, answer) => {
      const isMeant =
        armed?.name === name &&
        (answer === null
          ? armed.harm.side === 'request'
          : armed.harm.side === 'answer' && (!armed.withWork || answer.includes('&lt;job')));
      if (!isMeant || armed === null) return null;
      const { harm, done } = armed;
      armed = null;
      done();
      return harm;
    },
  });
  const token = await lab.workerToken();
  const url = `https://ada:${token}@127.0.0.1:${proxy.port}/RPC2`;
  let child: ReturnType<typeof spawn> | null = null;
  const endWorker = async (): Promise<void> => {
    const running = child;
    child = null;
    if (running === null) return;
    running.kill('SIGTERM');
    if (running.exitCode === null && running.signalCode === null) await once(running, 'close');
  };
  t.after(async () => {
    await endWorker();
    await proxy.close();
    rmSync(folder, { recursive: true, force: true });
  });
  writeFileSync(join(folder, 'ledger'), '');
  return {
    lab,
    endWorker,
    startWorker: (): void => {
      const args = [
        worker,
        url,
        join(folder, 'worker'),
        '--daemon',
        '--interval',
        '0.05',
        '--ca',
        tls.certFile,
      ];
      child ??= spawn('python3', args, { stdio: 'ignore' });
    },
    arm: (name: string, harm: Harm, withWork: boolean): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      armed = { name, harm, withWork, done: resolve };
      return promise;
    },
    submit: (): Promise<string> =>
      lab.submit({ command: ['sh', '-c', `echo "$LABKEEP_JOB" >> ${join(folder, 'ledger')}`] }),
    started: (): readonly string[] => readFileSync(join(folder, 'ledger'), 'utf8').split('\n').slice(0, -1),
  };
}
