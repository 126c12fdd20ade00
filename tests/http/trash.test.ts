/** The trash over HTTP: who may restore and purge, and what is said of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobPath, ServerLab } from './server-lab.ts';

const jobs = '/v1/projects/toxd/jobs';

async function open(t: Parameters<typeof ServerLab.open>[0]): Promise<{ lab: ServerLab; ana: string }> {
  const lab = await ServerLab.open(t, { storage: 'sqlite' });
  await lab.project();
  return { lab, ana: await lab.token('contributor', 'ana') };
}

test('a job is restored from the trash, and what is not there stays as it is', async (t) => {
  const { lab, ana } = await open(t);
  const { ref } = await lab.ok('POST', jobs, { token: ana, body: { command: ['true'] } });
  assert.equal((await lab.call('DELETE', jobPath(ref), { token: ana })).status, 204);
  const restored = await lab.ok('POST', `${jobPath(ref)}/restore`, { token: ana });
  assert.deepEqual([restored.trashedAt, restored.state], [null, 'cancelled']);
  assert.deepEqual(await lab.ok('POST', `${jobPath(ref)}/restore`, { token: ana }), restored);
  const ben = await lab.token('contributor', 'ben');
  await lab.refused('forbidden', 'POST', `${jobPath(ref)}/restore`, { token: ben });
});

test('a purge is refused with the jobs that rest on it; only a manager forces it', async (t) => {
  const { lab, ana } = await open(t);
  const { ref } = await lab.ok('POST', jobs, { token: ana, body: { command: ['true'] } });
  await lab.ok('POST', `${jobPath(ref)}/rerun`, { token: ana });
  const purge = `${jobPath(ref)}/purge`;
  await lab.refused('state_conflict', 'POST', purge, { token: ana });
  await lab.call('DELETE', jobPath(ref), { token: ana });
  const { detail } = await lab.refused('job_in_use', 'POST', purge, { token: ana });
  assert.match(detail, /toxd\/2/);
  await lab.refused('forbidden', 'POST', purge, { token: ana, body: { force: true } });
  const manager = await lab.token('manager', 'mia');
  assert.equal((await lab.call('POST', purge, { token: manager, body: { force: true } })).status, 204);
  await lab.refused('job_unknown', 'GET', jobPath(ref));
  await lab.refused('job_unknown', 'POST', purge, { token: manager });
  assert.equal((await lab.ok('GET', `${jobs}/2`)).rerunOf, ref, 'the record says what it was a rerun of');
});

test('a purge that is repeated under its key is answered as before', async (t) => {
  const { lab, ana } = await open(t);
  const { ref } = await lab.ok('POST', jobs, { token: ana, body: { command: ['true'] } });
  await lab.call('DELETE', jobPath(ref), { token: ana });
  for (const replayed of [undefined, 'true']) {
    const call = { token: ana, headers: { 'idempotency-key': 'k' } };
    const { status, headers } = await lab.call('POST', `${jobPath(ref)}/purge`, call);
    assert.deepEqual([status, headers['idempotency-replayed']], [204, replayed]);
  }
});
