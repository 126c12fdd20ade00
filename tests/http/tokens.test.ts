import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobPath, ServerLab } from './server-lab.ts';

test('a token is shown once, lists never show it, and it says who asks', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const made = await lab.ok('POST', '/v1/tokens', {
    body: { name: 'ana', role: 'contributor', project: 'toxd' },
  });
  assert.match(made.token, /^labkeep_[0-9a-f]{12}_[0-9a-f]{64}$/);
  assert.equal(made.token.split('_')[1], made.id);
  assert.deepEqual(await lab.ok('GET', '/v1/me', { token: made.token }), {
    principal: 'ana',
    grants: [{ role: 'contributor', project: 'toxd' }],
  });
  const list = await lab.call('GET', '/v1/tokens');
  const { token, ...rest } = made;
  assert.deepEqual(
    list.body.items.find((it: { id: string }) => it.id === made.id),
    rest,
  );
  assert.ok(!list.text.includes(token.split('_')[2]));
});

test('no token, a token of nobody, and a wrong secret are told apart from nothing', async (t) => {
  const lab = await ServerLab.open(t);
  const good = await lab.token('viewer');
  const wrongSecret = `${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}`;
  const refusals = [];
  for (const token of [
    null,
    'x',
    `labkeep_${'0'.repeat(12)}_${'0'.repeat(64)}`,
    wrongSecret,
    `${good}x`,
    'labkeep_attempt_1_1_0',
  ])
    refusals.push(await lab.refused('unauthenticated', 'GET', '/v1/me', { token }));
  assert.equal(new Set(refusals.map((it) => JSON.stringify(it))).size, 1);
  await lab.refused('unauthenticated', 'GET', '/v1/me', {
    token: null,
    headers: { authorization: 'Basic YTpi' },
  });
  const answer = await lab.call('GET', '/v1/me', { token: null });
  assert.equal(answer.headers['www-authenticate'], 'Bearer');
});

test('a revoked token is refused from the next request on, and an expired one after its time', async (t) => {
  const lab = await ServerLab.open(t);
  const made = await lab.ok('POST', '/v1/tokens', { body: { name: 'ana', role: 'viewer' } });
  await lab.ok('GET', '/v1/me', { token: made.token });
  assert.equal((await lab.call('DELETE', `/v1/tokens/${made.id}`)).status, 204);
  await lab.refused('token_revoked', 'GET', '/v1/me', { token: made.token });
  assert.equal((await lab.call('DELETE', `/v1/tokens/${made.id}`)).status, 204, 'revoking twice is fine');

  const short = await lab.ok('POST', '/v1/tokens', {
    body: { name: 'ana', role: 'viewer', expiresInMs: 60_000 },
  });
  await lab.ok('GET', '/v1/me', { token: short.token });
  lab.moveClock(60_001);
  await lab.refused('token_expired', 'GET', '/v1/me', { token: short.token });
});

test('a token is made only of what makes sense', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.refused('project_unknown', 'POST', '/v1/tokens', {
    body: { name: 'ana', role: 'viewer', project: 'nix' },
  });
  await lab.project();
  const worker = { name: 'ana', role: 'worker', project: 'toxd' };
  assert.equal((await lab.refused('invalid_field', 'POST', '/v1/tokens', { body: worker })).field, 'project');
  assert.equal(
    (await lab.refused('invalid_field', 'POST', '/v1/tokens', { body: { name: 'ana', role: 'boss' } })).field,
    'role',
  );
  assert.equal(
    (await lab.refused('invalid_field', 'POST', '/v1/tokens', { body: { name: 'ana b', role: 'viewer' } }))
      .field,
    'name',
  );
  const late = { name: 'ana', role: 'viewer', expiresInMs: -1 };
  assert.equal(
    (await lab.refused('invalid_field', 'POST', '/v1/tokens', { body: late })).field,
    'expiresInMs',
  );
});

test('what is expected of the name of a token is said as of any name', async (t) => {
  const lab = await ServerLab.open(t);
  const body = { name: 'a/b', role: 'viewer' };
  const refusal = await lab.refused('invalid_field', 'POST', '/v1/tokens', { body });
  assert.deepEqual([refusal.field, refusal.found], ['name', 'a/b']);
  assert.equal(refusal.expected, 'a letter or digit, then at most 99 letters, digits or . _ : + -');
});

test('contributors change their own jobs, managers also those of others', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const ana = await lab.token('contributor', 'ana');
  const { ref } = await lab.ok('POST', '/v1/projects/toxd/jobs', { token: ana, body: { command: ['true'] } });
  const ben = await lab.token('contributor', 'ben');
  for (const [method, below, body] of [
    ['PATCH', '', { title: 'mine now' }],
    ['DELETE', '', undefined],
    ['POST', '/cancel', undefined],
    ['POST', '/hold', undefined],
  ] as const) {
    const call = body === undefined ? { token: ben } : { token: ben, body };
    assert.match(
      (await lab.refused('forbidden', method, `${jobPath(ref)}${below}`, call)).detail,
      /belongs to ana/,
    );
  }
  await lab.ok('POST', `${jobPath(ref)}/hold`, { token: await lab.token('manager', 'mia', 'toxd') });
  await lab.ok('POST', `${jobPath(ref)}/release`, { token: ana });
  const again = await lab.ok('POST', `${jobPath(ref)}/rerun`, { token: ben });
  assert.equal(again.owner, 'ben', 'who reruns a job owns the new one');
});

test('a token of one project sees that project only, in lists, events and dependencies', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project('toxd');
  await lab.project('secret');
  await lab.ok('POST', '/v1/projects/secret/jobs', { body: {} });
  const token = await lab.token('contributor', 'ana', 'toxd');
  const names = (await lab.ok('GET', '/v1/projects', { token })).items.map((it: { name: string }) => it.name);
  assert.deepEqual(names, ['toxd']);
  const events = (await lab.ok('GET', '/v1/events', { token })).items;
  assert.ok(events.length > 0);
  assert.ok(events.every((it: { project: string }) => it.project === 'toxd'));
  await lab.refused('forbidden', 'GET', '/v1/events?project=secret', { token });
  const after = (job: string): unknown => ({ after: [{ job }] });
  await lab.refused('dependency_unknown', 'POST', '/v1/projects/toxd/jobs', {
    token,
    body: after('secret/1'),
  });
  await lab.refused('dependency_unknown', 'POST', '/v1/projects/toxd/jobs', { token, body: after('nix/1') });
  await lab.ok('POST', '/v1/projects/toxd/jobs', { body: after('secret/1') });
});

test('an attempt’s token reads its project, adds children and metadata, and dies with the attempt', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  await lab.project('other');
  const running = await lab.running('toxd', 'ana');
  const { token } = running;
  assert.deepEqual(await lab.ok('GET', '/v1/me', { token }), {
    principal: 'ana',
    grants: [{ role: 'viewer', project: 'toxd' }],
  });
  await lab.ok('GET', jobPath(running.ref), { token });
  await lab.refused('forbidden', 'GET', '/v1/projects/other', { token });

  const child = await lab.ok('POST', '/v1/projects/toxd/jobs', { token, body: { command: ['true'] } });
  assert.equal(child.parent, '1');
  assert.equal(child.number, '1.1');
  assert.equal(child.owner, 'ana');
  const grandchild = await lab.ok('POST', '/v1/projects/toxd/jobs', {
    token,
    body: { command: ['true'], parent: child.ref },
  });
  assert.equal(grandchild.parent, '1.1');
  await lab.ok('POST', '/v1/projects/toxd/jobs', { body: { command: ['true'] } });
  await lab.refused('forbidden', 'POST', '/v1/projects/toxd/jobs', {
    token,
    body: { command: ['true'], parent: '2' },
  });
  await lab.refused('forbidden', 'POST', '/v1/projects/other/jobs', { token, body: { command: ['true'] } });

  const edited = await lab.ok('PATCH', jobPath(running.ref), { token, body: { metadata: { r: 0.21 } } });
  assert.deepEqual(edited.metadata, { r: 0.21 });
  await lab.refused('forbidden', 'PATCH', jobPath(running.ref), { token, body: { title: 'x' } });
  await lab.refused('forbidden', 'PATCH', jobPath(child.ref), { token, body: { metadata: 1 } });

  const forged = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`;
  await lab.refused('unauthenticated', 'GET', '/v1/me', { token: forged });
  const [, , job, epoch, signature] = token.split('_');
  await lab.refused('unauthenticated', 'GET', '/v1/me', {
    token: `labkeep_attempt_${Number(job) + 1}_${epoch}_${signature}`,
  });

  const { attempt } = running;
  await lab.ok('POST', '/v1/attempts/finish', {
    token: running.workerToken,
    body: { attempts: [{ attempt, epoch: running.epoch, outcome: 'succeeded', exitCode: 0 }] },
  });
  await lab.refused('token_expired', 'GET', '/v1/me', { token });
});

test('an offer’s token opens nothing before the attempt has started', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  await lab.ok('POST', '/v1/projects/toxd/jobs', { body: { command: ['true'] } });
  const { worker } = await lab.ok('POST', '/v1/workers', { body: { name: 'w' } });
  const { offers } = await lab.ok('POST', '/v1/claims', { body: { worker, capacity: 1, held: [] } });
  await lab.refused('token_expired', 'GET', '/v1/me', { token: offers[0].token });
});
