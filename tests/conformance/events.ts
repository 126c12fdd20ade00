import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, placeOf, project } from './lab.ts';
import { LabRecorder } from './lab-recorder.ts';

const day = 86_400_000;

export function events(harness: Harness): void {
  const when = casesFor(harness);

  when('the events of a job’s life are told in order', async (lab) => {
    const node = await lab.worker();
    const told = await lab.eventsOf(async () => {
      await lab.submit({ hold: true });
      await lab.act('release', '1');
      await node.finish(await lab.started(node), 'succeeded');
      await lab.act('trash', '1');
    });
    assert.deepEqual(
      told.map(({ type, jobs }) => [type, jobs[0]?.ref, jobs[0]?.state, jobs[0]?.revision]),
      [
        ['jobs.created', 'toxd/1', 'waiting', 1],
        ['jobs.changed', 'toxd/1', 'ready', 2],
        ['jobs.offered', 'toxd/1', 'offered', 3],
        ['jobs.started', 'toxd/1', 'running', 4],
        ['jobs.ended', 'toxd/1', 'succeeded', 5],
        ['jobs.trashed', 'toxd/1', 'succeeded', 6],
      ],
    );
  });

  when(
    'a list and the events after its place are the list taken later, whatever is in the trash',
    async (lab) => {
      const node = await lab.worker();
      const recorder = new LabRecorder(lab);
      const run = await recorder.record({ project });
      await lab.submitAll([{ onLost: 'fail' }, {}, {}, {}]);
      const offer = await lab.started(node);
      await recorder.finish(run);
      await node.finish(offer, 'failed');
      await lab.act('trash', '1', '2', '3');
      const listed = async () => {
        const page = await lab.storage.listJobs({ project, limit: 1_000 });
        const moved = page.items.map(({ number, state, revision }) => ({
          ref: `${project}/${number}`,
          state,
          revision,
        }));
        return { asOf: page.asOf, jobs: new Map(moved.map((job) => [job.ref, job])) };
      };
      const { asOf, jobs } = await listed();
      const comment = { by: ada, place: placeOf('1'), text: 'of one in the trash' };
      const { id } = await lab.storage.addComment(comment);
      await lab.storage.editComment({ ...comment, id, text: 'edited' });
      await lab.storage.removeComment({ by: ada, place: placeOf('1'), id });
      await lab.storage.editJob({
        by: ada,
        place: placeOf('2'),
        revision: null,
        changes: { title: 'edited' },
      });
      await recorder.finish(run, { outcome: 'failed' });
      await node.finish(offer, 'succeeded');
      await lab.act('trash', '4');
      await lab.act('restore', '3');
      await lab.storage.purgeJobs({ by: ada, places: [placeOf('4')], force: false });
      const { items } = await lab.storage.listEvents({ after: asOf, limit: 100, project });
      assert.deepEqual(
        items.map(({ type, jobs: [moved] }) => [type, moved?.ref.slice(5), moved?.trashed]),
        [
          ...Array.from({ length: 3 }, () => ['jobs.changed', '1', true]),
          ['jobs.changed', '2', true],
          ['report.late', '1', true],
          ['report.late', '2', true],
          ['jobs.ended', '4', undefined],
          ['jobs.trashed', '4', true],
          ['jobs.restored', '3', undefined],
          ['jobs.purged', '4', true],
        ],
      );
      for (const { trashed, ...job } of items.flatMap((event) => event.jobs))
        if (trashed) jobs.delete(job.ref);
        else jobs.set(job.ref, job);
      assert.deepEqual([...jobs.values()].sort(byRef), [...(await listed()).jobs.values()].sort(byRef));
    },
  );

  when('one act gives one event for each type and project', async (lab) => {
    await lab.createProject('other');
    await lab.submitAll([{}, {}]);
    await lab.submit({}, { project: 'other' });
    const node = await lab.worker();
    const told = await lab.eventsOf(() => node.offers(3));
    assert.deepEqual(
      told.map(({ type, project: of, actor, jobs }) => [type, of, actor, jobs.map(({ ref }) => ref)]),
      [
        ['jobs.offered', project, 'ada', ['toxd/1', 'toxd/2']],
        ['jobs.offered', 'other', 'ada', ['other/1']],
      ],
    );
  });

  when('a page of events leads on to the next, whatever its size', async (lab) => {
    for (let times = 0; times < 5; times++) await lab.submit();
    const all = await pages(lab, 100);
    for (const limit of [1, 2, 3]) assert.deepEqual(await pages(lab, limit), all);
    assert.deepEqual(
      all,
      Array.from({ length: (await lab.storage.status()).lastEvent }, (_, index) => index + 1),
    );
  });

  when('events can be narrowed to a project, without missing any', async (lab) => {
    await lab.createProject('other');
    for (let times = 0; times < 4; times++) {
      await lab.submit();
      await lab.submit({}, { project: 'other' });
    }
    await lab.act('cancel', '2', '3');
    const narrowed = async (project: string) => {
      const { incarnation, lastEvent } = await lab.storage.status();
      const refs: string[] = [];
      for (let after = { incarnation, sequence: 0 }; after.sequence < lastEvent; ) {
        const page = await lab.storage.listEvents({ after, limit: 2, project });
        assert.ok(page.upTo > after.sequence, 'also a page without a match leads on');
        refs.push(...page.items.flatMap(({ jobs }) => jobs.map(({ ref }) => ref)));
        after = { incarnation, sequence: page.upTo };
      }
      return refs;
    };
    assert.deepEqual(await narrowed('other'), ['other/1', 'other/2', 'other/3', 'other/4']);
    assert.deepEqual(await narrowed('toxd'), ['toxd/1', 'toxd/2', 'toxd/3', 'toxd/4', 'toxd/2', 'toxd/3']);
  });

  when('nothing after the last event: the place to go on from stays', async (lab) => {
    const { incarnation, lastEvent } = await lab.storage.status();
    const after = { incarnation, sequence: lastEvent };
    const page = await lab.storage.listEvents({ after, limit: 10, project: null });
    assert.deepEqual(page, { items: [], incarnation, upTo: lastEvent, last: lastEvent });
  });

  when('a place behind the last event is not one that was given', async (lab) => {
    const { incarnation, lastEvent } = await lab.storage.status();
    const after = { incarnation, sequence: lastEvent + 1 };
    await lab.refuses('cursor_invalid', () => lab.storage.listEvents({ after, limit: 10, project: null }));
  });

  when('a place of another incarnation is gone', async (lab) => {
    await lab.refuses('cursor_gone', () =>
      lab.storage.listEvents({ after: { incarnation: 'another', sequence: 1 }, limit: 10, project: null }),
    );
  });

  when(
    'events are kept for ninety days; a place before them is gone',
    async (lab) => {
      const { incarnation } = await lab.storage.status();
      const from = (sequence: number) =>
        lab.storage.listEvents({ after: { incarnation, sequence }, limit: 100, project: null });
      await lab.submit();
      const old = (await lab.storage.status()).lastEvent;
      lab.clock.advance(89 * day);
      await lab.submit();
      await lab.storage.sweep();
      assert.equal((await from(0)).items[0]?.sequence, 1);
      lab.clock.advance(2 * day);
      await lab.storage.sweep();
      await lab.refuses('cursor_gone', () => from(0));
      await lab.refuses('cursor_gone', () => from(old - 1));
      const kept = await from(old);
      assert.deepEqual(
        kept.items.map(({ sequence, type }) => [sequence, type]),
        [[old + 1, 'jobs.created']],
      );
      const oldest = await lab.storage.listEvents({ after: null, limit: 100, project: null });
      assert.equal(oldest.items[0]?.sequence, old + 1, 'without a place: from the oldest kept');
      await lab.submit();
      assert.equal((await lab.storage.status()).lastEvent, old + 2, 'numbers go on');
    },
    { trimmed: true },
  );

  when('whoever listens is told of events and of jobs to be had', async (lab) => {
    const node = await lab.worker();
    const hints: { ready: boolean; event: boolean }[] = [];
    const stop = lab.storage.onHint(({ ready, event }) => hints.push({ ready: ready !== null, event }));
    await lab.submit({ hold: true });
    assert.equal(
      hints.some(({ event }) => event),
      true,
    );
    assert.equal(
      hints.some(({ ready }) => ready),
      false,
    );
    await lab.act('release', '1');
    assert.equal(
      hints.some(({ ready }) => ready),
      true,
    );
    stop();
    stop();
    const heard = hints.length;
    await lab.submit();
    await node.offers(1);
    assert.equal(hints.length, heard);
  });

  when('a job that somebody’s end made ready is hinted at', async (lab) => {
    await lab.submitAll([{}, { after: [{ job: 0 }] }]);
    const node = await lab.worker();
    const offer = await lab.started(node);
    let ready = false;
    const stop = lab.storage.onHint((hint) => {
      ready ||= hint.ready !== null;
    });
    await node.finish(offer, 'succeeded');
    stop();
    assert.equal(ready, true);
  });

  when('acts at the same time are all told, one after the other', async (lab) => {
    await Promise.all(Array.from({ length: 30 }, (_, index) => lab.submit({ title: String(index) })));
    const jobs = await lab.list();
    assert.equal(jobs.length, 30);
    assert.equal(new Set(jobs.map(({ number }) => number)).size, 30);
    const created = (await lab.events()).filter(({ type }) => type === 'jobs.created');
    assert.equal(created.length, 30);
  });
}

function byRef(one: { readonly ref: string }, other: { readonly ref: string }): number {
  return one.ref.localeCompare(other.ref);
}

/** The numbers of all events, read in pages of this size. */
async function pages(lab: Lab, limit: number): Promise<readonly number[]> {
  const { incarnation, lastEvent } = await lab.storage.status();
  const numbers: number[] = [];
  for (let sequence = 0; sequence < lastEvent; ) {
    const page = await lab.storage.listEvents({ after: { incarnation, sequence }, limit, project: null });
    assert.ok(page.items.length <= limit && page.upTo > sequence);
    numbers.push(...page.items.map((event) => event.sequence));
    sequence = page.upTo;
  }
  return numbers;
}
