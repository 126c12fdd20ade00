/** Templates of a project, and the differences of two jobs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, jobPath, ServerLab } from './server-lab.ts';

const templates = '/v1/projects/toxd/templates';

for (const storage of ['memory', 'sqlite'] as const) {
  test(`a template is saved, read, listed, replaced and removed (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    const job = { task: 'refine', command: ['refmac5', 'in.mtz'], parameters: { ncyc: 10 }, priority: 3 };
    const made = await lab.ok('PUT', `${templates}/refine`, { body: { job } });
    assert.deepEqual({ ...made, updatedAt: '' }, { name: 'refine', job, owner: 'admin', updatedAt: '' });
    assert.deepEqual(await lab.ok('GET', `${templates}/refine`), made);
    await lab.ok('PUT', `${templates}/dm`, { body: { job: { task: 'dm' } } });
    const first = await lab.ok('GET', `${templates}?limit=1`);
    const second = await lab.ok('GET', `${templates}?limit=1&after=${first.next}`);
    assert.deepEqual([first.items[0].name, second.items[0].name, second.next], ['dm', 'refine', null]);
    const replaced = await lab.ok('PUT', `${templates}/refine`, { body: { job: { task: 'other' } } });
    assert.deepEqual(replaced.job, { task: 'other' });
    assert.equal((await lab.call('DELETE', `${templates}/refine`)).status, 204);
    await lab.refused('template_unknown', 'GET', `${templates}/refine`);
    await lab.refused('template_unknown', 'DELETE', `${templates}/refine`);
    await lab.refused('project_unknown', 'GET', '/v1/projects/none/templates');
    await lab.refused('project_unknown', 'PUT', '/v1/projects/none/templates/x', { body: { job } });
  });

  test(`templates of one project are not those of another (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    await lab.project('other');
    await lab.ok('PUT', `${templates}/x`, { body: { job: { task: 'a' } } });
    await lab.refused('template_unknown', 'GET', '/v1/projects/other/templates/x');
    assert.deepEqual((await lab.ok('GET', '/v1/projects/other/templates')).items, []);
  });
}

test('a template is checked as a job is, and holds nothing of one submission alone', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const put = (job: unknown, name = 'x') =>
    lab.call('PUT', `${templates}/${name}`, { body: { job } }).then(({ body }) => [body.code, body.field]);
  assert.deepEqual(await put({ priority: 101 }), ['invalid_field', 'job.priority']);
  assert.deepEqual(await put({ command: [''] }), ['invalid_field', 'job.command']);
  assert.deepEqual(await put({ parent: '1' }), ['unknown_field', 'job.parent']);
  assert.deepEqual(await put({ after: [] }), ['unknown_field', 'job.after']);
  assert.deepEqual(await put({}, encodeURIComponent('a b')), ['invalid_field', 'name']);
  assert.deepEqual((await lab.ok('GET', templates)).items, []);
});

test('the templates of others are changed by managers only', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const [ana, ben] = [await lab.token('contributor', 'ana'), await lab.token('contributor', 'ben')];
  const body = { job: { task: 'a' } };
  await lab.ok('PUT', `${templates}/x`, { token: ana, body });
  await lab.refused('forbidden', 'PUT', `${templates}/x`, { token: ben, body });
  await lab.refused('forbidden', 'DELETE', `${templates}/x`, { token: ben });
  const manager = await lab.token('manager', 'mia');
  const changed = await lab.ok('PUT', `${templates}/x`, { token: manager, body: { job: { task: 'b' } } });
  assert.deepEqual([changed.owner, changed.job], ['ana', { task: 'b' }]);
  await lab.ok('PUT', `${templates}/x`, { token: ana, body });
});

test('two jobs are compared field by field', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const post = async (body: unknown): Promise<string> =>
    jobPath((await lab.ok('POST', '/v1/projects/toxd/jobs', { body })).ref);
  const common = { directory: '/data', stdin: 'end\n', inputs: [{ path: 'same.mtz', size: 3 }] };
  const one = await post({
    ...common,
    command: ['refmac5', '-n', '10'],
    parameters: { cell: { a: 1, b: 2 }, list: [1, 2], same: { x: 1, y: 2 } },
    environment: { A: '1', B: '2' },
    inputs: [...common.inputs, { path: 'in.mtz', sha256: 'a'.repeat(64) }, 'gone.mtz', 'unknown.mtz'],
  });
  await post({
    ...common,
    command: ['refmac5', '-n', '20'],
    parameters: { cell: { a: 1, b: 3 }, list: [2, 1], same: { y: 2, x: 1 }, more: true },
    environment: { A: '1', C: '3' },
    inputs: [...common.inputs, { path: 'in.mtz', sha256: 'b'.repeat(64) }, { path: 'unknown.mtz', size: 9 }],
  });
  await lab.ok('PATCH', one, { body: { numbers: { Rfree: 0.2 } } });
  const diff = await lab.ok('GET', `${one}/diff?with=toxd/2`);
  assert.deepEqual([diff.left, diff.right, diff.complete], ['toxd/1', 'toxd/2', true]);
  assert.deepEqual(
    diff.fields.map(({ field, left, right }: Body) => [field, left, right]),
    [
      ['command', ['refmac5', '-n', '10'], ['refmac5', '-n', '20']],
      ['environment.B', '2', null],
      ['parameters.cell.b', 2, 3],
      ['parameters.list', [1, 2], [2, 1]],
      ['environment.C', null, '3'],
      ['parameters.more', null, true],
      ['inputs.in.mtz', { size: null, sha256: 'a'.repeat(64) }, { size: null, sha256: 'b'.repeat(64) }],
      ['inputs.gone.mtz', { size: null, sha256: null }, null],
      ['numbers.Rfree', 0.2, null],
    ],
  );
  assert.deepEqual((await lab.ok('GET', `${one}/diff?with=1`)).fields, []);
});

test('a job is compared only with one that may be read', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  await lab.project('secret');
  const { ref } = await lab.ok('POST', '/v1/projects/toxd/jobs', { body: { command: ['true'] } });
  await lab.ok('POST', '/v1/projects/secret/jobs', { body: { command: ['true'] } });
  const token = await lab.token('viewer', 'vic', 'toxd');
  const diff = `${jobPath(ref)}/diff`;
  for (const other of ['secret/1', 'none/1', 'toxd/9', '9'])
    await lab.refused('job_unknown', 'GET', `${diff}?with=${other}`, { token });
  assert.equal((await lab.refused('invalid_field', 'GET', `${diff}?with=x`)).field, 'with');
  assert.equal((await lab.refused('invalid_field', 'GET', diff)).field, 'with');
});
