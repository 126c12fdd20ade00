/** Requests that cannot be taken, whatever they ask for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { jobPath, ServerLab } from './server-lab.ts';

const jobs = '/v1/projects/toxd/jobs';

test('a body that is no JSON is refused as such', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  for (const body of [
    '{"title": }',
    '{"title": "a"',
    '',
    'null',
    '{"a":1}{"b":2}',
    '{"a": NaN}',
    "{'a': 1}",
    '{"a":"\n"}',
  ])
    await lab.refused('malformed_body', 'POST', jobs, { body });
  const refusal = await lab.refused('malformed_body', 'POST', jobs, {
    body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  });
  assert.match(refusal.detail, /UTF-8/);
});

test('a number that would not be kept as it was sent is refused by its field, at any depth', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const put = (number: string): string => `{"jobs": [{}, {"metadata": {"a": [0, {"b": ${number}}]}}]}`;
  for (const number of [
    '9007199254740993',
    '-9007199254740993',
    '9007199254740993e0',
    '12345678901234567890',
    '1e400',
    '-1.5E+400',
    '1e-400',
    '0.1e-400',
  ]) {
    const { field, found, expected } = await lab.refused('invalid_field', 'POST', jobs, {
      body: put(number),
    });
    assert.deepEqual([field, found], ['jobs[1].metadata.a[1].b', number]);
    assert.match(expected, /as text/);
  }
  const kept = [
    '9007199254740992',
    '-9007199254740991',
    '123456789012345680000',
    '1e23',
    '1.0e+22',
    '0.10000000000000000555',
    '1234567890123456.5',
    '1.7976931348623157e308',
    '5e-324',
    '0e999',
    '0.000',
  ];
  const metadata = `[${kept.join(', ')}, "9007199254740993", ": 1e400"]`;
  const { items } = await lab.ok('POST', jobs, { body: `{"jobs": [{"metadata": ${metadata}}]}` });
  const job = await lab.ok('GET', jobPath(items[0].ref));
  assert.deepEqual(job.metadata, [...kept.map(Number), '9007199254740993', ': 1e400']);
  assert.equal(
    (await lab.refused('invalid_field', 'POST', '/v1/projects', { body: '{"name": "b", "metadata": 1e400}' }))
      .field,
    'metadata',
  );
});

test('free JSON has at most 32 levels', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const nested = (depth: number, core: string): string =>
    `{"parameters": ${'['.repeat(depth)}${core}${']'.repeat(depth)}}`;
  for (const core of ['', '1']) {
    await lab.ok('POST', jobs, { body: nested(32, core) });
    const refusal = await lab.refused('too_deep', 'POST', jobs, { body: nested(33, core) });
    assert.deepEqual([refusal.field, refusal.expected], ['parameters', 'at most 32 levels']);
  }
});

test('a compressed body is refused as such', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const body = gzipSync('{"title": "packed"}');
  const refusal = await lab.refused('unsupported_media_type', 'POST', jobs, {
    body,
    headers: { 'content-encoding': 'gzip' },
  });
  assert.deepEqual(
    [refusal.field, refusal.found, refusal.expected],
    ['Content-Encoding', 'gzip', 'no Content-Encoding'],
  );
  await lab.ok('POST', jobs, { body: '{}', headers: { 'content-encoding': 'identity' } });
});

test('a query that an address does not take is refused, whatever the method', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const { ref } = await lab.ok('POST', jobs, { body: { title: 'stays' } });
  const before = await lab.ok('GET', jobPath(ref));
  for (const [method, url, body] of [
    ['POST', jobs, {}],
    ['POST', `${jobPath(ref)}/cancel`, undefined],
    ['PATCH', jobPath(ref), { title: 'x' }],
    ['DELETE', jobPath(ref), undefined],
    ['DELETE', '/v1/projects/toxd', undefined],
    ['GET', jobPath(ref), undefined],
    ['GET', '/v1/me', undefined],
  ] as const) {
    const refusal = await lab.refused('unknown_field', method, `${url}?dryRun=true`, { body });
    assert.deepEqual([refusal.field, refusal.expected], ['dryRun', 'no field']);
  }
  assert.deepEqual(await lab.ok('GET', jobPath(ref)), before);
});

test('the folder of a project is absolute', async (t) => {
  const lab = await ServerLab.open(t);
  for (const directory of ['', 'toxd', './toxd', '~/toxd'])
    assert.equal(
      (await lab.refused('invalid_field', 'POST', '/v1/projects', { body: { name: 'toxd', directory } }))
        .field,
      'directory',
    );
  await lab.project();
  const changed = { body: { directory: 'toxd' } };
  assert.match(
    (await lab.refused('invalid_field', 'PATCH', '/v1/projects/toxd', changed)).expected,
    /absolute/,
  );
});

test('HEAD is answered like GET, without the body; a code to get in is not used up by it', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  await lab.ok('POST', jobs, { body: {} });
  for (const { url, methods } of lab.http.knownRoutes.all) {
    if (!methods.includes('GET')) continue;
    const address = url.replace(':project', 'toxd').replace(':number', '1');
    const [head, get] = [await lab.call('HEAD', address), await lab.call('GET', address)];
    assert.deepEqual([head.status, head.text], [get.status, ''], address);
    assert.equal(head.headers['content-type'], get.headers['content-type'], address);
  }
  const events = { headers: { accept: 'text/event-stream' } };
  assert.equal((await lab.call('HEAD', '/v1/events', events)).status, 200);
  assert.equal((await lab.call('HEAD', '/v1/claims')).headers.allow, 'POST');
  const { code } = lab.codes.give('ana');
  assert.equal((await lab.call('HEAD', `/?c=${code}`, { token: null })).status, 401);
  assert.equal((await lab.call('GET', `/?c=${code}`, { token: null })).status, 303);
});

test('a body nested too deeply is refused before it is read, whatever it is made of', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const nested = (depth: number): string => `{"metadata": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
  await lab.refused('too_deep', 'POST', jobs, { body: nested(64) });
  await lab.refused('too_deep', 'POST', jobs, { body: nested(1_000_000) });
  await lab.refused('too_deep', 'POST', jobs, { body: '{"a":'.repeat(200_000) });
  assert.equal((await lab.refused('too_deep', 'POST', jobs, { body: nested(40) })).field, 'metadata');
  await lab.ok('POST', jobs, { body: nested(20) });
  // Brackets in a text nest nothing, whatever marks stand before its end.
  await lab.ok('POST', jobs, { body: { title: `${'['.repeat(100)}\\"${'{'.repeat(100)}\\\\` } });
});

test('a body that is too large, of another type, or longer than it said, is refused', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const large = Buffer.alloc(33 * 1024 * 1024, 0x20);
  await lab.refused('too_large', 'POST', jobs, { body: large });
  await lab.refused('unsupported_media_type', 'POST', jobs, {
    body: '{}',
    headers: { 'content-type': 'text/plain' },
  });
  await lab.refused('unsupported_media_type', 'POST', jobs, {
    body: '{}',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  await lab.ok('POST', jobs, { body: '{}', headers: { 'content-type': 'application/json; charset=utf-8' } });
  await lab.refused('malformed_body', 'POST', jobs);
});

test('queries are read strictly: unknown names, bad numbers, doubles, cursors of nowhere', async (t) => {
  const lab = await ServerLab.open(t, { storage: 'sqlite' });
  await lab.project();
  const list = async (query: string, code: string): Promise<string> =>
    (await lab.refused(code, 'GET', `${jobs}?${query}`)).field;
  for (const limit of ['0', '-1', '1001', '1e3', '7.5', 'x', '', '99999999999999999999'])
    assert.equal(await list(`limit=${limit}`, 'invalid_field'), 'limit');
  assert.equal(await list('limit=1&limit=2', 'invalid_field'), 'limit');
  assert.equal(await list('limitt=1', 'unknown_field'), 'limitt');
  assert.equal(await list('state=ready,nix', 'invalid_field'), 'state');
  assert.equal(await list('order=random', 'invalid_field'), 'order');
  assert.equal(await list('parent=x', 'invalid_field'), 'parent');
  await list('after=!', 'cursor_invalid');
  await list('after=%00', 'invalid_field');
  await lab.ok('GET', `${jobs}?limit=1000&state=ready,running&order=newest`);
});

test('what does not exist is told by its kind', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  await lab.refused('project_unknown', 'GET', '/v1/projects/nix');
  await lab.refused('project_unknown', 'POST', '/v1/projects/nix/jobs', { body: {} });
  await lab.refused('project_unknown', 'GET', '/v1/projects/nix/jobs');
  for (const headers of [{}, { accept: 'text/event-stream' }])
    await lab.refused('project_unknown', 'GET', '/v1/events?project=nix', { headers });
  await lab.refused('project_unknown', 'PATCH', '/v1/projects/nix', { body: { title: 'x' } });
  for (const number of ['1', '0', '-1', '1.0', 'x', '1.1', '99999999999999', '1%2F2'])
    await lab.refused('job_unknown', 'GET', `${jobs}/${number}`);
  for (const below of ['why', 'log', 'files', 'attempts'])
    await lab.refused('job_unknown', 'GET', `${jobs}/7/${below}`);
  for (const act of ['submit', 'cancel', 'retry', 'hold', 'release', 'rerun'])
    await lab.refused('job_unknown', 'POST', `${jobs}/7/${act}`, { body: {} });
  await lab.refused('token_unknown', 'DELETE', '/v1/tokens/000000000000');
  await lab.refused('route_unknown', 'GET', '/v1/projects/a%00b');
  const nul = await lab.refused('invalid_field', 'GET', '/v1/files?role=input&path=%2Fa%00b');
  assert.deepEqual([nul.field, nul.found, nul.expected], ['path', '%2Fa%00b', 'text without NUL (%00)']);
  await lab.refused('route_unknown', 'GET', '/v1/nix');
  await lab.refused('route_unknown', 'GET', '/v1/projects/%zz');
  await lab.refused('route_unknown', 'GET', `/v1/projects/${'x'.repeat(600)}`);
  await lab.refused('project_unknown', 'GET', `/v1/projects/${'x'.repeat(400)}`);
  await lab.refused('worker_unknown', 'POST', '/v1/claims', {
    body: { worker: 'w99', capacity: 1, held: [] },
  });
  await lab.refused('worker_unknown', 'POST', '/v1/claims', {
    body: { worker: '../x', capacity: 1, held: [] },
  });
});

test('a known address answers a wrong method with the right ones', async (t) => {
  const lab = await ServerLab.open(t);
  const answer = await lab.call('PUT', '/v1/projects/toxd');
  assert.equal(answer.status, 405);
  assert.equal(answer.body.code, 'method_not_allowed');
  assert.deepEqual(String(answer.headers.allow).split(', ').sort(), ['DELETE', 'GET', 'HEAD', 'PATCH']);
  assert.equal((await lab.call('GET', '/v1/claims')).headers.allow, 'POST');
});

test('the revision that was read is asked for, and told when it is stale', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const { ref, revision } = await lab.ok('POST', jobs, { body: { title: 'one' } });
  const edited = await lab.ok('PATCH', jobPath(ref), { body: { title: 'two', revision } });
  assert.ok(edited.revision > revision);
  const stale = await lab.refused('revision_stale', 'PATCH', jobPath(ref), {
    body: { title: 'three', revision },
  });
  assert.deepEqual([stale.found, stale.expected], [revision, String(edited.revision)]);
  assert.equal((await lab.ok('GET', jobPath(ref))).title, 'two');
  const project = await lab.ok('PATCH', '/v1/projects/toxd', { body: { title: 'x' } });
  const old = await lab.refused('revision_stale', 'PATCH', '/v1/projects/toxd', {
    body: { title: 'y', revision: project.revision - 1 },
  });
  assert.deepEqual([old.found, old.expected], [project.revision - 1, String(project.revision)]);
});

test('workers are told as precisely: base64, fractions, outcomes, names', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project();
  const { attempt, epoch, worker } = await lab.running('toxd');
  const field = async (url: string, body: unknown): Promise<string> =>
    (await lab.refused('invalid_field', 'POST', url, { body })).field;
  const chunk = (data: string): unknown => ({ attempt, epoch, chunks: [{ stream: 'stdout', seq: 0, data }] });
  for (const data of ['a', 'ab', 'abc', 'aGk', 'aGk=\n', 'aGk*', '====', 'aG-_', 'aGk=aGk='])
    assert.equal(await field('/v1/attempts/output', chunk(data)), 'chunks[0].data');
  assert.equal((await lab.ok('POST', '/v1/attempts/output', { body: chunk('') })).kept, 0);
  const progress = (fraction: unknown): unknown => ({ worker, progress: [{ attempt, epoch, fraction }] });
  for (const fraction of [-0.1, 1.1, '1', null])
    assert.equal(await field('/v1/attempts/renew', progress(fraction)), 'progress[0].fraction');
  const end = (more: object): unknown => ({ attempts: [{ attempt, epoch, outcome: 'succeeded', ...more }] });
  assert.equal(await field('/v1/attempts/finish', end({ outcome: 'fine' })), 'attempts[0].outcome');
  assert.equal(await field('/v1/attempts/finish', end({ exitCode: 1.5 })), 'attempts[0].exitCode');
  assert.equal(await field('/v1/attempts/finish', end({ reason: 'mood' })), 'attempts[0].reason');
  assert.equal(await field('/v1/attempts/finish', end({ outputs: [''] })), 'attempts[0].outputs[0]');
  assert.equal(await field('/v1/claims', { worker, capacity: 1, held: [], waitMs: 60_001 }), 'waitMs');
  assert.equal(await field('/v1/claims', { worker, capacity: 1 }), 'held');
  assert.equal(await field('/v1/claims', { worker, capacity: -1, held: [] }), 'capacity');
  assert.equal(await field('/v1/workers', { name: 'a/b' }), 'name');
  assert.equal(await field('/v1/workers', { name: 'a', tasks: ['*', 'a b'] }), 'tasks[1]');
});
