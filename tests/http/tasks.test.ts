/** Tasks by name: declared, run, followed, and refused where they would run twice. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Body, ServerLab } from './server-lab.ts';

const build = {
  name: 'bank.build',
  title: 'Build a bank',
  command: ['mkbank', '--from={source}', '{files...}', '{note}', '{{as is}', '--size={size}'],
  locks: ['{source}:shared', '{target}/index:exclusive'],
  limits: { attemptMs: 60_000 },
  retry: { max: 2 },
  parameters: {
    properties: {
      source: { type: 'string' },
      target: { type: 'string' },
      files: { type: 'array', items: { type: 'string' } },
      size: { type: 'integer', default: 7, minimum: 1 },
      note: { type: 'string' },
    },
    required: ['source', 'target'],
  },
};
const parameters = { source: 'embl', target: 'bank', files: ['a b', 'c'] };

async function open(test: TestContext, storage: 'memory' | 'sqlite' = 'memory'): Promise<ServerLab> {
  const lab = await ServerLab.open(test, { storage });
  for (const name of ['embl', 'bank'])
    await lab.ok('POST', '/v1/databases', { body: { name, kind: 'bank' } });
  await lab.ok('POST', '/v1/workers', { body: { name: 'w', tasks: ['*'], capacity: 1, declares: [build] } });
  return lab;
}

const run = (lab: ServerLab, body: object): Promise<Body> =>
  lab.ok('POST', '/v1/tasks/bank.build/run', { body });
const status = (lab: ServerLab, given: object = parameters): Promise<Body> =>
  lab.ok('POST', '/v1/tasks/bank.build/status', { body: { parameters: given } });

for (const storage of ['memory', 'sqlite'] as const)
  test(`a task is run by its parameters, and followed by them (${storage})`, async (t) => {
    const lab = await open(t, storage);
    const { body: never } = await lab.call('POST', '/v1/tasks/bank.build/status', { body: { parameters } });
    assert.equal(never.code, 'task_not_run');
    const job = await run(lab, { parameters });
    assert.equal(job.project, 'operations');
    assert.deepEqual(job.command, ['mkbank', '--from=embl', 'a b', 'c', '{as is}', '--size=7']);
    assert.deepEqual(job.parameters, { ...parameters, size: 7 });
    assert.deepEqual([job.title, job.limits.attemptMs, job.retry.max], ['Build a bank', 60_000, 2]);

    const again = await lab.call('POST', '/v1/tasks/bank.build/run', {
      body: { parameters: { size: 7, files: parameters.files, target: 'bank', source: 'embl' } },
    });
    assert.deepEqual(
      [again.status, again.body.code, again.body.ref, again.body.state],
      [409, 'task_already_running', job.ref, 'ready'],
    );
    const now = await status(lab);
    assert.deepEqual(
      [now.task, now.job.ref, now.job.state, now.expectedAt],
      ['bank.build', job.ref, 'ready', null],
    );

    await lab.ok('POST', `/v1/projects/operations/jobs/${job.number}/cancel`);
    assert.equal((await status(lab)).job.state, 'cancelled');
    const next = await run(lab, { parameters });
    assert.equal((await status(lab)).job.ref, next.ref);
  });

test('the locks of a task are those of its parameters', async (t) => {
  const lab = await open(t);
  const job = await run(lab, { parameters });
  assert.deepEqual(job.locks, [
    { path: 'bank/index', mode: 'exclusive' },
    { path: 'embl', mode: 'shared' },
  ]);
});

test('parameters are checked before anything is kept', async (t) => {
  const lab = await open(t);
  const refused = async (given: object): Promise<unknown> => {
    const { status, body } = await lab.call('POST', '/v1/tasks/bank.build/run', {
      body: { parameters: given },
    });
    return [status, body.code, body.field, body.expected];
  };
  const said = (field: string, expected: string) => [400, 'invalid_field', field, expected];
  assert.deepEqual(await refused({ target: 'bank' }), said('parameters.source', 'a value'));
  assert.deepEqual(await refused({ ...parameters, size: '7' }), said('parameters.size', 'of type integer'));
  assert.deepEqual(await refused({ ...parameters, size: 0 }), said('parameters.size', '>= 1'));
  assert.deepEqual(
    await refused({ ...parameters, files: ['a', 3] }),
    said('parameters.files[1]', 'of type string'),
  );
  assert.deepEqual(
    await refused({ ...parameters, colour: 1 }),
    said('parameters.colour', 'no such parameter'),
  );
  assert.deepEqual(await refused({ ...parameters, source: 'none' }), [
    404,
    'database_unknown',
    undefined,
    undefined,
  ]);
  await lab.refused('job_unknown', 'GET', '/v1/projects/operations/jobs/1');
});

test('a job that names a registered task is checked as its run is', async (t) => {
  const lab = await open(t);
  await lab.project();
  const submit = (job: object) => lab.call('POST', '/v1/projects/toxd/jobs', { body: job });
  const made = await submit({ task: 'bank.build', parameters });
  assert.deepEqual([made.status, made.body.command[0]], [201, 'mkbank']);
  assert.equal((await submit({ task: 'bank.build', parameters })).body.code, 'task_already_running');
  assert.equal((await run(lab, { parameters: { ...parameters, size: 8 } })).project, 'operations');
  const codes = [
    await submit({ task: 'bank.build', parameters: {} }),
    await submit({ task: 'bank.build', parameters, command: ['other'] }),
    await submit({ task: 'bank.build', parameters: { ...parameters, size: 9 }, submit: false }),
  ].map(({ body }) => [body.code, body.field]);
  assert.deepEqual(codes, [
    ['invalid_field', 'parameters.source'],
    ['invalid_field', 'command'],
    ['invalid_field', 'submit'],
  ]);
  const many = await submit({ jobs: [{ task: 'none' }, { task: 'bank.build', parameters: { source: 3 } }] });
  assert.deepEqual([many.body.code, many.body.field], ['invalid_field', 'jobs[1].parameters.target']);
  assert.equal((await submit({ task: 'none', parameters: { any: 'thing' } })).status, 201);
});

test('a run is repeated with other parameters, and its command made anew', async (t) => {
  const lab = await open(t);
  const job = await run(lab, { parameters });
  const rerun = (body: object) =>
    lab.call('POST', `/v1/projects/operations/jobs/${job.number}/rerun`, { body });
  assert.equal((await rerun({})).body.code, 'task_already_running');
  const { body } = await rerun({ parameters: { ...parameters, size: 9 } });
  assert.deepEqual(body.command.at(-1), '--size=9');
});

test('tasks are listed by name, in pages; a misspelt one says which is near', async (t) => {
  const lab = await open(t);
  const body = { name: 'v', declares: [{ name: 'a.task' }] };
  await lab.ok('POST', '/v1/workers', { body });
  const first = await lab.ok('GET', '/v1/tasks?limit=1');
  const second = await lab.ok('GET', `/v1/tasks?limit=1&after=${first.next}`);
  assert.deepEqual(
    [first, second].map(({ items: [task], next }) => [task.name, task.source, next === null]),
    [
      ['a.task', 'worker', false],
      ['bank.build', 'worker', true],
    ],
  );
  const { body: near } = await lab.call('GET', '/v1/tasks/bank.biuld');
  assert.deepEqual(
    [near.code, near.detail],
    ['task_unknown', 'There is no task bank.biuld; bank.build is near.'],
  );
});

test('what is no task is refused, with its place', async (t) => {
  const lab = await open(t);
  const declare = async (task: object): Promise<unknown> => {
    const { body } = await lab.call('POST', '/v1/workers', { body: { name: 'w', declares: [task] } });
    return [body.code, body.field];
  };
  const at = (field: string) => ['invalid_field', `declares[0].${field}`];
  assert.deepEqual(await declare({ name: 'x', command: ['a', '{b}'] }), at('command[1]'));
  assert.deepEqual(await declare({ name: 'x', locks: ['{b}:shared'] }), at('locks[0]'));
  assert.deepEqual(await declare({ name: 'x', locks: ['embl:mine'] }), at('locks[0]'));
  assert.deepEqual(await declare({ name: 'x', parameters: { type: 'array' } }), at('parameters.type'));
  assert.deepEqual(
    await declare({ name: 'x', parameters: { properties: { n: { type: 'whole' } } } }),
    at('parameters'),
  );
  const other = await lab.token('worker', 'mia');
  await lab.refused('forbidden', 'POST', '/v1/workers', {
    token: other,
    body: { name: 'w', declares: [{ name: 'bank.build' }] },
  });
  await lab.refused('task_unknown', 'GET', '/v1/tasks/x');
});

test('who may not read the project of a run is told nothing of it', async (t) => {
  const lab = await open(t);
  await lab.project('secret');
  await lab.project('open');
  await run(lab, { parameters, project: 'secret' });
  const token = await lab.token('contributor', 'ana', 'open');
  const body = { parameters };
  await lab.refused('task_not_run', 'POST', '/v1/tasks/bank.build/status', { token, body });
  const second = await lab.call('POST', '/v1/tasks/bank.build/run', {
    token,
    body: { ...body, project: 'open' },
  });
  assert.deepEqual([second.body.code, second.body.ref], ['task_already_running', undefined]);
  assert.doesNotMatch(JSON.stringify(second.body), /secret/);
});

test('the expected end follows from progress and start', async (t) => {
  const lab = await open(t);
  await run(lab, { parameters });
  const { worker } = await lab.ok('POST', '/v1/workers', { body: { name: 'w' } });
  const { offers } = await lab.ok('POST', '/v1/claims', { body: { worker, capacity: 1, held: [] } });
  const [{ attempt, epoch }] = offers;
  await lab.ok('POST', '/v1/attempts/confirm', { body: { worker, attempts: [{ attempt, epoch }] } });
  lab.moveClock(10_000);
  const counts = { done: 3, total: 12, unit: 'files' };
  const progress = [{ attempt, epoch, text: 'indexing', counts }];
  const tooMany = [{ attempt, epoch, counts: { done: 13, total: 12 } }];
  const wrong = await lab.call('POST', '/v1/attempts/renew', { body: { worker, progress: tooMany } });
  assert.deepEqual([wrong.body.code, wrong.body.field], ['invalid_field', 'progress[0].counts.done']);
  await lab.ok('POST', '/v1/attempts/renew', { body: { worker, progress } });
  const now = await status(lab);
  assert.deepEqual([now.job.state, now.progress.fraction, now.progress.text], ['running', 0.25, 'indexing']);
  assert.deepEqual([now.progress.counts, now.progress.expectedAt], [counts, now.expectedAt]);
  const took = Date.parse(now.progress.at) - Date.parse(now.job.startedAt);
  assert.equal(Date.parse(now.expectedAt) - Date.parse(now.job.startedAt), took * 4);
  const done = [{ attempt, epoch, fraction: 1, text: 'written' }];
  await lab.ok('POST', '/v1/attempts/renew', { body: { worker, progress: done } });
  const almost = (await status(lab)).progress;
  assert.deepEqual(
    [almost.fraction, almost.text],
    [0.99, 'written'],
    'it is done when its success is on record',
  );
  const end = { attempt, epoch, outcome: 'failed', exitCode: 3, error: 'no space' };
  await lab.ok('POST', '/v1/attempts/finish', { body: { attempts: [end] } });
  const { job, error, expectedAt } = await status(lab);
  assert.equal(expectedAt, null);
  assert.ok(['waiting', 'failed'].includes(job.state));
  assert.equal(error, 'no space');
});
