/** The cursors of lists: good for the list that gave them, and for nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerLab } from './server-lab.ts';

test('a text that is no cursor of the list is refused, whatever the keys of the list are', async (t) => {
  const lab = await ServerLab.open(t, { storage: 'sqlite' });
  for (const name of ['apo', 'toxd']) {
    await lab.project(name);
    await lab.ok('PUT', `/v1/projects/apo/templates/${name}`, { body: { job: { command: ['true'] } } });
    await lab.ok('PUT', `/v1/directories/${name}`, { body: { path: `/data/${name}` } });
    await lab.ok('POST', '/v1/databases', { body: { name: `db-${name}`, kind: 'external' } });
    await lab.ok('POST', '/v1/projects/apo/jobs', { body: { command: ['true'] } });
    await lab.token('viewer', name);
  }
  const lists = [
    '/v1/projects',
    '/v1/projects/apo/templates',
    '/v1/directories',
    '/v1/databases',
    '/v1/tokens',
    '/v1/projects/apo/jobs',
  ];
  const cursors: string[] = [];
  for (const list of lists) {
    const first = await lab.ok('GET', `${list}?limit=1`);
    assert.equal(typeof first.next, 'string', list);
    const second = await lab.ok('GET', `${list}?limit=1&after=${first.next}`);
    assert.equal(second.items.length, 1, list);
    assert.notDeepEqual(second.items, first.items, list);
    cursors.push(first.next);
  }
  for (const [at, list] of lists.entries()) {
    const own = cursors[at] ?? '';
    const others = cursors.filter((cursor) => cursor !== own);
    for (const after of [
      'apo',
      'a',
      '~apo',
      '~',
      '1',
      own.slice(1),
      own.slice(0, -1),
      `${own}A`,
      ...others,
    ]) {
      const refused = await lab.refused('cursor_invalid', 'GET', `${list}?after=${after}`);
      assert.deepEqual([refused.field, refused.found], ['after', after], list);
    }
  }
});
