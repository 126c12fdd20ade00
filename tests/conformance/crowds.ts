/** Parents with more children than one act takes. */
import assert from 'node:assert/strict';
import type { JobRecord } from '../../src/core/jobs/job.ts';
import type { JobRequest } from '../../src/core/jobs/specify.ts';
import { oldestFirst } from '../../src/core/select/sort.ts';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, placeOf, project } from './lab.ts';
import { held } from './lab-worker.ts';
import { criterion } from './select-lab.ts';

/** One act takes a thousand. */
const many = 1_010;

export function crowds(harness: Harness): void {
  const when = casesFor(harness);

  when('a parent with very many children is cancelled with all of them', async (lab) => {
    await lab.submit({ command: null });
    const node = await lab.worker();
    await children(lab, '1', [{ onLost: 'ask' }]);
    const offer = await lab.started(node);
    await children(lab, '1', [{ command: null }, { hold: true }, { submit: false }]);
    await children(
      lab,
      '1',
      Array.from({ length: many }, (_, index) => ({
        after: [{ job: index === 0 ? 'toxd/1.1' : index - 1 }],
      })),
    );
    await children(
      lab,
      '1.2',
      Array.from({ length: many }, () => ({})),
    );
    const events = await lab.eventsOf(async () => {
      const [parent] = await lab.act('cancel', '1');
      assert.deepEqual([parent?.state, parent?.cancelRequestedAt], ['running', lab.clock.now()]);
    });
    assert.deepEqual(await tally(lab), {
      running: 2,
      'cancelled/requested': 2 * many + 2,
      'cancelled/children_cancelled': 1,
    });
    assert.notEqual((await lab.job('1.1')).cancelRequestedAt, null);
    const ended = events
      .filter(({ type }) => type === 'jobs.ended')
      .flatMap(({ jobs }) => jobs.map(({ ref }) => ref));
    assert.equal(ended.length, 2 * many + 3);
    assert.equal(new Set(ended).size, ended.length, 'each ended once');
    assert.deepEqual(await node.offers(9), []);
    assert.deepEqual((await node.claim(0, [held(offer, 'running')])).cancel, [offer.attempt]);
    await node.finish(offer, 'cancelled');
    assert.equal(await lab.state('1'), 'cancelled/children_cancelled');
  });

  when('such a parent may have ended children; a draft is cancelled like any other', async (lab) => {
    const node = await lab.worker();
    await lab.submitAll([{ command: null }, { command: null, submit: false }]);
    await children(lab, '1', [{}]);
    await node.finish(await lab.started(node), 'succeeded');
    for (const parent of ['1', '2'])
      await children(
        lab,
        parent,
        Array.from({ length: many }, () => ({})),
      );
    const [ran, drafted] = await lab.act('cancel', '1', '2');
    assert.deepEqual([ran?.state, drafted?.state, drafted?.reason], ['succeeded', 'cancelled', 'requested']);
    assert.deepEqual(await tally(lab), { succeeded: 2, 'cancelled/requested': 2 * many + 1 });
  });

  when('where one of several cannot be cancelled, no child of the others is', async (lab) => {
    const node = await lab.worker();
    await lab.submitAll([{ command: null }, {}]);
    await node.finish(await lab.started(node), 'succeeded');
    await children(
      lab,
      '1',
      Array.from({ length: many }, () => ({})),
    );
    const before = await lab.events();
    for (const other of ['2', '99']) await assert.rejects(lab.act('cancel', '1', other));
    assert.deepEqual(await lab.events(), before);
  });

  when('a cancellation that comes again under its key, after a retry, cancels nothing', async (lab) => {
    await lab.submit({ command: null });
    await children(
      lab,
      '1',
      Array.from({ length: many }, () => ({})),
    );
    const by = { principal: 'ada', idempotency: { route: 'cancel', key: 'k', digest: 'd' } };
    const cancel = () => lab.storage.moveJobs({ by: { ...by }, places: [placeOf('1')], act: 'cancel' });
    const first = await cancel();
    for (let from = 1; from <= many; from += 500)
      await lab.act(
        'retry',
        ...Array.from({ length: Math.min(500, many - from + 1) }, (_, index) => `1.${from + index}`),
      );
    const before = await lab.events();
    assert.deepEqual(await cancel(), JSON.parse(JSON.stringify(first)));
    assert.deepEqual(await lab.events(), before);
    assert.deepEqual(await tally(lab), { running: 1, ready: many });
  });

  when('of selected parents with very many children, those that may be are cancelled', async (lab) => {
    const parents = [
      await lab.submit({ command: null, title: 'mine' }),
      await lab.submit({ command: null, title: 'other' }),
      await lab.submit({ command: null, title: 'mine' }, { owner: 'bob' }),
    ];
    for (const { number } of parents)
      await children(
        lab,
        number,
        Array.from({ length: many }, () => ({})),
      );
    const { items } = await lab.storage.actOnSelected({
      ...{ by: ada, project, trash: false, owner: 'ada', act: { move: 'cancel' }, next: null },
      criterion: criterion('mine', lab.clock.now()),
      jobs: parents.map(({ id }) => id),
    });
    assert.deepEqual(
      items.map(({ ref, done, code }) => [ref, done, code]),
      [
        ['toxd/1', true, null],
        ['toxd/3', false, 'forbidden'],
      ],
    );
    assert.deepEqual(await tally(lab), {
      ...{ 'cancelled/children_cancelled': 1, 'cancelled/requested': many, running: 2, ready: 2 * many },
    });
  });

  when('a parent with very many children goes to the trash and back with all of them', async (lab) => {
    await lab.submit({ command: null });
    await children(
      lab,
      '1',
      Array.from({ length: many }, () => ({ hold: true })),
    );
    await lab.act('cancel', '1');
    await lab.act('trash', '1.7');
    lab.clock.advance(1);
    await lab.act('trash', '1');
    const trashed = await all(lab, true);
    assert.equal(trashed.length, many + 1);
    assert.equal(trashed.filter(({ trashedAt }) => trashedAt === lab.clock.now()).length, many);
    assert.deepEqual(await tally(lab), {});
    assert.deepEqual(await lab.storage.countJobs({ project }), {});
    const [parent] = await lab.act('restore', '1');
    assert.deepEqual(
      [parent?.trashedAt, parent?.revision],
      [null, (trashed.find(({ number }) => number === '1')?.revision ?? 0) + 1],
    );
    assert.deepEqual(await lab.storage.countJobs({ project }), { cancelled: many });
    assert.deepEqual(
      (await all(lab, true)).map(({ number }) => number),
      ['1.7'],
    );
  });
}

async function children(lab: Lab, parent: string, requests: readonly JobRequest[]): Promise<void> {
  await lab.submitAll(requests.map((request) => ({ ...request, parent })));
}

async function all(lab: Lab, trash = false): Promise<readonly JobRecord[]> {
  const jobs: JobRecord[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await lab.storage.selectJobs({
      ...{ project, criterion: criterion('', 0), trash, sort: oldestFirst, limit: 1_000 },
      ...(after === undefined ? {} : { after }),
    });
    jobs.push(...page.items);
    after = page.next;
  }
  return jobs;
}

/** How many jobs are in which state, with its reason. */
async function tally(lab: Lab): Promise<Record<string, number>> {
  const groups = Map.groupBy(await all(lab), ({ state, reason }) =>
    reason === null ? state : `${state}/${reason}`,
  );
  return Object.fromEntries([...groups].map(([state, jobs]) => [state, jobs.length]));
}
