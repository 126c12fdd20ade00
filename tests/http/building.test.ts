/** Who may make releases: managers, and the attempts of jobs that a manager has submitted for it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Body, jobPath, ServerLab } from './server-lab.ts';

const jobs = '/v1/projects/toxd/jobs';
const releases = '/v1/databases/nr/releases';
const build = { command: ['true'], locks: ['nr/build:exclusive'] };
const built = { files: 1, bytes: 1, sha256: 'a'.repeat(64) };

async function open(t: TestContext, storage: 'memory' | 'sqlite' = 'sqlite'): Promise<ServerLab> {
  const lab = await ServerLab.open(t, { storage });
  await lab.project();
  const body = { name: 'nr', kind: 'files', settings: { directory: '/data/nr' } };
  await lab.ok('POST', '/v1/databases', { body });
  return lab;
}

/** The attempt that runs a job of the manager. */
async function running(lab: ServerLab, job: object): Promise<{ token: string; epoch: number; body: Body }> {
  const token = await lab.token('manager');
  await lab.ok('POST', jobs, { token, body: job });
  const workerToken = await lab.token('worker', 'manager');
  const { worker } = await lab.ok('POST', '/v1/workers', { token: workerToken, body: { name: 'w' } });
  const claim = { worker, capacity: 1, held: [] };
  const [offer] = (await lab.ok('POST', '/v1/claims', { token: workerToken, body: claim })).offers;
  const attempts = [{ attempt: offer.attempt, epoch: offer.epoch }];
  await lab.ok('POST', '/v1/attempts/confirm', { token: workerToken, body: { worker, attempts } });
  return { token: offer.token, epoch: offer.epoch, body: offer };
}

for (const storage of ['memory', 'sqlite'] as const)
  test(`the attempt of a manager’s job that holds NAME/build publishes by its own token (${storage})`, async (t) => {
    const lab = await open(t, storage);
    const { token, epoch } = await running(lab, build);
    await lab.ok('POST', releases, { token, body: { release: '1', path: '/data/nr/1', epoch } });
    const body = { epoch, ...built, keep: 1 };
    const database = await lab.ok('POST', `${releases}/1/publish`, { token, body });
    assert.equal(database.release, '1');
    await lab.ok('POST', releases, { token, body: { release: '2', path: '/data/nr/2', epoch } });
    await lab.ok('POST', `${releases}/2/drop`, { token, body: { epoch } });
    await lab.ok('POST', releases, { token, body: { release: '3', path: '/data/nr/3', epoch } });
    await lab.ok('POST', `${releases}/3/publish`, { token, body });
    const { items } = await lab.ok('POST', '/v1/databases/nr/tidy', { token });
    assert.deepEqual(
      items.map(({ release }: Body) => release),
      ['1'],
    );
    await lab.ok('POST', `${releases}/1/gone`, { token });
    const [newest] = (await lab.ok('GET', releases)).items;
    assert.deepEqual([newest.release, newest.by], ['3', 'manager']);
  });

test('an attempt publishes in no other database, under no other epoch, and pins nothing', async (t) => {
  const lab = await open(t);
  await lab.ok('POST', '/v1/databases', { body: { name: 'uniref', kind: 'files' } });
  const { token, epoch } = await running(lab, build);
  const body = { release: '1', path: '/data/1', epoch };
  await lab.refused('forbidden', 'POST', '/v1/databases/uniref/releases', { token, body });
  await lab.refused('forbidden', 'POST', releases, { token, body: { ...body, epoch: epoch - 1 } });
  await lab.ok('POST', releases, { token, body });
  await lab.ok('POST', `${releases}/1/publish`, { token, body: { epoch, ...built } });
  await lab.refused('forbidden', 'POST', `${releases}/1/pin`, { token });
  await lab.refused('forbidden', 'POST', '/v1/databases/nr/close', { token });
});

test('an attempt that holds the whole database, or has lost the lock, publishes nothing', async (t) => {
  const lab = await open(t);
  const whole = await running(lab, { command: ['true'], locks: ['nr:exclusive'] });
  const body = { release: '1', path: '/data/1', epoch: whole.epoch };
  await lab.refused('forbidden', 'POST', releases, { token: whole.token, body });
  const [lock] = (await lab.ok('GET', '/v1/locks')).items;
  await lab.ok('POST', '/v1/locks/break', { body: { lock: lock.lock } });

  const { token, epoch } = await running(lab, build);
  const [held] = (await lab.ok('GET', '/v1/locks')).items;
  await lab.ok('POST', '/v1/locks/break', { body: { lock: held.lock } });
  await lab.refused('forbidden', 'POST', releases, { token, body: { ...body, epoch } });
});

test('only managers submit jobs that make releases, or change such jobs', async (t) => {
  const lab = await open(t);
  await lab.database('embl');
  const token = await lab.token('contributor', 'ana', 'toxd');
  await lab.refused('forbidden', 'POST', jobs, { token, body: build });
  await lab.refused('forbidden', 'POST', jobs, { token, body: { jobs: [{ command: ['true'] }, build] } });
  const parameters = { database: 'nr', release: '1', directory: '/tmp/x' };
  const manager = await lab.token('manager');
  const draft = await lab.ok('POST', jobs, { token, body: { command: ['true'], submit: false } });
  await lab.refused('forbidden', 'PATCH', jobPath(draft.ref), { token, body: { locks: build.locks } });
  const own = await lab.token('manager', 'ana');
  await lab.ok('PATCH', jobPath(draft.ref), { token: own, body: { locks: build.locks } });
  await lab.refused('forbidden', 'PATCH', jobPath(draft.ref), { token, body: { command: ['false'] } });
  await lab.ok('PATCH', jobPath(draft.ref), { token, body: { title: 'a title' } });
  const theirs = await lab.ok('POST', jobs, { token: manager, body: { ...build, parameters } });
  await lab.refused('forbidden', 'POST', `${jobPath(theirs.ref)}/rerun`, { token, body: {} });
  await lab.ok('POST', jobs, { token, body: { command: ['true'], locks: ['embl/build:exclusive'] } });
  assert.equal((await lab.ok('GET', jobs)).items.length, 3);
});

test('a job that was submitted before the database had releases publishes none', async (t) => {
  const lab = await open(t);
  await lab.database('embl');
  const token = await lab.token('contributor', 'manager');
  await lab.ok('POST', jobs, { token, body: { command: ['true'], locks: ['embl/build:exclusive'] } });
  await lab.ok('DELETE', '/v1/databases/embl');
  lab.moveClock(1_000);
  await lab.ok('POST', '/v1/databases', { body: { name: 'embl', kind: 'files' } });
  const { token: own, epoch, body } = await running(lab, { command: ['true'], priority: -100 });
  assert.equal(body.databases?.[0]?.path, 'embl/build', 'the older job is offered first');
  await lab.refused('forbidden', 'POST', '/v1/databases/embl/releases', {
    token: own,
    body: { release: '1', path: '/data/1', epoch },
  });
});
