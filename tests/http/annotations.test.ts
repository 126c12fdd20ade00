/** What is said of jobs over HTTP: rating, tags, numbers, comments, notes of a project; and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobPath, ServerLab } from './server-lab.ts';

const jobs = '/v1/projects/toxd/jobs';

async function open(t: Parameters<typeof ServerLab.open>[0]): Promise<{ lab: ServerLab; job: string }> {
  const lab = await ServerLab.open(t, { storage: 'sqlite' });
  await lab.project();
  const { ref } = await lab.ok('POST', jobs, { body: { command: ['true'] } });
  return { lab, job: jobPath(ref) };
}

test('a job shows what is said of it, in lists too', async (t) => {
  const { lab, job } = await open(t);
  const bare = await lab.ok('GET', job);
  assert.deepEqual([bare.rating, bare.tags, bare.numbers, bare.comments], [null, [], {}, 0]);
  const said = await lab.ok('PATCH', job, {
    body: { rating: 'best', addTags: ['b', 'a'], numbers: { Rfree: 0.21, cc: -1e-7 } },
  });
  assert.deepEqual([said.rating, said.tags, said.numbers], ['best', ['a', 'b'], { Rfree: 0.21, cc: -1e-7 }]);
  const [listed] = (await lab.ok('GET', jobs)).items;
  assert.deepEqual([listed.rating, listed.tags, listed.numbers], [said.rating, said.tags, said.numbers]);
  const taken = await lab.ok('PATCH', job, {
    body: { rating: null, removeTags: ['b'], numbers: { cc: null } },
  });
  assert.deepEqual([taken.rating, taken.tags, taken.numbers], [null, ['a'], { Rfree: 0.21 }]);
});

const refusals: readonly { body: unknown; field: string; code?: string }[] = [
  { body: { rating: 'excellent' }, field: 'rating' },
  { body: { tags: ['ok', ''] }, field: 'tags[1]' },
  { body: { addTags: ['a,b'] }, field: 'addTags[0]' },
  { body: { removeTags: [' blank'] }, field: 'removeTags[0]' },
  { body: { tags: ['a\u0007'] }, field: 'tags[0]' },
  { body: { tags: ['x'.repeat(101)] }, field: 'tags[0]' },
  { body: { tags: 'a' }, field: 'tags' },
  { body: { tags: Array.from({ length: 101 }, (_, index) => `t${index}`) }, field: 'tags' },
  { body: { numbers: { '0bad': 1 } }, field: 'numbers' },
  { body: { numbers: { ['n'.repeat(65)]: 1 } }, field: 'numbers' },
  { body: { numbers: { 'R free': 1 } }, field: 'numbers' },
  { body: { numbers: { Rfree: '0.21' } }, field: 'numbers.Rfree' },
  { body: '{"numbers": {"Rfree": 1e400}}', field: 'numbers.Rfree' },
  { body: { numbers: [1] }, field: 'numbers' },
];

test('what can be no rating, tag or number is refused by its field', async (t) => {
  const { lab, job } = await open(t);
  const before = await lab.ok('GET', job);
  for (const { body, field } of refusals) {
    const problem = await lab.refused('invalid_field', 'PATCH', job, { body });
    assert.equal(problem.field, field, JSON.stringify(body));
    assert.ok(problem.expected, 'it says what was expected');
  }
  assert.deepEqual(await lab.ok('GET', job), before);
});

test('an attempt says numbers and tags of its own job, and no more', async (t) => {
  const { lab, job } = await open(t);
  const { ref, token } = await lab.running('toxd');
  const own = jobPath(ref);
  const other = own === job ? `${jobs}/2` : job;
  const said = await lab.ok('PATCH', own, { token, body: { numbers: { Rfree: 0.3 }, addTags: ['done'] } });
  assert.deepEqual([said.numbers, said.tags], [{ Rfree: 0.3 }, ['done']]);
  await lab.refused('forbidden', 'PATCH', own, { token, body: { rating: 'best' } });
  await lab.refused('forbidden', 'PATCH', own, { token, body: { title: 'mine' } });
  await lab.refused('forbidden', 'PATCH', other, { token, body: { numbers: { x: 1 } } });
  await lab.ok('POST', `${own}/comments`, { token, body: { text: 'from the program' } });
  await lab.refused('forbidden', 'POST', `${other}/comments`, { token, body: { text: 'elsewhere' } });
});

test('comments are added, listed, edited and removed', async (t) => {
  const { lab, job } = await open(t);
  const made = await lab.ok('POST', `${job}/comments`, { body: { text: '**good** map' } });
  assert.deepEqual([made.author, made.text, made.editedAt], ['admin', '**good** map', null]);
  await lab.ok('POST', `${job}/comments`, { body: { text: 'second' } });
  const page = await lab.ok('GET', `${job}/comments?limit=1`);
  assert.deepEqual(page.items, [made]);
  const rest = await lab.ok('GET', `${job}/comments?after=${page.next}`);
  assert.deepEqual(
    rest.items.map(({ text }: { text: string }) => text),
    ['second'],
  );
  const edited = await lab.ok('PATCH', `${job}/comments/${made.id}`, { body: { text: 'bad map' } });
  assert.equal(edited.text, 'bad map');
  assert.notEqual(edited.editedAt, null);
  assert.equal((await lab.call('DELETE', `${job}/comments/${made.id}`)).status, 204);
  assert.equal((await lab.ok('GET', job)).comments, 1);
  for (const id of [made.id, 0, 'x', '9'.repeat(20)])
    await lab.refused('comment_unknown', 'DELETE', `${job}/comments/${id}`);
});

test('a comment says something, in at most 64 KiB', async (t) => {
  const { lab, job } = await open(t);
  const post = (text: unknown) => lab.call('POST', `${job}/comments`, { body: { text } });
  assert.equal((await post('a'.repeat(65_536))).status, 201);
  for (const text of ['', ' \n', 'a'.repeat(65_537), 'é'.repeat(32_769), 'x'.repeat(10_000_000), 'a\0b', 3]) {
    const { status, body } = await post(text);
    assert.deepEqual([status, body.code, body.field], [400, 'invalid_field', 'text']);
    assert.ok(JSON.stringify(body).length < 2_000, 'nobody gets the megabytes back');
  }
  assert.equal((await lab.ok('GET', job)).comments, 1);
});

test('contributors comment on all jobs, and change only comments of their own', async (t) => {
  const { lab, job } = await open(t);
  const [ana, ben] = [await lab.token('contributor', 'ana'), await lab.token('contributor', 'ben')];
  const { id } = await lab.ok('POST', `${job}/comments`, { token: ana, body: { text: 'mine' } });
  const one = `${job}/comments/${id}`;
  await lab.refused('forbidden', 'PATCH', one, { token: ben, body: { text: 'yours' } });
  await lab.refused('forbidden', 'DELETE', one, { token: ben });
  await lab.refused('forbidden', 'PATCH', job, { token: ana, body: { addTags: ['not mine'] } });
  assert.equal((await lab.ok('PATCH', one, { token: ana, body: { text: 'ours' } })).text, 'ours');
  const manager = await lab.token('manager', 'mia');
  assert.equal((await lab.call('DELETE', one, { token: manager })).status, 204);
});

test('a removal that is repeated under its key is answered as before', async (t) => {
  const { lab, job } = await open(t);
  const ana = await lab.token('contributor', 'ana');
  const { id } = await lab.ok('POST', `${job}/comments`, { token: ana, body: { text: 'mine' } });
  const call = { token: ana, headers: { 'idempotency-key': 'k' } };
  for (const replayed of [undefined, 'true']) {
    const { status, headers } = await lab.call('DELETE', `${job}/comments/${id}`, call);
    assert.deepEqual([status, headers['idempotency-replayed']], [204, replayed]);
  }
});

test('a project keeps notes, which lists leave out', async (t) => {
  const { lab } = await open(t);
  const project = '/v1/projects/toxd';
  const changed = await lab.ok('PATCH', project, { body: { notes: '# Toxin\n' } });
  assert.deepEqual([changed.notes, changed.revision], ['# Toxin\n', 2]);
  assert.deepEqual(await lab.ok('GET', project), changed);
  assert.deepEqual(await lab.ok('PATCH', project, { body: { notes: '# Toxin\n' } }), changed);
  assert.equal('notes' in (await lab.ok('GET', '/v1/projects')).items[0], false);
  const problem = await lab.refused('invalid_field', 'PATCH', project, {
    body: { notes: 'n'.repeat(65_537) },
  });
  assert.equal(problem.field, 'notes');
  assert.equal((await lab.ok('PATCH', project, { body: { title: 'T', notes: '' } })).notes, '');
});
