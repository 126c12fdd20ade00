import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Call, jobPath, ServerLab, type StorageKind } from './server-lab.ts';

/** Every act of a person: [route, what it is asked with]; the scene is a project with a job of the asker. */
const acts: readonly (readonly [
  string,
  (lab: ServerLab) => Promise<readonly [string, unknown?, unknown?]>,
])[] = [
  ['POST', async () => ['/v1/projects', { name: 'new' }, { name: 'new', title: 'other' }]],
  ['PATCH', async () => ['/v1/projects/toxd', { title: 'x' }, { title: 'y' }]],
  ['DELETE', async (lab) => [`/v1/projects/${await lab.project('empty')}`]],
  ['POST', async () => ['/v1/projects/toxd/jobs', { title: 'one' }, { title: 'two' }]],
  [
    'POST',
    async () => ['/v1/projects/toxd/jobs', { jobs: [{ title: 'one' }, { title: 'two' }] }, { jobs: [{}] }],
  ],
  ['PATCH', async (lab) => [jobPath(await job(lab)), { title: 'x' }, { title: 'y' }]],
  ['DELETE', async (lab) => [jobPath(await job(lab))]],
  ['POST', async (lab) => [`${jobPath(await job(lab, { submit: false }))}/submit`]],
  ['POST', async (lab) => [`${jobPath(await job(lab))}/cancel`]],
  [
    'POST',
    async (lab) => {
      const ref = await job(lab);
      await lab.ok('POST', `${jobPath(ref)}/cancel`);
      return [`${jobPath(ref)}/retry`];
    },
  ],
  ['POST', async (lab) => [`${jobPath(await job(lab))}/hold`]],
  ['POST', async (lab) => [`${jobPath(await job(lab, { hold: true }))}/release`]],
  ['POST', async (lab) => [`${jobPath(await job(lab))}/rerun`, { title: 'again' }, { title: 'differently' }]],
  [
    'DELETE',
    async (lab) => [
      `/v1/tokens/${(await lab.ok('POST', '/v1/tokens', { body: { name: 'ben', role: 'viewer' } })).id}`,
    ],
  ],
];

async function job(lab: ServerLab, more: object = {}): Promise<string> {
  return (await lab.ok('POST', '/v1/projects/toxd/jobs', { body: { command: ['true'], ...more } })).ref;
}

for (const storage of ['memory', 'sqlite'] as const satisfies readonly StorageKind[]) {
  test(`the same key and body give the first answer again, for every act of a person (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    for (const [index, [method, ask]] of acts.entries()) {
      const [url, body, other] = await ask(lab);
      const call = (it: unknown): Call => ({
        headers: { 'idempotency-key': `key ${index}` },
        ...(it === undefined ? {} : { body: it }),
      });
      const first = await lab.call(method, url, call(body));
      assert.ok(first.status < 300, `${method} ${url}: ${first.text}`);
      assert.equal(first.headers['idempotency-replayed'], undefined);
      const before = (await lab.ok('GET', '/v1/events')).asOf;
      const again = await lab.call(method, url, call(body));
      assert.deepEqual(summary(again), summary(first), `${method} ${url}`);
      assert.equal(again.headers['idempotency-replayed'], 'true', `${method} ${url}`);
      if (other !== undefined) await lab.refused('idempotency_conflict', method, url, call(other));
      assert.equal((await lab.ok('GET', '/v1/events')).asOf, before, `${method} ${url} was done twice`);
    }
  });

  test(`a key is one principal’s, for one address, and another order of fields is the same body (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    await lab.project();
    await lab.project('other');
    const headers = { 'idempotency-key': 'k' };
    const one = await lab.ok('POST', '/v1/projects/toxd/jobs', {
      headers,
      body: '{"title":"a","priority":3}',
    });
    const same = await lab.call('POST', '/v1/projects/toxd/jobs', {
      headers,
      body: '{ "priority": 3, "title": "a" }',
    });
    assert.equal(same.body.ref, one.ref);
    assert.equal(same.headers['idempotency-replayed'], 'true');
    assert.equal(
      (await lab.ok('POST', '/v1/projects/other/jobs', { headers, body: { title: 'b' } })).ref,
      'other/1',
    );
    const token = await lab.token('admin', 'ben');
    assert.equal(
      (await lab.ok('POST', '/v1/projects/toxd/jobs', { token, headers, body: { title: 'c' } })).ref,
      'toxd/2',
    );
  });

  test(`a token is not shown again to a repeated request (${storage})`, async (t) => {
    const lab = await ServerLab.open(t, { storage });
    const call = { headers: { 'idempotency-key': 'k' }, body: { name: 'ana', role: 'viewer' } };
    await lab.ok('POST', '/v1/tokens', call);
    const many = (await lab.ok('GET', '/v1/tokens')).items.length;
    await lab.refused('token_shown_once', 'POST', '/v1/tokens', call);
    assert.equal((await lab.ok('GET', '/v1/tokens')).items.length, many);
  });
}

test('the first answer is given again even when the job has moved on', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const call = { headers: { 'idempotency-key': 'k' }, body: { command: ['true'] } };
  const first = await lab.ok('POST', '/v1/projects/toxd/jobs', call);
  await lab.ok('POST', `${jobPath(first.ref)}/cancel`);
  assert.deepEqual(await lab.ok('POST', '/v1/projects/toxd/jobs', call), first);
});

test('a refused act keeps no key', async (t) => {
  const lab = await ServerLab.open(t);
  const headers = { 'idempotency-key': 'k' };
  await lab.refused('project_unknown', 'POST', '/v1/projects/toxd/jobs', { headers, body: {} });
  await lab.project();
  await lab.ok('POST', '/v1/projects/toxd/jobs', { headers, body: { title: 'another body' } });
});

test('a key of the wrong form is refused', async (t) => {
  const lab = await ServerLab.open(t);
  for (const key of ['', 'x'.repeat(201), 'tab\there'])
    assert.equal(
      (
        await lab.refused('invalid_field', 'POST', '/v1/projects', {
          headers: { 'idempotency-key': key },
          body: { name: 'a' },
        })
      ).field,
      'Idempotency-Key',
    );
});

function summary({ status, text }: Answer): unknown {
  return { status, text };
}

test('a code to get in is given anew by every call, whatever its key, and the document says so', async (t) => {
  const lab = await ServerLab.open(t);
  const headers = { 'idempotency-key': 'k' };
  const [one, other] = [
    await lab.ok('POST', '/v1/login-codes', { headers }),
    await lab.ok('POST', '/v1/login-codes', { headers }),
  ];
  assert.notEqual(one.code, other.code);
  const { paths } = await lab.ok('GET', '/v1/openapi.json', { token: null });
  assert.equal(paths['/v1/login-codes'].post.parameters, undefined);
  assert.equal(paths['/v1/projects'].post.parameters[0].name, 'Idempotency-Key');
});
