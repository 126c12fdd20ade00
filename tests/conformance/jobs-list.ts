import assert from 'node:assert/strict';
import { type JobState, jobStates } from '../../src/core/jobs/states.ts';
import type { ListJobs } from '../../src/ports/storage.ts';
import type { Harness } from './harness.ts';
import { casesFor, type Lab, project } from './lab.ts';

export function jobsList(harness: Harness): void {
  const when = casesFor(harness);

  when('pages show each job once, oldest first', async (lab) => {
    await lab.submitAll(Array.from({ length: 7 }, () => ({})));
    const pages = await pagesOf(lab, { limit: 3 });
    assert.deepEqual(pages, [['1', '2', '3'], ['4', '5', '6'], ['7']]);
  });

  when('pages show each job once, newest first', async (lab) => {
    await lab.submitAll(Array.from({ length: 6 }, () => ({})));
    assert.deepEqual(await pagesOf(lab, { limit: 3, newestFirst: true }), [
      ['6', '5', '4'],
      ['3', '2', '1'],
    ]);
  });

  when('jobs are in the order of their creation, children among them', async (lab) => {
    await lab.submitAll(Array.from({ length: 10 }, () => ({ command: null })));
    await lab.submitAll([{ parent: '10' }, { parent: '2' }, {}]);
    const [page] = await pagesOf(lab, { limit: 20 });
    assert.deepEqual(page?.slice(8), ['9', '10', '10.1', '2.1', '11']);
  });

  when('an index tells little of each job that a list shows, in pages of its own', async (lab) => {
    const node = await lab.worker();
    await lab.submitAll([{ title: 'first' }, { hold: true, task: 'fold' }, {}, { command: null }, {}]);
    const [running] = await node.take(1);
    assert.equal(running?.number, '1');
    await lab.act('trash', '3');
    const { items } = await lab.storage.listJobs({ project, limit: 10 });
    const shown = items.map(({ number, state, task, title, revision }) => [
      number,
      state,
      task,
      title,
      revision,
    ]);
    assert.deepEqual(
      shown.map(([number]) => number),
      ['1', '2', '4', '5'],
    );
    for (const limit of [1, 3, 10]) {
      const rows: unknown[][] = [];
      for (let after: string | null | undefined; after !== null; ) {
        const page = await lab.storage.indexJobs({
          project,
          limit,
          ...(after === undefined ? {} : { after }),
        });
        const { numbers, states, tasks, titles, revisions } = page.index;
        numbers.forEach((number, at) => {
          rows.push([number, states[at], tasks[at], titles[at], revisions[at]]);
        });
        assert.ok(numbers.length <= limit);
        after = page.next;
      }
      assert.deepEqual(rows, shown, `in pages of ${limit}`);
    }
    await lab.refuses('project_unknown', () => lab.storage.indexJobs({ project: 'none', limit: 1 }));
  });

  when('a list can be narrowed to states, across pages', async (lab) => {
    await lab.submitAll([{}, { hold: true }, { submit: false }, {}, { hold: true }, { command: null }]);
    await lab.act('cancel', '4');
    assert.deepEqual(await pagesOf(lab, { limit: 2, states: ['waiting', 'cancelled'] }), [
      ['2', '4'],
      ['5', '6'],
    ]);
    assert.deepEqual(await pagesOf(lab, { limit: 9, states: ['draft'] }), [['3']]);
    assert.deepEqual(await pagesOf(lab, { limit: 9, states: ['running', 'lost'] }), [[]]);
    assert.deepEqual(await pagesOf(lab, { limit: 1, states: ['ready', 'draft'], newestFirst: true }), [
      ['3'],
      ['1'],
    ]);
  });

  when('every state can be listed', async (lab) => {
    const node = await lab.worker();
    await lab.submitAll([{ onLost: 'ask' }, {}, {}, {}, {}]);
    const [lost] = await node.take(1);
    await node.claim(0, []);
    assert.equal(lost?.number, '1');
    const [done, failed, running] = await node.take(3);
    assert.ok(done && failed && running);
    await node.finish(done, 'succeeded');
    await node.finish(failed, 'failed');
    await node.offers(1);
    const expected: Partial<Record<JobState, string>> = {
      lost: '1',
      succeeded: '2',
      failed: '3',
      running: '4',
      offered: '5',
    };
    for (const state of jobStates)
      assert.deepEqual(
        await pagesOf(lab, { limit: 9, states: [state] }),
        [[expected[state] ?? []].flat()],
        state,
      );
  });

  when('a list can be narrowed to the children of one job, and to states of these', async (lab) => {
    await lab.submitAll([{ command: null }, { command: null }]);
    await lab.submitAll([{ parent: '1' }, { parent: '2' }, { parent: '1', hold: true }, { parent: '1' }]);
    await lab.submit({ parent: '1.1' });
    assert.deepEqual(await pagesOf(lab, { limit: 2, parent: '1' }), [['1.1', '1.2'], ['1.3']]);
    assert.deepEqual(await pagesOf(lab, { limit: 2, parent: '1', newestFirst: true }), [
      ['1.3', '1.2'],
      ['1.1'],
    ]);
    assert.deepEqual(await pagesOf(lab, { limit: 1, parent: '1', states: ['ready'] }), [['1.1'], ['1.3']]);
    assert.deepEqual(await pagesOf(lab, { limit: 9, parent: '1.1' }), [['1.1.1']]);
    assert.deepEqual(await pagesOf(lab, { limit: 9, parent: '1.3' }), [[]]);
    await lab.refuses('job_unknown', () => lab.storage.listJobs({ project, limit: 9, parent: '99' }));
  });

  when('jobs in the trash are not listed, but read', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    await lab.act('trash', '2');
    assert.deepEqual(await pagesOf(lab, { limit: 2 }), [['1', '3']]);
    assert.deepEqual(await pagesOf(lab, { limit: 2, states: ['cancelled'] }), [[]]);
    assert.equal((await lab.job('2')).trashedAt, lab.clock.now());
  });

  when('jobs of other projects are not listed', async (lab) => {
    await lab.createProject('other');
    await lab.submit({}, { project: 'other' });
    await lab.submit();
    assert.deepEqual(await pagesOf(lab, { limit: 9 }), [['1']]);
  });

  when('the children of a job are listed by state, in either order', async (lab) => {
    const node = await lab.worker();
    await lab.submitAll([{ command: null }, { command: null }]);
    const one = { parent: '1', onLost: 'ask' } as const;
    await lab.submitAll([one, one, one, one, { ...one, parent: '2' }, one, one]);
    await lab.submitAll([
      { ...one, hold: true },
      { ...one, submit: false },
      { parent: '1', command: null },
    ]);
    const offers = await node.take(3);
    for (const [index, offer] of offers.entries())
      await node.finish(offer, index === 0 ? 'succeeded' : 'failed');
    await lab.started(node);
    await node.offers(2);
    const numbers: Partial<Record<JobState, readonly string[]>> = {
      succeeded: ['1.1'],
      failed: ['1.2', '1.3'],
      running: ['1.4'],
      offered: ['1.5'],
      ready: ['1.6'],
      waiting: ['1.7', '1.9'],
      draft: ['1.8'],
    };
    for (const state of jobStates) {
      const expected = numbers[state] ?? [];
      const page = { states: [state], parent: '1', limit: 1 };
      assert.deepEqual((await pagesOf(lab, page)).flat(), expected, state);
      const back = (await pagesOf(lab, { ...page, newestFirst: true })).flat();
      assert.deepEqual(back, [...expected].reverse(), state);
    }
    const several = { states: ['failed', 'running', 'waiting'], parent: '1', limit: 2 } as const;
    assert.deepEqual(await pagesOf(lab, several), [['1.2', '1.3'], ['1.4', '1.7'], ['1.9']]);
  });

  when('paging goes on where it was while jobs come and change', async (lab) => {
    await lab.submitAll([{}, {}, {}, {}]);
    const first = await lab.storage.listJobs({ project, limit: 2 });
    const newest = await lab.storage.listJobs({ project, limit: 2, newestFirst: true });
    await lab.submit();
    await lab.act('cancel', '1');
    const rest = await lab.storage.listJobs({ project, limit: 9, after: first.next ?? '' });
    const older = await lab.storage.listJobs({
      project,
      limit: 9,
      newestFirst: true,
      after: newest.next ?? '',
    });
    assert.deepEqual(
      [...rest.items, ...older.items].map(({ number }) => number),
      ['3', '4', '5', '2', '1'],
    );
  });

  when('a list and the events after its place tell how things stand', async (lab) => {
    await lab.submitAll([{}, {}, {}]);
    const page = await lab.storage.listJobs({ project, limit: 9 });
    const known = new Map(page.items.map(({ number, state }) => [`${project}/${number}`, state]));
    await lab.act('cancel', '2');
    await lab.submit({ hold: true });
    await lab.act('hold', '1');
    const { items } = await lab.storage.listEvents({ after: page.asOf, limit: 100, project });
    assert.equal(items[0]?.sequence, page.asOf.sequence + 1);
    for (const { ref, state } of items.flatMap(({ jobs }) => jobs)) known.set(ref, state);
    const now = (await lab.list()).map(({ number, state }) => [`${project}/${number}`, state] as const);
    assert.deepEqual([...known], now);
  });

  when('a key that no list gave is refused', async (lab) => {
    await lab.submit();
    for (const after of ['no key!', 'nonsense'])
      await lab.refuses('cursor_invalid', () => lab.storage.listJobs({ project, limit: 1, after }));
  });

  when('the jobs of a project that does not exist are not listed', async (lab) => {
    await lab.refuses('project_unknown', () => lab.storage.listJobs({ project: 'no-such', limit: 1 }));
  });
}

async function pagesOf(lab: Lab, asked: Omit<ListJobs, 'project' | 'after'>): Promise<string[][]> {
  const pages: string[][] = [];
  let after: string | null = null;
  do {
    const page = await lab.storage.listJobs({ project, ...asked, ...(after === null ? {} : { after }) });
    assert.ok(pages.length < 50, 'pages come to an end');
    pages.push(page.items.map(({ number }) => number));
    after = page.next;
  } while (after !== null);
  return pages;
}
