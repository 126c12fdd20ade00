/** Results that rest on what has been made again since, and how a result was obtained. */
import assert from 'node:assert/strict';
import type { FileMention } from '../../src/core/jobs/job.ts';
import type { StaleJob } from '../../src/ports/records/provenance.ts';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, placeOf, project } from './lab.ts';
import { LabRecorder } from './lab-recorder.ts';
import { Lines } from './ties.ts';

const digestOf = (letter: string): string => letter.repeat(64);
const file = (path: string, letter: string): FileMention => ({ path, sha256: digestOf(letter) });

export function stale(harness: Harness): void {
  const when = casesFor(harness);

  when('a result is stale when an input was made again with other content', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], [file('x', 'a')]);
    await lines.run([file('x', 'a')], [file('y', 'b')]);
    assert.deepEqual(await staleOf(lab), []);
    await lines.run([], [file('x', 'c')]);
    const was = { ref: 'toxd/1', sha256: digestOf('a') };
    const now = { ref: 'toxd/3', sha256: digestOf('c') };
    assert.deepEqual(await staleOf(lab), [{ ref: 'toxd/2', because: [{ path: '/data/toxd/x', was, now }] }]);
  });

  when('what was made again with the same content makes nothing stale', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], [file('x', 'a')]);
    await lines.run([file('x', 'a')], ['y']);
    await lines.run([], [file('x', 'a')]);
    assert.deepEqual(await staleOf(lab), []);
  });

  when('without a digest, what was made again counts as other content', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], ['x']);
    await lines.run(['x'], ['y']);
    await lines.run([], ['x']);
    assert.deepEqual(refsOf(await staleOf(lab)), ['toxd/2']);
  });

  when('what rests on a stale result is stale too', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], ['a']);
    await lines.run(['a'], ['b']);
    await lines.run(['b'], ['c']);
    await lines.run(['c', 'beside'], ['d']);
    await lines.run(['beside'], ['e']);
    await lines.run([], ['a']);
    const found = await staleOf(lab);
    assert.deepEqual(refsOf(found), ['toxd/2', 'toxd/3', 'toxd/4']);
    assert.deepEqual(found[2]?.because, [
      { path: '/data/toxd/c', was: { ref: 'toxd/3', sha256: null }, now: null },
    ]);
  });

  when(
    'a result whose input was made again from what is new, with the same content, is not stale',
    async (lab) => {
      const lines = new Lines(lab);
      await lines.run([], [file('a', 'a')]);
      await lines.run([file('a', 'a')], [file('b', 'b')]);
      await lines.run([file('b', 'b')], ['c']);
      await lines.run([], [file('a', 'd')]);
      assert.deepEqual(refsOf(await staleOf(lab)), ['toxd/2', 'toxd/3']);
      await lines.run([file('a', 'd')], [file('b', 'b')]);
      assert.deepEqual(await staleOf(lab), []);
      await lines.run([], [file('a', 'e')]);
      const found = await staleOf(lab);
      assert.deepEqual(refsOf(found), ['toxd/3', 'toxd/5']);
      const was = { ref: 'toxd/5', sha256: digestOf('b') };
      assert.deepEqual(found[0]?.because, [{ path: '/data/toxd/b', was, now: null }]);
    },
  );

  when(
    'inputs that were made again with the same content in a circle are judged all the same',
    async (lab) => {
      const lines = new Lines(lab);
      await lines.run([], [file('x', 'a'), file('y', 'b')]);
      await lines.run([file('x', 'a')], [file('y', 'b')]);
      await lines.run([file('y', 'b')], [file('x', 'a')]);
      await lines.run([file('x', 'a'), 'new'], ['z']);
      assert.deepEqual(await staleOf(lab), []);
    },
  );

  when('a result that was made again is stale no more', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], ['a']);
    await lines.run(['a'], ['b']);
    await lines.run(['b'], ['c']);
    await lines.run([], ['a']);
    await lines.run(['a'], ['b']);
    const found = await staleOf(lab);
    assert.deepEqual(refsOf(found), ['toxd/3']);
    assert.deepEqual(found[0]?.because[0]?.now?.ref, 'toxd/5');
    await lines.run(['b'], ['c']);
    assert.deepEqual(await staleOf(lab), []);
  });

  when('what is rewritten in place, by a job or by those who rest on it, makes it not stale', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], ['x']);
    await lines.run(['x'], ['x', 'log']);
    await lines.run(['x'], ['x']);
    assert.deepEqual(await staleOf(lab), []);
    await lines.run([], ['x']);
    assert.deepEqual(refsOf(await staleOf(lab)), ['toxd/2']);
  });

  when('a stale result that a stale one has rewritten in place is to be made anew before it', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], [file('raw', 'a')]);
    await lines.run([file('raw', 'a')], [file('x', 'b')]);
    await lines.run([file('x', 'b')], [file('x', 'c')]);
    await lines.run([file('x', 'c')], [file('x', 'd'), 'log']);
    await lines.run([], [file('raw', 'e')]);
    const found = await staleOf(lab);
    assert.deepEqual(refsOf(found), ['toxd/2', 'toxd/3', 'toxd/4']);
    const named = found.flatMap(({ because }) => because.flatMap(({ was, now }) => (now ? [] : [was.ref])));
    assert.deepEqual(named, ['toxd/2', 'toxd/3']);
    assert.deepEqual(await staleOf(lab, 1), found);
    await lines.run([file('raw', 'e')], [file('x', 'f')]);
    await lines.run([file('x', 'f')], [file('x', '0')]);
    assert.deepEqual(refsOf(await staleOf(lab)), ['toxd/4']);
    await lines.run([file('x', '0')], [file('x', '1'), 'log']);
    assert.deepEqual(await staleOf(lab), []);
  });

  when('of what is rewritten in place in the trash nothing is made anew', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], ['raw']);
    await lines.run(['raw'], ['x']);
    const trashed = await lines.run(['x'], ['x', 'y']);
    await lines.run([], ['raw']);
    assert.deepEqual(refsOf(await staleOf(lab)), ['toxd/2', 'toxd/3']);
    await lab.act('trash', trashed);
    assert.deepEqual(await staleOf(lab), []);
  });

  when('what is stale is told by the paths of now', async (lab) => {
    const lines = new Lines(lab);
    await lab.storage.updateProject({ by: ada, name: project, revision: null, directory: '/data/toxd' });
    for (const inputs of [[], ['x'], []]) await lines.run(inputs, [inputs.length === 0 ? 'x' : 'y']);
    await lab.storage.updateProject({ by: ada, name: project, revision: null, directory: '/new/toxd' });
    const [found] = await staleOf(lab);
    assert.deepEqual(
      found?.because.map(({ path }) => path),
      ['/new/toxd/x'],
    );
  });

  when('jobs without results, in the trash, or without recorded inputs are not stale', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], ['x']);
    await lines.run(['x'], []);
    const trashed = await lines.run(['x'], ['y']);
    await lines.run(['raw'], ['z']);
    await lines.run([], ['x']);
    assert.deepEqual(refsOf(await staleOf(lab)), [trashed]);
    await lab.act('trash', trashed);
    assert.deepEqual(await staleOf(lab), []);
  });

  when('stale results are listed page by page', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], ['x']);
    for (let index = 0; index < 7; index++) await lines.run(['x'], [`y${index}`]);
    await lines.run([], ['x']);
    assert.deepEqual(refsOf(await staleOf(lab, 2)), refsOf(await staleOf(lab, 1_000)));
    assert.equal((await staleOf(lab, 3)).length, 7);
    await lab.refuses('project_unknown', () => lab.storage.listStale({ project: 'none', limit: 9 }));
  });

  when('the steps of a result are all that it rests on, with what each ran', async (lab) => {
    const recorder = new LabRecorder(lab);
    const lines = new Lines(lab);
    const first = await recorder.record({
      ...{ project, command: ['/opt/aimless', 'in'], version: '0.7', task: 'scale', key: recorder.key(901) },
      ...{ parameters: { resolution: 2, cell: [1, 2] }, executable: { path: '/opt/aimless', sha256: null } },
    });
    lab.clock.advance(1_000);
    await recorder.finish(first, { outputs: ['a'] });
    await lines.run([], ['beside']);
    const last = await lines.run(['a'], ['b']);
    const { steps, ties, complete } = await lab.storage.listSteps({
      ...{ of: placeOf(last), limit: 10, only: null },
    });
    assert.equal(complete, true);
    assert.deepEqual(
      ties.map(({ from, to }) => [from, to]),
      [['toxd/1', 'toxd/3']],
    );
    assert.deepEqual(steps, [
      {
        ...{ ref: 'toxd/1', title: null, task: 'scale', command: ['/opt/aimless', 'in'] },
        ...{ parameters: { resolution: 2, cell: [1, 2] }, executable: '/opt/aimless', version: '0.7' },
        ...{ asked: null, state: 'succeeded', databases: [] },
      },
      {
        ...{ ref: 'toxd/3', title: null, task: null, command: ['true'], parameters: null },
        ...{ executable: null, version: null, asked: null, state: 'succeeded', databases: [] },
      },
    ]);
  });
}

function refsOf(found: readonly StaleJob[]): readonly string[] {
  return found.map(({ ref }) => ref);
}

async function staleOf(lab: Lab, limit = 100): Promise<readonly StaleJob[]> {
  const found: StaleJob[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const page = await lab.storage.listStale({ project, limit, ...(after === '' ? {} : { after }) });
    found.push(...page.items);
    after = page.next;
  }
  return found;
}
