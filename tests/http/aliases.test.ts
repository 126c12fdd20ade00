/** Registered directories by name in what is submitted, and workers that have them elsewhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobPath, ServerLab } from './server-lab.ts';

/** A variable of a shell, which is none of ours. */
const shell = '$'.concat('{DATA}/x');
const jobs = '/v1/projects/toxd/jobs';

async function labWithDirectories(t: Parameters<typeof ServerLab.open>[0]): Promise<ServerLab> {
  const lab = await ServerLab.open(t, { storage: 'sqlite' });
  await lab.project();
  await lab.ok('PUT', '/v1/directories/DATA', { body: { path: '/srv/data' } });
  await lab.ok('PUT', '/v1/directories/REF', { body: { path: '/srv/ref' } });
  await lab.ok('PUT', '/v1/projects/toxd/directories/REF', { body: { path: '/toxd/ref' } });
  return lab;
}

test('a job may name directories; what is kept are paths, the project’s before the server’s', async (t) => {
  const lab = await labWithDirectories(t);
  const asked = {
    command: ['prog', '{DATA}/in', '--ref={REF}', 'awk {print}', shell, '{DATA}x', '{}', '{DATA}:{REF}/a'],
    environment: { PATH_TO: '{REF}/bin', PLAIN: '{NOPE}/x' },
    directory: '{DATA}/run',
    inputs: ['{DATA}/in', { path: '{REF}/r', size: 3 }, 'plain'],
    outputs: ['{DATA}'],
  };
  const made = await lab.ok('POST', jobs, { body: asked });
  assert.deepEqual(made.command, [
    'prog',
    '/srv/data/in',
    '--ref=/toxd/ref',
    'awk {print}',
    shell,
    '{DATA}x',
    '{}',
    '/srv/data:/toxd/ref/a',
  ]);
  assert.deepEqual(made.environment, { PATH_TO: '/toxd/ref/bin', PLAIN: '{NOPE}/x' });
  assert.equal(made.directory, '/srv/data/run');
  const { items } = await lab.ok('GET', `${jobPath('toxd/1')}/files`);
  assert.deepEqual(
    items.map(({ path }: { path: string }) => path),
    ['/srv/data/in', '/toxd/ref/r', 'plain', '/srv/data'],
  );
  const rerun = await lab.ok('POST', `${jobPath('toxd/1')}/rerun`, { body: { directory: '{REF}' } });
  assert.deepEqual([rerun.directory, rerun.command[1]], ['/toxd/ref', '/srv/data/in']);
  const draft = await lab.ok('POST', jobs, { body: { command: ['x'], submit: false } });
  const edited = await lab.ok('PATCH', jobPath(draft.ref), { body: { command: ['x', '{DATA}/y'] } });
  assert.deepEqual(edited.command, ['x', '/srv/data/y']);
});

test('a path that begins with a name nobody registered is refused, and nothing is kept', async (t) => {
  const lab = await labWithDirectories(t);
  for (const [field, body] of [
    ['directory', { directory: '{DTA}/run' }],
    ['inputs[1].path', { inputs: ['a', '{DTA}/in'] }],
    ['outputs[0].path', { outputs: [{ path: '{DTA}' }] }],
  ] as const) {
    const problem = await lab.refused('directory_unknown', 'POST', jobs, {
      body: { command: ['x'], ...body },
    });
    assert.deepEqual([problem.field, problem.found, problem.expected], [field, 'DTA', 'one of DATA, REF']);
  }
  assert.deepEqual((await lab.ok('GET', jobs)).items, []);
});

test('a worker is told where the server has the directories that it has elsewhere', async (t) => {
  const lab = await labWithDirectories(t);
  await lab.ok('POST', jobs, { body: { command: ['x'] } });
  await lab.ok('POST', jobs, { body: { command: ['x'] } });
  const { worker } = await lab.ok('POST', '/v1/workers', { body: { name: 'w' } });
  const claim = { worker, capacity: 1, held: [] };
  const told = await lab.ok('POST', '/v1/claims', { body: { ...claim, aliases: ['REF', 'OTHER', 'DATA'] } });
  assert.deepEqual(told.offers[0].directories, [
    { alias: 'REF', path: '/toxd/ref' },
    { alias: 'DATA', path: '/srv/data' },
  ]);
  const [{ attempt, epoch }] = told.offers;
  const untold = await lab.ok('POST', '/v1/claims', {
    body: { ...claim, held: [{ attempt, epoch, state: 'offered' }] },
  });
  assert.equal('directories' in untold.offers[0], false);
});
