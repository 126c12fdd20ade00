/** Locks of jobs over HTTP: asked for, read back, repeated, changed, handed out, and explained. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Body, jobPath, ServerLab } from './server-lab.ts';

const jobs = '/v1/projects/toxd/jobs';

async function open(t: TestContext): Promise<ServerLab> {
  const lab = await ServerLab.open(t, { storage: 'sqlite' });
  await lab.project();
  await lab.database('embl');
  await lab.database('chado');
  return lab;
}

const submit = (lab: ServerLab, body: object): Promise<Body> => lab.ok('POST', jobs, { body });

async function takes(lab: ServerLab): Promise<() => Promise<Body | undefined>> {
  const { worker } = await lab.ok('POST', '/v1/workers', { body: { name: 'w' } });
  return async () => {
    const body = { worker, capacity: 1, held: [] };
    const [offer] = (await lab.ok('POST', '/v1/claims', { body })).offers;
    return offer;
  };
}

test('locks are read back, repeated by rerun, and changed in a draft', async (t) => {
  const lab = await open(t);
  const job = await submit(lab, {
    command: ['true'],
    locks: ['embl', { path: 'chado/curation', mode: 'exclusive' }],
  });
  const kept = [
    { path: 'chado/curation', mode: 'exclusive' },
    { path: 'embl', mode: 'shared' },
  ];
  assert.deepEqual([job.locks, job.databases], [kept, []]);
  assert.deepEqual((await lab.ok('GET', jobPath(job.ref))).locks, kept);
  const again = await lab.ok('POST', `${jobPath(job.ref)}/rerun`, { body: { submit: false } });
  assert.deepEqual(again.locks, kept);
  const changed = await lab.ok('PATCH', jobPath(again.ref), { body: { locks: ['embl:exclusive'] } });
  assert.deepEqual(changed.locks, [{ path: 'embl', mode: 'exclusive' }]);
  const { fields } = await lab.ok('GET', `${jobPath(job.ref)}/diff?with=${again.ref}`);
  const written = ['chado/curation:exclusive', 'embl:shared'];
  assert.deepEqual(
    fields.find(({ field }: Body) => field === 'locks'),
    { field: 'locks', left: written, right: ['embl:exclusive'] },
  );
  assert.deepEqual((await lab.ok('PATCH', jobPath(again.ref), { body: { locks: [] } })).locks, []);
  const others = await lab.ok('POST', `${jobPath(job.ref)}/rerun`, { body: { locks: [] } });
  assert.deepEqual(others.locks, [], 'a repetition without them');
  const template = { job: { command: ['true'], locks: ['embl:shared'] } };
  const saved = await lab.ok('PUT', '/v1/projects/toxd/templates/blast', { body: template });
  assert.deepEqual(saved.job.locks, ['embl:shared']);
});

test('bad locks are refused by field, and nothing is submitted', async (t) => {
  const lab = await open(t);
  const cases: readonly (readonly [string, object, string | undefined])[] = [
    ['database_unknown', { command: ['true'], locks: ['embi'] }, undefined],
    ['invalid_field', { command: ['true'], locks: ['embl:both'] }, 'locks[0]'],
    ['invalid_field', { command: ['true'], locks: ['../embl'] }, 'locks[0]'],
    ['invalid_field', { command: ['true'], locks: ['a/b/c/d/e/f/g/h/i'] }, 'locks[0]'],
    ['invalid_field', { command: ['true'], locks: ['embl', 'embl:exclusive'] }, 'locks[1].mode'],
    ['invalid_field', { locks: ['embl'] }, 'locks'],
  ];
  for (const [code, body, field] of cases) {
    const problem = await lab.refused(code, 'POST', jobs, { body });
    assert.equal(problem.field, field, JSON.stringify(body));
  }
  assert.deepEqual((await lab.ok('GET', jobs)).items, []);
});

test('an offer says what it holds; the record, which release was read; why, who is in the way', async (t) => {
  const lab = await open(t);
  const set = (body: object) => lab.ok('PATCH', '/v1/databases/embl', { body });
  await set({ release: '144' });
  const take = await takes(lab);
  await submit(lab, { command: ['true'], locks: ['embl:exclusive'] });
  const second = await submit(lab, { command: ['true'], locks: ['embl'] });
  const offer = await take();
  assert.ok(offer);
  assert.deepEqual(offer.databases, [{ path: 'embl', mode: 'exclusive', release: '144', directory: null }]);
  const check = { path: 'embl', mode: 'exclusive', epoch: offer.epoch };
  assert.deepEqual(await lab.ok('POST', '/v1/locks/check', { body: check }), { held: true });
  const { worker } = await lab.ok('POST', '/v1/workers', { body: { name: 'w' } });
  const attempts = [{ attempt: offer.attempt, epoch: offer.epoch }];
  await lab.ok('POST', '/v1/attempts/confirm', { body: { worker, attempts } });
  const why = async () => (await lab.ok('GET', `${jobPath(second.ref)}/why`)).sentence;
  assert.equal(await why(), 'It waits for embl, held by toxd/1 of admin on w; it is the next in the line.');
  const finish = { attempts: [{ ...attempts[0], outcome: 'succeeded', exitCode: 0 }] };
  await lab.ok('POST', '/v1/attempts/finish', { body: finish });
  assert.deepEqual((await lab.ok('GET', `${jobs}/1`)).databases, [
    { path: 'embl', mode: 'exclusive', release: '144', attempt: 1 },
  ]);
  const outdated = async () => (await lab.ok('GET', '/v1/projects/toxd/stale/databases')).items;
  assert.deepEqual(await outdated(), []);
  await set({ release: '145' });
  assert.deepEqual(await outdated(), [{ database: 'embl', now: '145', was: '144', results: 1 }]);
  const methods = await lab.ok('GET', `${jobs}/1/methods`);
  assert.equal(methods.text, 'toxd/1 was obtained in one step with true (toxd/1; with embl 144).');
  const close = { reason: 'release 146', until: '2030-01-02T03:04:05Z' };
  await lab.ok('POST', '/v1/databases/embl/close', { body: close });
  assert.equal(
    await why(),
    'It waits for embl: admin closes embl: release 146; it is said to be open again at 2030-01-02 03:04:05 UTC; it is the next in the line.',
  );
});
