/** Acts on all jobs that are selected. */
import assert from 'node:assert/strict';
import type { SelectedAct } from '../../src/ports/records/select.ts';
import type { Actor } from '../../src/ports/storage.ts';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, project } from './lab.ts';
import { ask, criterion, furnish } from './select-lab.ts';

export function selectActs(harness: Harness): void {
  const when = casesFor(harness);

  const on = async (
    lab: Lab,
    text: string,
    act: SelectedAct,
    more: { jobs?: string[]; owner?: string; by?: Actor; trash?: boolean } = {},
  ) => {
    const jobs = await Promise.all(
      (more.jobs ?? (await ask(lab, text, { trash: more.trash ?? false }))).map((ref) => lab.job(ref)),
    );
    const { items, next } = await lab.storage.actOnSelected({
      by: more.by ?? ada,
      project,
      criterion: criterion(text, lab.clock.now()),
      trash: more.trash ?? false,
      jobs: jobs.map(({ id }) => id),
      owner: more.owner ?? null,
      act,
      next: 'where to go on',
    });
    assert.equal(next, 'where to go on');
    return items.map(({ ref, done, code }) => `${ref} ${done ? 'done' : code}`);
  };

  when(
    'an act on what is selected is done or refused for each job by itself, and is one act',
    async (lab) => {
      await furnish(lab);
      const before = await lab.job('1');
      let report: string[] = [];
      const events = await lab.eventsOf(async () => {
        report = await on(lab, 'task:refine or parent:none', { move: 'cancel' });
      });
      assert.deepEqual(report, [
        'toxd/1 state_conflict',
        'toxd/2 state_conflict',
        'toxd/3 done',
        'toxd/4 done',
        'toxd/5 done',
        'toxd/6 done',
      ]);
      assert.deepEqual(await lab.job('1'), before);
      assert.deepEqual(await lab.states('3', '4', '6'), [
        'cancelled/requested',
        'cancelled/children_cancelled',
        'cancelled/requested',
      ]);
      assert.notEqual((await lab.job('5')).cancelRequestedAt, null);
      assert.deepEqual(
        events.map(({ type, jobs }) => [type, jobs.length]),
        [
          ['jobs.ended', 4],
          ['jobs.changed', 1],
        ],
      );
      assert.deepEqual(await on(lab, 'state:failed,succeeded', { move: 'retry' }), [
        'toxd/1 state_conflict',
        'toxd/2 done',
      ]);
    },
  );

  when('what is selected is changed', async (lab) => {
    await furnish(lab);
    const changes = { priority: -5, annotations: { addTags: ['old'], removeTags: ['native'] } };
    assert.deepEqual(await on(lab, 'tag:native', { changes }), ['toxd/1 done', 'toxd/3 done']);
    assert.deepEqual(await ask(lab, 'tag:old priority:-5'), ['1', '3']);
    assert.deepEqual(await ask(lab, 'tag:native'), []);
  });

  when('an act on what is selected leaves out what is not selected any more', async (lab) => {
    await furnish(lab);
    const jobs = ['3', '4.1', '6'];
    assert.deepEqual(await on(lab, 'state:ready', { move: 'hold' }, { jobs }), [
      'toxd/4.1 done',
      'toxd/6 done',
    ]);
    assert.deepEqual(await lab.changesNothing(() => on(lab, 'state:ready', { move: 'hold' }, { jobs })), []);
  });

  when('an act on what is selected may be kept to the jobs of one owner', async (lab) => {
    await furnish(lab);
    assert.deepEqual(await on(lab, 'state:ready', { move: 'cancel' }, { owner: 'bob' }), [
      'toxd/4.1 forbidden',
      'toxd/6 done',
    ]);
    assert.equal(await lab.state('4.1'), 'ready');
  });

  when('an act on what is selected is not repeated under its key', async (lab) => {
    await furnish(lab);
    const idempotency = { route: 'bulk', key: 'k', digest: 'd' };
    const by = { principal: 'ada', idempotency };
    const first = await on(lab, 'state:ready', { move: 'hold' }, { by });
    assert.deepEqual(first, ['toxd/4.1 done', 'toxd/6 done']);
    assert.deepEqual(
      await lab.changesNothing(() => on(lab, 'state:ready', { move: 'hold' }, { by, jobs: [] })),
      first,
    );
  });

  when('what is selected is thrown away and taken back, children with their parents', async (lab) => {
    await furnish(lab);
    assert.deepEqual(await on(lab, 'owner:bob or parent:4', { move: 'trash' }), [
      'toxd/4.1 done',
      'toxd/6 done',
    ]);
    assert.deepEqual(await on(lab, 'not state:running', { move: 'trash' }), [
      'toxd/1 done',
      'toxd/2 done',
      'toxd/3 done',
      'toxd/4 done',
    ]);
    assert.deepEqual(await ask(lab, ''), ['5']);
    await on(lab, 'created>=1970', { move: 'restore' }, { trash: true });
    assert.deepEqual(await ask(lab, ''), ['1', '2', '3', '4', '4.1', '5', '6', '7']);
    assert.deepEqual(await ask(lab, '', { trash: true }), []);
  });
}
