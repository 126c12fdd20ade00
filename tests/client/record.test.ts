/** What is said of jobs, templates, differences and the trash, by the client. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { LabkeepClient, LabkeepError } from '@labkeep/client';
import { ServerLab } from '../http/server-lab.ts';

async function open(t: TestContext): Promise<LabkeepClient> {
  const lab = await ServerLab.open(t);
  const client = new LabkeepClient({ url: await lab.listen(), token: await lab.token('admin', 'ana') });
  await client.projects.create({ name: 'p' });
  return client;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LabkeepError, String(error));
  return error.code;
}

test('comments: add, list, go through, edit, remove', async (t) => {
  const client = await open(t);
  const { ref } = await client.jobs.submit('p', { command: ['x'] });
  const one = await client.comments.add(ref, 'one');
  await client.comments.add(ref, 'two');
  assert.deepEqual((await client.comments.list(ref, { limit: 1 })).items, [one]);
  assert.equal((await client.comments.edit(ref, one.id, 'better')).text, 'better');
  await client.comments.remove(ref, one.id);
  const left: string[] = [];
  for await (const { text } of client.comments.each(ref, { limit: 1 })) left.push(text);
  assert.deepEqual(left, ['two']);
  assert.equal(await codeOf(client.comments.remove(ref, one.id)), 'comment_unknown');
});

test('templates: save, get, list, go through, remove', async (t) => {
  const client = await open(t);
  await client.templates.save('p', 'a-b', { task: 'refine' });
  const { job } = await client.templates.get('p', 'a-b');
  assert.equal((await client.jobs.submit('p', job)).task, 'refine');
  assert.equal((await client.templates.list('p')).items.length, 1);
  await client.templates.remove('p', 'a-b');
  for await (const { name } of client.templates.each('p')) assert.fail(name);
  assert.equal(await codeOf(client.templates.get('p', 'a-b')), 'template_unknown');
});

test('jobs: annotate, compare, restore, purge', async (t) => {
  const client = await open(t);
  const { ref } = await client.jobs.submit('p', { command: ['x'] });
  const other = await client.jobs.rerun(ref, { command: ['y'], submit: false });
  const said = await client.jobs.edit(ref, { rating: 'best', addTags: ['a'], numbers: { x: 1 } });
  assert.deepEqual([said.rating, said.tags, said.numbers], ['best', ['a'], { x: 1 }]);
  const { fields } = await client.jobs.diff(ref, other.ref);
  assert.deepEqual(fields[0], { field: 'command', left: ['x'], right: ['y'] });
  await client.jobs.remove(ref);
  assert.equal((await client.jobs.act(ref, 'restore')).trashedAt, null);
  await client.jobs.remove(ref);
  assert.equal(await codeOf(client.jobs.purge(ref)), 'job_in_use');
  await client.jobs.purge(ref, { force: true });
  assert.equal(await codeOf(client.jobs.get(ref)), 'job_unknown');
});

test('a parent: its limit, and how its children stand', async (t) => {
  const client = await open(t);
  const parent = await client.jobs.submit('p', { atOnce: 2, submit: false });
  await client.jobs.submitMany('p', [
    { command: ['x'], parent: parent.number },
    { command: ['y'], parent: parent.number },
  ]);
  const { atOnce, children } = await client.jobs.act(parent.ref, 'submit');
  assert.deepEqual([atOnce, children], [2, { open: 2, succeeded: 0, failed: 0, cancelled: 0 }]);
});
