/** What is said of jobs: rating, tags, named numbers, comments. */
import assert from 'node:assert/strict';
import type { AnnotationChanges } from '../../src/core/annotations/annotations.ts';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, placeOf, project } from './lab.ts';

export function annotations(harness: Harness): void {
  const when = casesFor(harness);

  const say = (lab: Lab, ref: string, annotations: AnnotationChanges, revision: number | null = null) =>
    lab.storage.editJob({ by: ada, place: placeOf(ref), revision, changes: { annotations } });

  when('a job is rated, tagged and given numbers, whether it has ended or not', async (lab) => {
    await lab.submitAll([{}, {}, { submit: false }]);
    const node = await lab.worker();
    await node.finish(await lab.started(node), 'failed');
    await lab.started(node);
    for (const ref of ['1', '2', '3']) {
      const before = await lab.job(ref);
      const events = await lab.eventsOf(() =>
        say(lab, ref, { rating: 'good', addTags: ['zn', 'apo', 'zn'], numbers: { Rfree: 0.25, n: -7 } }),
      );
      assert.deepEqual(
        events.map(({ type, jobs }) => [type, jobs]),
        [['jobs.changed', [{ ref: `toxd/${ref}`, state: before.state, revision: before.revision + 1 }]]],
      );
      const job = await lab.job(ref);
      const said = { rating: 'good', tags: ['apo', 'zn'], numbers: { Rfree: 0.25, n: -7 } };
      assert.deepEqual({ rating: job.rating, tags: job.tags, numbers: job.numbers }, said);
      assert.deepEqual({ ...job, ...said }, { ...before, ...said, revision: before.revision + 1 });
    }
    const listed = await lab.list();
    assert.deepEqual(
      listed.map(({ tags }) => tags.join()),
      ['apo,zn', 'apo,zn', 'apo,zn'],
    );
  });

  when('what is said again changes nothing', async (lab) => {
    await lab.submit();
    await say(lab, '1', { rating: 'bad', tags: ['a', 'b'], numbers: { x: 1 } });
    await lab.changesNothing(() =>
      say(lab, '1', { rating: 'bad', addTags: ['a'], removeTags: ['c'], numbers: { x: 1, y: null } }),
    );
    await lab.changesNothing(() => say(lab, '1', { tags: ['b', 'a', 'a'] }));
  });

  when('tags are replaced, removed and added; numbers are merged, and removed by null', async (lab) => {
    await lab.submit();
    await say(lab, '1', { tags: ['a', 'b', 'c'], numbers: { x: 1, y: 2 } });
    const one = await say(lab, '1', { addTags: ['d'], removeTags: ['a'], numbers: { x: null, z: 1e-300 } });
    assert.deepEqual([one.tags, one.numbers], [['b', 'c', 'd'], { y: 2, z: 1e-300 }]);
    const two = await say(lab, '1', { tags: ['e', 'f'], addTags: ['g'], removeTags: ['f'], rating: 'best' });
    assert.deepEqual([two.tags, two.numbers, two.rating], [['e', 'g'], { y: 2, z: 1e-300 }, 'best']);
    const three = await say(lab, '1', { tags: [], numbers: { y: 0.1, z: null }, rating: null });
    assert.deepEqual([three.tags, three.numbers, three.rating], [[], { y: 0.1 }, null]);
    assert.equal((await lab.job('1')).numbers.y, 0.1);
  });

  when('a number keeps every digit of a double', async (lab) => {
    await lab.submit();
    const numbers = { a: 0.1 + 0.2, b: Number.MAX_VALUE, c: 5e-324, d: -123456789.12345679, e: 2 ** 53 };
    await say(lab, '1', { numbers });
    assert.deepEqual((await lab.job('1')).numbers, numbers);
    const none = Object.fromEntries(Object.keys(numbers).map((name) => [name, null]));
    await say(lab, '1', { numbers: none });
    await say(lab, '1', { numbers });
    assert.deepEqual((await lab.job('1')).numbers, numbers);
  });

  when('tags may be of any script, and differ in case', async (lab) => {
    await lab.submit();
    const tags = ['Ångström', 'a b', 'apo', 'Apo', '結晶', "it's", '100%', '🧬'];
    await say(lab, '1', { tags });
    assert.deepEqual(
      (await lab.job('1')).tags,
      [...tags].sort((one, other) => (one < other ? -1 : 1)),
    );
  });

  when('a job has at most 100 tags and 200 numbers', async (lab) => {
    await lab.submit();
    const tags = Array.from({ length: 100 }, (_, index) => `t${index}`);
    const numbers = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`n${index}`, index]));
    await say(lab, '1', { tags, numbers });
    await lab.refuses('invalid_field', () => say(lab, '1', { addTags: ['one more'] }));
    await lab.refuses('invalid_field', () => say(lab, '1', { numbers: { more: 1 } }));
    await say(lab, '1', { addTags: ['one more'], removeTags: ['t0'], numbers: { more: 1, n0: null } });
    assert.equal((await lab.job('1')).tags.length, 100);
  });

  when('an edit of an older revision says nothing', async (lab) => {
    await lab.submit();
    const { revision } = await say(lab, '1', { rating: 'good' });
    await lab.refuses('revision_stale', () => say(lab, '1', { rating: 'bad' }, revision - 1));
  });

  when('what is said of a job stays when it ends and is tried again', async (lab) => {
    await lab.submit();
    const node = await lab.worker();
    const offer = await lab.started(node);
    await say(lab, '1', { tags: ['kept'], numbers: { x: 1 } });
    await node.finish(offer, 'failed');
    await lab.act('retry', '1');
    const job = await lab.job('1');
    assert.deepEqual([job.state, job.tags, job.numbers], ['ready', ['kept'], { x: 1 }]);
  });

  const comment = (lab: Lab, ref: string, text: string, principal = 'ada') =>
    lab.storage.addComment({ by: { principal }, place: placeOf(ref), text });
  const comments = async (lab: Lab, ref: string) =>
    (await lab.storage.listComments({ ...placeOf(ref), limit: 1000 })).items;

  when('comments are kept with author and time, oldest first', async (lab) => {
    await lab.submitAll([{}, {}]);
    const one = await comment(lab, '1', '*First*\n\n```\ncode\n```');
    lab.clock.advance(5);
    const events = await lab.eventsOf(() => comment(lab, '1', 'second', 'ben'));
    assert.deepEqual(
      events.map(({ type, actor, jobs }) => [type, actor, jobs[0]?.ref, jobs[0]?.revision]),
      [['jobs.changed', 'ben', 'toxd/1', 3]],
    );
    await comment(lab, '2', 'of another');
    const kept = await comments(lab, '1');
    assert.deepEqual(
      kept.map(({ id, ...rest }) => rest),
      [
        { author: 'ada', createdAt: lab.clock.now() - 5, editedAt: null, text: '*First*\n\n```\ncode\n```' },
        { author: 'ben', createdAt: lab.clock.now(), editedAt: null, text: 'second' },
      ],
    );
    assert.deepEqual(kept[0], one);
    const job = await lab.job('1');
    assert.deepEqual([job.comments, job.revision], [2, 3]);
    assert.deepEqual(
      (await lab.list()).map((each) => each.comments),
      [2, 1],
    );
  });

  when('a comment is edited and removed, of a job that has ended too', async (lab) => {
    await lab.submit();
    await lab.act('cancel', '1');
    const place = placeOf('1');
    const { id } = await comment(lab, '1', 'text');
    lab.clock.advance(7);
    const edited = await lab.storage.editComment({ by: ada, place, id, text: 'better' });
    assert.deepEqual([edited.text, edited.editedAt], ['better', lab.clock.now()]);
    assert.deepEqual(await lab.storage.getComment({ ...place, id }), edited);
    const before = await lab.job('1');
    await lab.storage.removeComment({ by: ada, place, id });
    const after = await lab.job('1');
    assert.deepEqual([after.comments, after.revision], [0, before.revision + 1]);
    assert.deepEqual(await comments(lab, '1'), []);
    await lab.refuses('comment_unknown', () => lab.storage.removeComment({ by: ada, place, id }));
    await lab.refuses('comment_unknown', () => lab.storage.editComment({ by: ada, place, id, text: 'x' }));
  });

  when('a comment is found only with its own job', async (lab) => {
    await lab.submitAll([{}, {}]);
    const { id } = await comment(lab, '1', 'text');
    await lab.refuses('comment_unknown', () => lab.storage.getComment({ ...placeOf('2'), id }));
    await lab.refuses('comment_unknown', () =>
      lab.storage.removeComment({ by: ada, place: placeOf('2'), id }),
    );
    await lab.refuses('job_unknown', () => comment(lab, '3', 'text'));
  });

  when('comments are listed by pages', async (lab) => {
    await lab.submit();
    for (const text of ['a', 'b', 'c']) await comment(lab, '1', text);
    const one = await lab.storage.listComments({ project, number: '1', limit: 2 });
    const two = await lab.storage.listComments({ project, number: '1', limit: 2, after: one.next ?? '' });
    assert.deepEqual([...one.items, ...two.items].map(({ text }) => text).join(''), 'abc');
    assert.equal(two.next, null);
  });

  when('a comment that comes twice under its key is kept once', async (lab) => {
    await lab.submit();
    const idempotency = { route: 'comments', key: 'k', digest: 'd' };
    const by = { principal: 'ada', idempotency };
    const post = () => lab.storage.addComment({ by, place: placeOf('1'), text: 'once' });
    assert.deepEqual(await post(), await post());
    assert.equal((await lab.job('1')).comments, 1);
  });

  const afterRestore = async (lab: Lab): Promise<void> => {
    await lab.submit();
    const before = await comment(lab, '1', 'before');
    await lab.storage.startIncarnation();
    const after = await comment(lab, '1', 'after');
    assert.ok(after.id > before.id + 1, 'those given since the backup are not given again');
  };
  when('ids of comments made after a restore are new', afterRestore, { trimmed: true });
}
