/** Recorded runs and provenance over HTTP, with the typed client. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { LabkeepClient, LabkeepError, type NewRun } from '@labkeep/client';
import { jobPath, ServerLab } from './server-lab.ts';

const startedAt = '2026-01-01T00:00:00Z';
const digestOf = (letter: string): string => letter.repeat(64);

function told(more: Partial<NewRun> = {}): NewRun {
  const where = { folder: '/home/ada/toxd', host: 'node07', account: 'ada' };
  return { key: randomUUID(), command: ['refine', 'in.mtz'], startedAt, ...where, ...more };
}

async function openClient(test: TestContext): Promise<{ lab: ServerLab; client: LabkeepClient }> {
  const lab = await ServerLab.open(test, { storage: 'sqlite' });
  const token = await lab.token('contributor', 'ada');
  return { lab, client: new LabkeepClient({ url: await lab.listen(), token }) };
}

test('a run is recorded, renewed and finished, and its file is known by whence', async (t) => {
  const { client } = await openClient(t);
  const first = await client.runs.record(told({ inputs: ['in.mtz'], tags: ['try'], version: '5.8' }));
  assert.deepEqual([first.job.ref, first.job.origin, first.newProject], ['toxd/1', 'recorded', true]);
  const { attempt, epoch } = first;
  const renewed = await client.runs.renew({ attempt, epoch, progress: { fraction: 0.5 } });
  assert.deepEqual(renewed, { leaseMs: first.leaseMs, cancel: false });
  const job = await client.runs.finish({
    ...{ attempt, epoch, outcome: 'succeeded', exitCode: 0, finishedAt: '2026-01-01T00:00:41Z' },
    outputs: [{ path: 'out.mtz', size: 1, sha256: digestOf('a') }],
  });
  assert.deepEqual([job.state, job.finishedAt], ['succeeded', '2026-01-01T00:00:41.000Z']);
  const second = await client.runs.record(
    told({
      startedAt: '2026-01-01T00:01:00Z',
      inputs: ['/home/ada/toxd/out.mtz'],
      ended: { finishedAt: '2026-01-01T00:01:01Z', outcome: 'failed', exitCode: 1, outputs: ['map'] },
    }),
  );
  assert.deepEqual([second.job.ref, second.job.state, second.newProject], ['toxd/2', 'failed', false]);
  const { files, run } = await client.jobs.get('toxd/2');
  assert.deepEqual(run, { host: 'node07', account: 'ada', executable: null, version: null });
  assert.deepEqual(files[0]?.madeBy, {
    ...{ ref: 'toxd/1', attempt: 1, by: 'path', cyclic: false, provisional: false },
  });
  const whence = await client.provenance.whence('/home/ada/toxd/out.mtz', { sha256: digestOf('a') });
  assert.deepEqual(
    [whence.madeBy?.ref, whence.madeBy?.host, whence.inputs.map(({ path }) => path)],
    ['toxd/1', 'node07', ['/home/ada/toxd/in.mtz']],
  );
  const graph = await client.provenance.graph('/home/ada/toxd/map');
  assert.deepEqual(graph.edges, [
    { from: 'toxd/1', to: 'toxd/2', file: '/home/ada/toxd/out.mtz', by: 'path', cyclic: false },
  ]);
  assert.deepEqual((await client.provenance.ancestors('toxd/2')).nodes.length, 2);
  assert.deepEqual((await client.provenance.descendants('toxd/2')).nodes.length, 1);
  const found = [];
  for await (const { ref, role } of client.provenance.eachFile({ path: '/home/ada/toxd/out.mtz', limit: 1 }))
    found.push(`${ref} ${role}`);
  assert.deepEqual(found, ['toxd/2 input', 'toxd/1 output']);
  const { text, steps } = await client.provenance.methods('toxd/2');
  assert.equal(text, 'toxd/2 was obtained in 2 steps with refine 5.8 (toxd/1) and refine (toxd/2).');
  assert.deepEqual(
    steps.map(({ ref, program }) => [ref, program]),
    [
      ['toxd/1', 'refine'],
      ['toxd/2', 'refine'],
    ],
  );
  assert.deepEqual((await client.provenance.stale('toxd')).items, []);
});

test('the same key answers the same job, also to a client that repeats it', async (t) => {
  const { client } = await openClient(t);
  const run = told();
  const first = await client.runs.record(run);
  const again = await client.runs.record(run);
  assert.deepEqual([again.job.ref, again.epoch], [first.job.ref, first.epoch]);
  assert.equal(again.newProject, false);
});

test('the program of a run may read its project, and record runs below its own', async (t) => {
  const { lab, client } = await openClient(t);
  const { token, job } = await client.runs.record(told());
  const child = await lab.ok('POST', '/v1/runs', { token, body: told() });
  assert.deepEqual([child.job.ref, child.job.owner], [`${job.ref}.1`, 'ada']);
  const { attempt, epoch } = child;
  const end = { attempt, epoch, outcome: 'succeeded', finishedAt: startedAt };
  await lab.ok('POST', '/v1/runs/finish', { token, body: end });
  await lab.project('other');
  await lab.refused('forbidden', 'POST', '/v1/runs', { token, body: told({ project: 'other' }) });
});

test('a recorded run is run again by workers, with the files that it read and wrote', async (t) => {
  const { client } = await openClient(t);
  const ended = { finishedAt: startedAt, outcome: 'failed', outputs: ['/home/ada/toxd/out.mtz'] } as const;
  const piped = { path: '/dev/stdin', size: 4, sha256: digestOf('b') };
  const inputs = [{ path: 'in.mtz', sha256: digestOf('a') }, piped];
  const { job } = await client.runs.record(told({ inputs, ended, stdin: 'keys' }));
  const again = await client.jobs.rerun(job.ref);
  assert.deepEqual(
    [again.origin, again.state, again.rerunOf, again.onLost],
    ['queued', 'ready', job.ref, 'fail'],
  );
  assert.deepEqual(again.inputs, [{ path: 'in.mtz' }], 'whatever is in it now');
  assert.deepEqual(again.outputs, [{ path: '/home/ada/toxd/out.mtz' }]);
  assert.deepEqual([again.directory, again.stdin, again.run], ['/home/ada/toxd', 'keys', null]);
  const other = await client.jobs.rerun(job.ref, { command: ['true'] });
  assert.deepEqual([other.inputs, other.outputs], [[], []], 'another command has other files');
  await assert.rejects(client.jobs.act(job.ref, 'retry'), (error) => codeOf(error) === 'state_conflict');
});

const refusals: readonly (readonly [what: string, body: unknown, field: string])[] = [
  ['a key that is no UUID', told({ key: 'run-1' }), 'key'],
  ['a relative folder', told({ folder: 'toxd' }), 'folder'],
  ['no command', told({ command: [] }), 'command'],
  ['no host', told({ host: '' }), 'host'],
  ['a time that is none', told({ startedAt: 'yesterday' }), 'startedAt'],
  ['a file without a name', told({ inputs: ['x', ''] }), 'inputs[1]'],
  ['a digest that is none', told({ inputs: [{ path: 'x', sha256: 'abc' }] }), 'inputs[0].sha256'],
  ['a kind that is none', { ...told(), inputs: [{ path: 'x', kind: 'socket' }] }, 'inputs[0].kind'],
  ['a lease without end', told({ leaseMs: 1e12 }), 'leaseMs'],
  ['too much standard input', told({ stdin: 'ä'.repeat(600_000) }), 'stdin'],
  ['tags with commas', told({ tags: ['a,b'] }), 'tags[0]'],
  ['a parent without its project', told({ parent: '1' }), 'parent'],
  ['a project name that is none', { ...told(), projectName: 'a b' }, 'projectName'],
  ['an end without an outcome', { ...told(), ended: { finishedAt: startedAt } }, 'ended.outcome'],
];
for (const [what, body, field] of refusals)
  test(`a run with ${what} is refused`, async (t) => {
    const lab = await ServerLab.open(t);
    const problem = await lab.refused('invalid_field', 'POST', '/v1/runs', { body });
    assert.equal(problem.field, field);
    assert.notEqual(problem.expected ?? 'text', 'text', 'it says which');
    assert.deepEqual((await lab.ok('GET', '/v1/projects')).items, []);
  });

const questions: readonly (readonly [url: string, code: string, field?: string])[] = [
  ['/v1/files', 'invalid_field', 'path'],
  [`/v1/files?path=/x&sha256=${digestOf('a')}`, 'invalid_field', 'path'],
  ['/v1/files?path=x', 'invalid_field', 'path'],
  ['/v1/files?sha256=ABC', 'invalid_field', 'sha256'],
  ['/v1/files?path=/x&role=both', 'invalid_field', 'role'],
  ['/v1/files?path=/x&after=%21', 'cursor_invalid', 'after'],
  ['/v1/whence', 'invalid_field', 'path'],
  ['/v1/whence?path=x', 'invalid_field', 'path'],
  ['/v1/graph', 'invalid_field', 'of'],
  ['/v1/graph?of=x', 'invalid_field', 'of'],
  ['/v1/graph?of=toxd/1', 'job_unknown'],
  ['/v1/graph?of=/x&depth=-1', 'invalid_field', 'depth'],
  ['/v1/graph?of=/x&limit=1000000', 'invalid_field', 'limit'],
  ['/v1/graph?of=/x&direction=up', 'invalid_field', 'direction'],
  ['/v1/projects/toxd/jobs/9/ancestors', 'job_unknown'],
  ['/v1/projects/toxd/jobs/9/methods', 'job_unknown'],
  ['/v1/projects/none/stale', 'project_unknown'],
  ['/v1/directories/none', 'directory_unknown', 'alias'],
];
test('questions that make no sense are refused, with the field', async (t) => {
  const lab = await ServerLab.open(t, { storage: 'sqlite' });
  await lab.project();
  for (const [url, code, field] of questions) {
    const problem = await lab.refused(code, 'GET', url);
    assert.equal(problem.field, field, url);
  }
});

test('what a token may not read is not told', async (t) => {
  const { lab, client } = await openClient(t);
  await client.runs.record(
    told({ ended: { finishedAt: startedAt, outcome: 'succeeded', outputs: ['out.mtz'] } }),
  );
  await lab.project('other');
  const reading = { finishedAt: startedAt, outcome: 'succeeded', outputs: ['map'] } as const;
  const inputs = ['/home/ada/toxd/out.mtz'];
  await client.runs.record(told({ project: 'other', inputs, ended: reading }));
  assert.equal((await client.jobs.get('other/1')).files[0]?.madeBy?.ref, 'toxd/1');
  const token = await lab.token('viewer', 'eve', 'other');
  const eve = new LabkeepClient({ url: addressOf(lab), token });
  const path = '/home/ada/toxd/out.mtz';
  assert.equal((await eve.jobs.get('other/1')).files[0]?.madeBy, null);
  assert.equal((await eve.jobs.files('other/1')).items[0]?.madeBy, null);
  const whence = await eve.provenance.whence('/home/ada/toxd/map');
  assert.deepEqual([whence.madeBy?.ref, whence.inputs[0]?.madeBy], ['other/1', null]);
  assert.deepEqual(
    (await eve.provenance.files({ path })).items.map(({ ref }) => ref),
    ['other/1'],
  );
  assert.equal((await eve.provenance.whence(path)).madeBy, null);
  const seen = (await eve.provenance.graph(path)).nodes.map(({ ref }) => ref);
  assert.deepEqual(seen, ['other/1'], 'who read it, not who made it');
  assert.deepEqual((await eve.provenance.ancestors('other/1')).edges, []);
  await assert.rejects(eve.provenance.graph('toxd/1'), (error) => codeOf(error) === 'forbidden');
  await assert.rejects(
    eve.provenance.files({ path, project: 'toxd' }),
    (error) => codeOf(error) === 'forbidden',
  );
});

test('directories with names are kept, moved and forgotten', async (t) => {
  const lab = await ServerLab.open(t);
  const client = new LabkeepClient({ url: await lab.listen(), token: await lab.token('admin') });
  await lab.project();
  for (const project of [null, 'toxd']) {
    const saved = await client.directories.save(project, 'DATA', '/data/../mnt//raw/');
    assert.deepEqual(saved, { alias: 'DATA', path: '/mnt/raw' });
    assert.deepEqual((await client.directories.list(project)).items, [saved]);
    assert.deepEqual(await client.directories.get(project, 'DATA'), saved);
    await client.directories.remove(project, 'DATA');
    assert.deepEqual((await client.directories.list(project)).items, []);
  }
  await lab.refused('invalid_field', 'PUT', '/v1/directories/a%20b', { body: { path: '/x' } });
  await lab.refused('invalid_field', 'PUT', '/v1/directories/a', { body: { path: 'x' } });
});

function codeOf(error: unknown): string | null {
  return error instanceof LabkeepError ? error.code : null;
}

function addressOf(lab: ServerLab): string {
  const address = lab.http.server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

test('a run again reads what is in its input now, and is said to write only what it writes itself', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.ok('POST', '/v1/projects', { body: { name: 'toxd', directory: '/data/toxd' } });
  const keys = { path: "/data/toxd/it's keys", note: 'standard input' };
  const { job } = await lab.ok('POST', '/v1/runs', {
    body: {
      ...{
        key: '00000000-0000-4000-8000-00000000000a',
        project: 'toxd',
        folder: '/data/toxd',
        host: 'node07',
      },
      ...{
        account: 'ada',
        command: ['refine', '/data/toxd/in'],
        stdin: 'old',
        startedAt: '2026-01-01T00:00:00Z',
      },
      inputs: [keys, { path: '/data/toxd/in' }],
      ended: {
        ...{
          finishedAt: '2026-01-01T00:00:01Z',
          outcome: 'succeeded',
          inputs: [keys, { path: '/data/toxd/in' }],
        },
        outputs: [
          { path: '/data/toxd/out' },
          { path: '/data/toxd/log', note: 'standard output' },
          { path: '/data/toxd/err', note: 'standard error' },
        ],
      },
    },
  });
  lab.moveClock(1_000);
  await lab.ok('PATCH', '/v1/projects/toxd', { body: { directory: '/archive/toxd' } });
  const again = await lab.ok('POST', `${jobPath(job.ref)}/rerun`, { body: { hold: true } });
  assert.deepEqual(
    [again.directory, again.stdin, again.command],
    [
      '/archive/toxd',
      null,
      ['sh', '-c', `exec "$@" <'/archive/toxd/it'\\''s keys'`, 'sh', 'refine', '/archive/toxd/in'],
    ],
  );
  assert.deepEqual(again.inputs, [{ path: "/archive/toxd/it's keys" }, { path: '/archive/toxd/in' }]);
  assert.deepEqual(again.outputs, [{ path: '/archive/toxd/out' }]);
  const other = await lab.ok('POST', `${jobPath(job.ref)}/rerun`, {
    body: { command: ['true'], hold: true },
  });
  assert.deepEqual([other.directory, other.command, other.inputs], ['/archive/toxd', ['true'], []]);
});
