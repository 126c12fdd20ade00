import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ServerLab } from './server-lab.ts';

/** A project with a failed, a held, a ready and a tagged job. */
async function furnished(t: TestContext): Promise<ServerLab> {
  const lab = await ServerLab.open(t);
  await lab.project('toxd');
  const submit = (body: object) => lab.ok('POST', '/v1/projects/toxd/jobs', { body });
  await submit({ task: 'refine', title: 'Zinc site', hold: true });
  await submit({ task: 'refine' });
  await submit({ command: ['true'], priority: 5 });
  await lab.ok('PATCH', '/v1/projects/toxd/jobs/2', {
    body: { addTags: ['native'], numbers: { Rfree: 0.2 } },
  });
  await lab.ok('PATCH', '/v1/projects/toxd/jobs/3', { body: { numbers: { Rfree: 0.1 } } });
  return lab;
}

const jobs = '/v1/projects/toxd/jobs';

async function numbers(lab: ServerLab, query: Record<string, string>): Promise<readonly string[]> {
  const { items } = await lab.ok('GET', `${jobs}?${new URLSearchParams(query).toString()}`);
  return items.map(({ number }: { number: string }) => number);
}

test('a list takes a selection and an order', async (t) => {
  const lab = await furnished(t);
  assert.deepEqual(await numbers(lab, { where: 'task:refine' }), ['1', '2']);
  assert.deepEqual(await numbers(lab, { where: 'task:refine', order: 'newest' }), ['2', '1']);
  assert.deepEqual(await numbers(lab, { where: 'not zinc', state: 'ready' }), ['2', '3']);
  assert.deepEqual(await numbers(lab, { sort: 'Rfree' }), ['3', '2', '1']);
  assert.deepEqual(await numbers(lab, { sort: 'Rfree:desc', where: 'created:1h' }), ['2', '3', '1']);
  assert.deepEqual(await numbers(lab, { where: 'state:failed state:succeeded' }), []);
});

test('pages of a selection follow each other', async (t) => {
  const lab = await furnished(t);
  const first = await lab.ok('GET', `${jobs}?where=created:today&limit=2`);
  assert.equal(first.items.length, 2);
  const rest = await lab.ok(
    'GET',
    `${jobs}?where=created:today&limit=2&after=${encodeURIComponent(first.next)}`,
  );
  assert.deepEqual(
    [...first.items, ...rest.items].map(({ number }: { number: string }) => number),
    ['1', '2', '3'],
  );
  assert.equal(rest.next, null);
  await lab.refused('cursor_invalid', 'GET', `${jobs}?where=zinc&after=nonsense`);
});

test('the trash is listed where it is asked for', async (t) => {
  const lab = await furnished(t);
  await lab.ok('DELETE', `${jobs}/1`);
  assert.deepEqual(await numbers(lab, { trash: 'true' }), ['1']);
  assert.deepEqual(await numbers(lab, { trash: 'true', where: 'task:none' }), []);
  assert.deepEqual(await numbers(lab, { where: 'task:refine' }), ['2']);
});

test('jobs that are selected are counted', async (t) => {
  const lab = await furnished(t);
  assert.deepEqual(await lab.ok('GET', `${jobs}/count?where=state:ready`), { count: 2, complete: true });
  assert.deepEqual(await lab.ok('GET', `${jobs}/count`), { count: 3, complete: true });
  assert.deepEqual(await lab.ok('GET', `${jobs}/count?trash=true`), { count: 0, complete: true });
});

test('a selection with an error is refused with the place, what stands there, and the nearest word', async (t) => {
  const lab = await furnished(t);
  const problem = await lab.refused('selection_invalid', 'GET', `${jobs}?where=task:refine%20state:faild`);
  const { field, found, position, length, nearest } = problem;
  assert.deepEqual(
    { field, found, position, length, nearest },
    { field: 'where', found: 'faild', position: 19, length: 5, nearest: 'failed' },
  );
  assert.match(String(problem.expected), /failed/);
  await lab.refused('selection_invalid', 'GET', `${jobs}/count?where=(zinc`);
  await lab.refused('selection_invalid', 'POST', '/v1/projects/toxd/bulk', {
    body: { where: 'a or', act: 'hold' },
  });
  await lab.refused('invalid_field', 'GET', `${jobs}?sort=Rfree:up`);
  await lab.refused('invalid_field', 'GET', `${jobs}?sort=newest&order=newest`);
});

test('a selection that finds nothing says which of its names nobody gave', async (t) => {
  const lab = await furnished(t);
  const notes = async (where: string) =>
    (await lab.ok('GET', `${jobs}?${new URLSearchParams({ where }).toString()}`)).notes;
  assert.deepEqual(await notes('tag:natve or task:none Rfre>1 not tag:other'), [
    'no job has the tag "natve"; the nearest is "native"',
    'no job has the number "Rfre"; the nearest is "Rfree"',
  ]);
  assert.deepEqual(await notes('task:unheard-of'), ['no job is of the task "unheard-of"']);
  assert.equal(await notes('state:lost tag:native'), undefined);
  assert.equal(await notes('zinc or tag:natve'), undefined);
});

test('an act on a selection tells first, then does it job by job', async (t) => {
  const lab = await furnished(t);
  const act = (body: object) => lab.ok('POST', '/v1/projects/toxd/bulk', { body });
  const before = await lab.ok('GET', jobs);
  const dry = await act({ where: 'task:refine or zinc', act: 'hold', dryRun: true });
  assert.deepEqual(dry, {
    matched: 2,
    items: [
      { ref: 'toxd/1', done: false, code: null },
      { ref: 'toxd/2', done: false, code: null },
    ],
    next: null,
  });
  const retry = await act({ where: 'zinc', act: 'retry', dryRun: true });
  assert.deepEqual(retry.items, [{ ref: 'toxd/1', done: false, code: 'state_conflict' }]);
  assert.deepEqual((await lab.ok('GET', jobs)).items, before.items);

  const first = await act({ where: 'task:refine', act: 'cancel', limit: 1 });
  assert.deepEqual(first.items, [{ ref: 'toxd/1', done: true, code: null }]);
  const rest = await act({ where: 'task:refine', act: 'cancel', limit: 1, after: first.next });
  assert.deepEqual(rest.items, [{ ref: 'toxd/2', done: true, code: null }]);
  assert.equal(rest.next, null);
  const mixed = await act({ where: 'created:today', act: 'retry' });
  assert.deepEqual(
    mixed.items.map(({ code }: { code: string | null }) => code),
    [null, null, 'state_conflict'],
  );
  const changed = await act({ where: 'Rfree<0.15', changes: { addTags: ['best'], priority: 7 } });
  assert.deepEqual(changed.items, [{ ref: 'toxd/3', done: true, code: null }]);
  assert.deepEqual(await numbers(lab, { where: 'tag:best priority:7' }), ['3']);
});

test('an act on a selection names one thing to do, and never everything by mistake', async (t) => {
  const lab = await furnished(t);
  const refuse = (body: object) => lab.refused('invalid_field', 'POST', '/v1/projects/toxd/bulk', { body });
  await refuse({ where: '', act: 'trash' });
  await refuse({ where: '  ', act: 'trash' });
  await refuse({ where: 'zinc' });
  await refuse({ where: 'zinc', act: 'trash', changes: { rating: 'bad' } });
  await refuse({ where: 'zinc', changes: {} });
  await refuse({ where: 'zinc', act: 'explode' });
});

test('contributors act on their own jobs of a selection, managers on all', async (t) => {
  const lab = await furnished(t);
  const token = await lab.token('contributor', 'ben');
  await lab.ok('POST', jobs, { token, body: { command: ['true'] } });
  const body = { where: 'state:ready', act: 'hold' };
  const { items } = await lab.ok('POST', '/v1/projects/toxd/bulk', { token, body });
  assert.deepEqual(items, [
    { ref: 'toxd/2', done: false, code: 'forbidden' },
    { ref: 'toxd/3', done: false, code: 'forbidden' },
    { ref: 'toxd/4', done: true, code: null },
  ]);
});

test('a selection names no job of a project that may not be read', async (t) => {
  const lab = await furnished(t);
  await lab.project('secret');
  await lab.ok('POST', '/v1/projects/secret/jobs', { body: { command: ['true'] } });
  const token = await lab.token('contributor', 'ben', 'toxd');
  const where = encodeURIComponent('not ancestor-of:secret/1');
  assert.equal((await lab.ok('GET', `${jobs}/count?where=${where}`)).count, 3);
  await lab.refused('forbidden', 'GET', `${jobs}?where=${where}`, { token });
  await lab.refused('forbidden', 'GET', `${jobs}/count?where=${where}`, { token });
  const body = { where: 'not ancestor-of:secret/1', act: 'hold' };
  await lab.refused('forbidden', 'POST', '/v1/projects/toxd/bulk', { token, body });
});
