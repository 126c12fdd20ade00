/** What tasks ask of their runs, over HTTP: who is asked, what comes back, and what is refused. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { ServerLab } from './server-lab.ts';

const version = { command: ['refine', '-i'], pattern: 'version (.*)' };
const numbers = { Rfree: 'R free = (.*)' };
const digest = 'e'.repeat(64);

async function open(test: TestContext): Promise<ServerLab> {
  const lab = await ServerLab.open(test, { storage: 'memory' });
  await lab.project();
  const token = await lab.token('worker', 'mia');
  const declares = [
    { name: 'refine', version, numbers },
    { name: 'whole', command: ['refine'], version },
  ];
  await lab.ok('POST', '/v1/workers', { token, body: { name: 'w', tasks: ['refine'], declares } });
  return lab;
}

async function offered(lab: ServerLab, owner: string, job: object): Promise<unknown> {
  await lab.ok('POST', '/v1/projects/toxd/jobs', { token: await lab.token('admin', owner), body: job });
  const token = await lab.token('worker', owner);
  const { worker } = await lab.ok('POST', '/v1/workers', {
    token,
    body: { name: randomUUID(), tasks: ['*'] },
  });
  const { offers } = await lab.ok('POST', '/v1/claims', { token, body: { worker, capacity: 1, held: [] } });
  return offers[0].asks;
}

test('a task is declared with what it asks, and shown so', async (t) => {
  const lab = await open(t);
  const task = await lab.ok('GET', '/v1/tasks/refine');
  assert.deepEqual([task.version, task.numbers], [version, numbers]);
  const plain = { name: 'w', declares: [{ name: 'plain', version: { command: ['plain', '--version'] } }] };
  await lab.ok('POST', '/v1/workers', { body: plain });
  const { version: firstLine, numbers: none } = await lab.ok('GET', '/v1/tasks/plain');
  assert.deepEqual([firstLine, none], [{ command: ['plain', '--version'], pattern: null }, {}]);
});

test('beside a command of somebody’s own nothing is run that another principal’s worker says', async (t) => {
  const lab = await open(t);
  const own = { task: 'refine', command: ['refine', 'in'] };
  assert.deepEqual(await offered(lab, 'mia', own), { version, numbers });
  assert.equal(await offered(lab, 'ada', own), undefined);
  assert.deepEqual(await offered(lab, 'ada', { task: 'whole' }), { version });
  const run = async (token: string) => {
    const where = { folder: '/data/toxd', host: 'node07', account: 'ada' };
    const told = { key: randomUUID(), command: ['refine'], task: 'refine', project: 'toxd', ...where };
    return lab.ok('POST', '/v1/runs', { token, body: { ...told, startedAt: '2026-01-01T00:00:00Z' } });
  };
  assert.deepEqual((await run(await lab.token('admin', 'mia'))).asks, { version, numbers });
  assert.equal('asks' in (await run(await lab.token('admin', 'ada'))), false);
});

test('an end tells program, version and numbers; a job and its attempt show them', async (t) => {
  const lab = await open(t);
  const token = await lab.token('admin', 'mia');
  const { ref } = await lab.ok('POST', '/v1/projects/toxd/jobs', { token, body: { command: ['refine'] } });
  const at = { token: await lab.token('worker', 'mia') };
  const names = { name: 'x', host: 'node01', account: 'mia' };
  const { worker } = await lab.ok('POST', '/v1/workers', { ...at, body: names });
  const { offers } = await lab.ok('POST', '/v1/claims', { ...at, body: { worker, capacity: 1, held: [] } });
  const [{ attempt, epoch }] = offers;
  await lab.ok('POST', '/v1/attempts/confirm', { ...at, body: { worker, attempts: [{ attempt, epoch }] } });
  const end = { attempt, epoch, outcome: 'succeeded', exitCode: 0 };
  const finish = (found: object) =>
    lab.call('POST', '/v1/attempts/finish', { ...at, body: { attempts: [{ ...end, ...found }] } });
  const refused: readonly (readonly [object, string])[] = [
    [{ numbers: { '1st': 1 } }, 'attempts[0].numbers'],
    [
      { numbers: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`n${n}`, n])) },
      'attempts[0].numbers',
    ],
    [{ executable: { path: '/x', sha256: 'no digest' } }, 'attempts[0].executable'],
    [{ version: 'v'.repeat(1_001) }, 'attempts[0].version'],
  ];
  for (const [found, field] of refused) {
    const { body } = await finish(found);
    assert.equal(body.code, 'invalid_field', field);
    assert.ok(String(body.field).startsWith(field), `${body.field} is ${field}`);
  }
  const executable = { path: '/opt/refine', sha256: digest };
  await finish({ executable, version: '5.8', numbers: { Rfree: 0.21 } });
  const job = await lab.ok('GET', `/v1/projects/toxd/jobs/${ref.split('/')[1]}`);
  const run = { host: 'node01', account: 'mia', executable, version: '5.8' };
  assert.deepEqual([job.state, job.run, job.numbers], ['succeeded', run, { Rfree: 0.21 }]);
  const { items } = await lab.ok('GET', `/v1/projects/toxd/jobs/${ref.split('/')[1]}/attempts`);
  assert.deepEqual(items[0].run, run);
  const { items: workers } = await lab.ok('GET', '/v1/workers');
  assert.deepEqual(
    workers.map((it: { name: string; host: string | null; account: string | null }) => [
      it.name,
      it.host,
      it.account,
    ]),
    [
      ['w', null, null],
      ['x', 'node01', 'mia'],
    ],
  );
});

test('questions and patterns that are none are refused with their place', async (t) => {
  const lab = await open(t);
  const declare = async (task: object): Promise<unknown> => {
    const { body } = await lab.call('POST', '/v1/workers', {
      body: { name: 'w', declares: [{ name: 'x', ...task }] },
    });
    assert.equal(body.code, 'invalid_field');
    return body.field;
  };
  assert.equal(await declare({ numbers: { Rfree: '(' } }), 'declares[0].numbers.Rfree');
  assert.equal(await declare({ version: { command: ['a'], pattern: '[' } }), 'declares[0].version.pattern');
  assert.match(String(await declare({ version: { command: [] } })), /^declares\[0\]\.version\.command/);
  assert.match(String(await declare({ numbers: { Rfree: 3 } })), /^declares\[0\]\.numbers/);
});
