import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookieOf } from './browser-cookie.ts';
import { type Body, ServerLab } from './server-lab.ts';

const base = '/v1/databases';

async function withEmbl(lab: ServerLab, more: object = {}): Promise<Body> {
  return lab.ok('POST', base, { body: { name: 'embl', kind: 'bank', ...more } });
}

async function names(lab: ServerLab, query = ''): Promise<readonly string[]> {
  const { items } = await lab.ok('GET', `${base}${query}`);
  return items.map(({ name }: Body) => name);
}

test('a database reads back as it was added, and its name is not free any more', async (t) => {
  const lab = await ServerLab.open(t);
  const given = {
    name: 'embl',
    kind: 'bank',
    tag: 'TEST',
    description: 'EMBL “all”',
    settings: { directory: '/data/embl', flatFiles: '/data/flat' },
    release: '144',
    state: 'off',
  };
  const added = await lab.ok('POST', base, { body: given });
  const { createdAt, ...rest } = added;
  assert.equal(new Date(createdAt).toISOString(), createdAt);
  assert.deepEqual(rest, { ...given, declaredIn: null, revision: 1, closure: null });
  assert.deepEqual(await lab.ok('GET', `${base}/embl`), added);
  await lab.refused('database_exists', 'POST', base, { body: { name: 'embl', kind: 'files' } });
  await lab.project('toxd');
  await lab.refused('database_exists', 'POST', base, { body: { name: 'toxd', kind: 'files' } });
});

test('a bad entry is refused by its field, and nothing of it is kept', async (t) => {
  const lab = await ServerLab.open(t);
  const bad: readonly (readonly [object, code: string, field: string])[] = [
    [{ name: 'a/b' }, 'invalid_field', 'name'],
    [{ name: '../x' }, 'invalid_field', 'name'],
    [{ kind: 'project' }, 'invalid_field', 'kind'],
    [{ kind: 'oracle' }, 'invalid_field', 'kind'],
    [{ tag: 'two words' }, 'invalid_field', 'tag'],
    [{ release: 'current' }, 'invalid_field', 'release'],
    [{ description: 'x'.repeat(1_001) }, 'invalid_field', 'description'],
    [{ settings: { directory: 'data' } }, 'invalid_field', 'settings.directory'],
    [{ settings: { directory: 5 } }, 'invalid_field', 'settings.directory'],
    [{ settings: { url: 'http://h/' } }, 'unknown_field', 'settings.url'],
    [{ settings: { __proto__: null, toString: 'x' } }, 'unknown_field', 'settings.toString'],
    [{ kind: 'postgres' }, 'invalid_field', 'settings'],
    [{ kind: 'postgres', settings: { url: 'postgres://h/d', urlEnv: 'X' } }, 'invalid_field', 'settings'],
    [{ kind: 'postgres', settings: { url: 'mysql://h/d' } }, 'invalid_field', 'settings.url'],
    [{ kind: 'postgres', settings: { urlEnv: 'CHADO URL' } }, 'invalid_field', 'settings.urlEnv'],
  ];
  for (const [fields, code, field] of bad) {
    const body = { name: 'embl', kind: 'bank', ...fields };
    const problem = await lab.refused(code, 'POST', base, { body });
    assert.equal(problem.field, field, JSON.stringify(fields));
    assert.ok(problem.expected, JSON.stringify(fields));
  }
  assert.deepEqual(await names(lab, '?all=true'), []);
});

test('an address with a password is refused, and the password is not repeated', async (t) => {
  const lab = await ServerLab.open(t);
  const urls = [
    'postgres://ada:s3cret@db/chado',
    'postgres://:s3cret@db/chado',
    'postgresql://ada@db/chado?password=s3cret',
    'postgres://ada@db/chado?sslmode=require&sslpassword=s3cret',
  ];
  for (const url of urls) {
    const body = { name: 'chado', kind: 'postgres', settings: { url } };
    const problem = await lab.refused('invalid_field', 'POST', base, { body });
    assert.equal(problem.field, 'settings.url');
    assert.match(problem.detail, /password/);
    assert.ok(!JSON.stringify(problem).includes('s3cret'));
  }
  const settings = { url: 'postgres://ada@db:5432/chado?sslmode=require' };
  const added = await lab.ok('POST', base, { body: { name: 'chado', kind: 'postgres', settings } });
  assert.deepEqual(added.settings, settings);
  const change = { settings: { url: urls[0] } };
  await lab.refused('invalid_field', 'PATCH', `${base}/chado`, { body: change });
});

test('a list has those without a tag, those with it, or all; projects only when asked for', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project('toxd');
  for (const [name, tag] of [
    ['b', null],
    ['a', 'TP'],
    ['c', 'TEST'],
    ['d', 'TP'],
  ] as const)
    await lab.ok('POST', base, { body: { name, kind: 'bank', tag } });
  assert.deepEqual(await names(lab), ['b']);
  assert.deepEqual(await names(lab, '?tag=TP'), ['a', 'd']);
  assert.deepEqual(await names(lab, '?tag=none'), []);
  assert.deepEqual(await names(lab, '?all=true'), ['a', 'b', 'c', 'd']);
  assert.deepEqual(await names(lab, '?all=true&projects=true'), ['a', 'b', 'c', 'd', 'toxd']);
  const { items, next, problems } = await lab.ok('GET', `${base}?all=true&limit=2`);
  assert.deepEqual([items.length, problems], [2, []]);
  assert.deepEqual(await names(lab, `?all=true&after=${next}`), ['c', 'd']);
});

test('who may not read a project does not see it among the databases', async (t) => {
  const lab = await ServerLab.open(t);
  await lab.project('toxd');
  await lab.project('other');
  await withEmbl(lab);
  const token = await lab.token('viewer', 'ben', 'toxd');
  const { items } = await lab.ok('GET', `${base}?projects=true`, { token });
  assert.deepEqual(
    items.map(({ name }: Body) => name),
    ['embl', 'toxd'],
  );
  await lab.refused('forbidden', 'GET', `${base}/other`, { token });
  assert.equal((await lab.ok('GET', `${base}/toxd`, { token })).kind, 'project');
});

test('a change carries the revision; settings take the place of those there', async (t) => {
  const lab = await ServerLab.open(t);
  await withEmbl(lab, { tag: 'TP', settings: { directory: '/a', flatFiles: '/b' } });
  const body = { tag: null, description: 'new', settings: { directory: '/c' }, release: '145', revision: 1 };
  const changed = await lab.ok('PATCH', `${base}/embl`, { body });
  assert.deepEqual(
    [changed.tag, changed.description, changed.settings, changed.release, changed.revision],
    [null, 'new', { directory: '/c' }, '145', 2],
  );
  const stale = await lab.refused('revision_stale', 'PATCH', `${base}/embl`, { body });
  assert.equal(stale.expected, '2');
  await lab.refused('unknown_field', 'PATCH', `${base}/embl`, { body: { kind: 'files' } });
  await lab.refused('unknown_field', 'PATCH', `${base}/embl`, { body: { state: 'off' } });
  await lab.refused('database_unknown', 'PATCH', `${base}/nr`, { body: { tag: 'x' } });
});

test('a database that is off lets nobody in until it is on', async (t) => {
  const lab = await ServerLab.open(t);
  await withEmbl(lab);
  const lock = { body: { locks: ['embl:shared'] } };
  const held = await lab.ok('POST', '/v1/locks', lock);
  assert.equal((await lab.ok('POST', `${base}/embl/off`)).state, 'off');
  await lab.refused('database_off', 'POST', '/v1/locks', lock);
  await lab.refused('database_off', 'POST', `${base}/embl/close`);
  const { held: still } = await lab.ok('POST', '/v1/locks/check', {
    body: { path: 'embl', mode: 'shared', epoch: held.epoch },
  });
  assert.equal(still, true, 'who has it keeps it');
  await lab.ok('POST', `${base}/embl/on`);
  await lab.ok('POST', '/v1/locks', lock);
});

test('closing waits for grace and readers; nobody new comes in; reopening lets all in', async (t) => {
  const lab = await ServerLab.open(t);
  await withEmbl(lab, { release: '144' });
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const held = await lab.ok('POST', '/v1/locks', { body: { locks: ['embl:shared'] } });
  const body = { reason: 'release 145', until, graceMs: 60_000 };
  const closing = await lab.ok('POST', `${base}/embl/close`, { body });
  assert.equal(closing.state, 'closing');
  assert.deepEqual(
    [closing.closure.reason, closing.closure.until, closing.closure.epoch, closing.closure.by],
    ['release 145', until, null, 'admin'],
  );
  const refusal = await lab.refused('database_closed', 'POST', '/v1/locks', {
    body: { locks: ['embl:shared'] },
  });
  assert.match(refusal.detail, /release 145/);
  await lab.ok('POST', '/v1/locks/release', { body: { locks: [{ lock: held.lock, epoch: held.epoch }] } });
  const closed = await lab.ok('GET', `${base}/embl`);
  assert.equal(closed.state, 'closed');
  assert.ok(closed.closure.epoch > held.epoch);
  await lab.refused('database_closed', 'POST', `${base}/embl/off`);
  await lab.refused('database_in_use', 'DELETE', `${base}/embl`);
  const opened = await lab.ok('POST', `${base}/embl/reopen`, { body: { release: '145' } });
  assert.deepEqual([opened.state, opened.release, opened.closure], ['on', '145', null]);
  await lab.ok('POST', '/v1/locks', { body: { locks: ['embl:shared'] } });
});

test('of two who close, the second is told of the first, whose closure stands', async (t) => {
  const lab = await ServerLab.open(t);
  await withEmbl(lab);
  const [ada, ben] = [await lab.token('manager', 'ada'), await lab.token('manager', 'ben')];
  const answers = await Promise.all(
    [ada, ben].map((token) =>
      lab.call('POST', `${base}/embl/close`, { token, body: { reason: token === ada ? 'a' : 'b' } }),
    ),
  );
  const codes = answers.map(({ status, body }) => (status === 200 ? body.state : body.code)).sort();
  assert.deepEqual(codes, ['closed', 'database_closed']);
  const winner = answers.find(({ status }) => status === 200)?.body;
  assert.deepEqual((await lab.ok('GET', `${base}/embl`)).closure, winner.closure);
  // Whoever made it, another manager may end it.
  await lab.ok('POST', `${base}/embl/reopen`, { token: ben });
});

test('a closure with a bad time is refused, as is one of what cannot be closed', async (t) => {
  const lab = await ServerLab.open(t);
  await withEmbl(lab);
  await lab.project('toxd');
  const past = await lab.refused('invalid_field', 'POST', `${base}/embl/close`, {
    body: { until: '2001-01-01T00:00:00Z' },
  });
  assert.equal(past.field, 'until');
  for (const body of [{ until: 'tomorrow' }, { graceMs: -1 }, { graceMs: 86_400_001 }, { graceMs: 1.5 }])
    await lab.refused('invalid_field', 'POST', `${base}/embl/close`, { body });
  await lab.refused('state_conflict', 'POST', `${base}/embl/reopen`);
  await lab.refused('state_conflict', 'POST', `${base}/toxd/close`);
  await lab.refused('database_unknown', 'POST', `${base}/emble/close`);
  assert.equal((await lab.ok('GET', `${base}/embl`)).revision, 1);
});

test('a closure may be promised to end in a leap second', async (t) => {
  const lab = await ServerLab.open(t);
  await withEmbl(lab);
  const body = { until: '2998-12-31T23:59:60Z' };
  const closed = await lab.ok('POST', `${base}/embl/close`, { body });
  assert.equal(closed.closure.until, '2999-01-01T00:00:00.000Z');
});

test('what happens to a database is on record under its name', async (t) => {
  const lab = await ServerLab.open(t);
  const { asOf } = await lab.ok('GET', base);
  await withEmbl(lab);
  for (const act of ['off', 'on', 'close', 'reopen']) await lab.ok('POST', `${base}/embl/${act}`);
  await lab.ok('DELETE', `${base}/embl`);
  const { items } = await lab.ok('GET', `/v1/events?after=${asOf}`);
  const told = items
    .filter(({ type }: Body) => type.startsWith('database.'))
    .map(({ type, database, actor, project }: Body) => [type, database, actor, project]);
  assert.deepEqual(
    told,
    ['added', 'changed', 'changed', 'closing', 'closed', 'reopened', 'removed'].map((type) => [
      `database.${type}`,
      'embl',
      'admin',
      null,
    ]),
  );
});

test('what is wrong with watched files is told with the list', async (t) => {
  const lab = await ServerLab.open(t);
  lab.useCases.catalogueProblems.set('/etc/banks', [{ line: 3, database: 'embl', text: 'Found x' }]);
  const expected = [{ file: '/etc/banks', line: 3, database: 'embl', text: 'Found x' }];
  assert.deepEqual((await lab.ok('GET', base)).problems, expected);
  lab.useCases.catalogueProblems.set('/etc/banks', []);
  assert.deepEqual((await lab.ok('GET', base)).problems, []);
});

test('the page of databases shows states, closures, holders and the line, all escaped', async (t) => {
  const lab = await ServerLab.open(t);
  const headers = { cookie: await cookieOf(lab) };
  const page = async (): Promise<string> => {
    const answer = await lab.call('GET', '/databases', { token: null, headers });
    assert.equal(answer.status, 200, answer.text);
    return answer.text;
  };
  assert.match(await page(), /labkeep db add/);
  await withEmbl(lab, { description: '<b>all</b>' });
  await lab.ok('POST', '/v1/locks', { body: { locks: ['embl:shared'], name: '<i>shared' } });
  const by = { principal: 'admin' };
  const plain = { host: null, pid: null, leaseMs: 60_000, idleMs: null, databases: [], forOneLock: true };
  const { id } = await lab.storage.openSession({ by, session: { name: '<i>exclusive', ...plain } });
  const locks = [{ path: 'embl', mode: 'exclusive' }] as const;
  await lab.storage.acquireLocks({ by, session: id, locks, wait: true, waitMs: null });
  lab.useCases.catalogueProblems.set('/etc/banks', [{ line: 3, database: null, text: 'Found <x>' }]);
  const shown = await page();
  assert.match(shown, /&lt;b&gt;all&lt;\/b&gt;/);
  assert.match(shown, /&lt;i&gt;shared of admin.*embl:shared.*&lt;i&gt;exclusive of admin.*embl:exclusive/s);
  assert.match(shown, /\/etc\/banks:3<\/code> Found &lt;x&gt;/);
  await lab.ok('POST', `${base}/embl/close`, { body: { reason: 'release 145', graceMs: 60_000 } });
  assert.match(await page(), /closing.*release 145/s);
});
