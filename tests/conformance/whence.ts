/** Who made a file, from what, and who speaks of it. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { ada, casesFor, project } from './lab.ts';
import { edgesOf, type OriginRequest, originOf, sightings, trace } from './provenance-lab.ts';
import { Lines } from './ties.ts';

const digestOf = (letter: string): string => letter.repeat(64);

export function whence(harness: Harness): void {
  const when = casesFor(harness);

  when(
    'an output that was declared is mentioned once when it was written, else as it was declared',
    async (lab) => {
      const node = await lab.worker();
      const declared = ['x', { path: 'y', sha256: digestOf('b') }, 'z'];
      await lab.submit({ directory: '/data/toxd', outputs: declared });
      const attempts = async (key: Parameters<typeof sightings>[1]) =>
        (await sightings(lab, key)).map(({ attempt }) => attempt);
      assert.deepEqual(await attempts({ path: '/data/toxd/x' }), [null]);
      await node.finish(await lab.started(node), 'succeeded', {
        outputs: [
          { path: '/data/toxd/x', sha256: digestOf('a') },
          { path: '/data/toxd/y', sha256: digestOf('a') },
        ],
      });
      assert.deepEqual(await attempts({ path: '/data/toxd/x' }), [1]);
      assert.deepEqual(await attempts({ path: '/data/toxd/y' }), [1]);
      assert.deepEqual(await attempts({ path: '/data/toxd/z' }), [null]);
      assert.deepEqual(await attempts({ sha256: digestOf('b') }), [null]);
      assert.deepEqual(await attempts({ sha256: digestOf('a') }), [1, 1]);
    },
  );

  when('mentions of a file are listed newest first, by path and by digest', async (lab) => {
    const lines = new Lines(lab);
    const x = { path: 'x', size: 1, sha256: digestOf('a') };
    await lines.run([], [x]);
    const madeAt = lab.clock.now();
    await lines.run([{ ...x, path: '/data/toxd/./x' }], [{ ...x, path: 'copy' }]);
    await lab.submit({ directory: '/data/toxd', inputs: ['x'] });
    const all = await sightings(lab, { path: '/data/toxd/x' });
    assert.deepEqual(
      all.map(({ ref, role, path }) => [ref, role, path]),
      [
        ['toxd/3', 'input', '/data/toxd/x'],
        ['toxd/2', 'input', '/data/toxd/x'],
        ['toxd/1', 'output', '/data/toxd/x'],
      ],
    );
    assert.deepEqual(all.at(-1), {
      ...{ ref: 'toxd/1', attempt: 1, role: 'output', path: '/data/toxd/x', size: 1, sha256: digestOf('a') },
      ...{ kind: null, at: madeAt, state: 'succeeded' },
    });
    const byContent = await sightings(lab, { sha256: digestOf('a') });
    assert.deepEqual(
      byContent.map(({ ref, role }) => `${ref} ${role}`),
      ['toxd/2 output', 'toxd/2 input', 'toxd/1 output'],
    );
    const outputs = await sightings(lab, { sha256: digestOf('a') }, { role: 'output' });
    assert.deepEqual(
      outputs.map(({ path }) => path),
      ['/data/toxd/copy', '/data/toxd/x'],
    );
    assert.deepEqual(await sightings(lab, { path: '/data/toxd/x' }, { only: [] }), []);
  });

  when(
    'a file is whence its last maker was, with what that read and where else its content is',
    async (lab) => {
      const lines = new Lines(lab);
      const raw = { path: 'raw', size: 9, sha256: digestOf('c') };
      await lines.run([], [raw]);
      await lines.run(
        [raw, { path: '/ext/keys', note: 'changed while it was read' }],
        [{ path: 'x', size: 1, sha256: digestOf('a') }],
      );
      const finishedAt = lab.clock.now();
      await lines.run([], [{ path: 'copy', sha256: digestOf('a') }]);
      const origin = await originOf(lab, '/data/toxd/x');
      const made = { ref: 'toxd/2', attempt: 1, finishedAt, host: 'node07', path: '/data/toxd/x' };
      assert.deepEqual(origin.madeBy, { ...made, size: 1, sha256: digestOf('a') });
      assert.deepEqual(
        origin.sameContent.map(({ ref, path }) => [ref, path]),
        [['toxd/3', '/data/toxd/copy']],
      );
      const tie = { ref: 'toxd/1', attempt: 1, by: 'path', cyclic: false, provisional: false };
      const nothing = { size: null, sha256: null, kind: null, note: null, madeBy: null, source: null };
      const source = { path: '/data/toxd/raw', sha256: digestOf('c') };
      assert.deepEqual(origin.inputs, [
        { ...nothing, ...raw, path: '/data/toxd/raw', madeBy: tie, source },
        { ...nothing, path: '/ext/keys', note: 'changed while it was read' },
      ]);
      const changed = await originOf(lab, '/data/toxd/x', { sha256: digestOf('c') });
      assert.deepEqual([changed.madeBy, changed.sameContent[0]?.ref], [origin.madeBy, 'toxd/1']);
      const unknown = await originOf(lab, '/data/none');
      const nobody = { madeBy: null, sameContent: [], inputs: [], steps: [], complete: true };
      assert.deepEqual(unknown, { path: '/data/none', ...nobody });
      const hidden = await originOf(lab, '/data/toxd/x', { sha256: digestOf('a'), only: [] });
      assert.deepEqual(hidden, { path: '/data/toxd/x', ...nobody });
    },
  );

  when('what is behind a file is told generation after generation', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], [{ path: 'raw', sha256: digestOf('a') }]);
    await lines.run(['raw'], ['scaled']);
    await lines.run(['raw', 'scaled'], [{ path: 'map', sha256: digestOf('b') }]);
    await lines.run([{ path: 'map', sha256: digestOf('b') }], [{ path: 'twin', sha256: digestOf('b') }]);
    const stepsOf = async (path: string, more: Partial<OriginRequest>) => {
      const { steps, complete } = await originOf(lab, path, more);
      return [steps.map(({ ref }) => ref), complete];
    };
    assert.deepEqual(await stepsOf('/data/toxd/scaled', { depth: 9 }), [['toxd/2', 'toxd/1'], true]);
    assert.deepEqual(await stepsOf('/data/toxd/scaled', { depth: 2 }), [['toxd/2', 'toxd/1'], true]);
    assert.deepEqual(await stepsOf('/data/toxd/scaled', { depth: 1 }), [['toxd/2'], false]);
    assert.deepEqual(await stepsOf('/data/toxd/scaled', { depth: 0 }), [[], false]);
    const all = ['toxd/3', 'toxd/1', 'toxd/2'];
    assert.deepEqual(
      await stepsOf('/data/toxd/map', { depth: 9 }),
      [[...all, 'toxd/4'], true],
      'and its twin',
    );
    assert.deepEqual(
      await stepsOf('/data/found', { sha256: digestOf('b'), depth: 9 }),
      [['toxd/4', ...all], true],
      'behind whatever made its content',
    );
    const { steps } = await originOf(lab, '/data/toxd/map', { depth: 1 });
    assert.deepEqual(
      steps.flatMap(({ inputs }) =>
        inputs.map(({ path, madeBy, source }) => [path, madeBy?.ref, source?.path]),
      ),
      [
        ['/data/toxd/raw', 'toxd/1', '/data/toxd/raw'],
        ['/data/toxd/scaled', 'toxd/2', '/data/toxd/scaled'],
        ['/data/toxd/map', 'toxd/3', '/data/toxd/map'],
      ],
    );
  });

  when('what may not be read is left out of what is behind a file', async (lab) => {
    await lab.createProject('other', '/other');
    const lines = new Lines(lab);
    await lines.run([], ['/other/x'], {}, { project: 'other', folder: '/other' });
    await lines.run(['/other/x'], ['y']);
    const both = await originOf(lab, '/data/toxd/y', { depth: 9 });
    assert.deepEqual(
      both.steps.map(({ ref }) => ref),
      ['toxd/1', 'other/1'],
    );
    const one = await originOf(lab, '/data/toxd/y', { depth: 9, only: [project] });
    assert.deepEqual(
      one.steps.map(({ ref }) => ref),
      ['toxd/1'],
    );
  });

  when('files of a project that moved are named where they are now', async (lab) => {
    await lab.storage.updateProject({ by: ada, name: project, revision: null, directory: '/data/toxd' });
    const lines = new Lines(lab);
    await lines.run([], ['x', '/ext/keys']);
    await lines.run(['x', '/ext/keys'], ['y']);
    await lab.storage.updateProject({ by: ada, name: project, revision: null, directory: '/mnt/toxd' });
    const edges = ['toxd/1 -/ext/keys-> toxd/2', 'toxd/1 -/mnt/toxd/x-> toxd/2'];
    for (const direction of ['ancestors', 'descendants', 'both'] as const)
      for (const number of direction === 'both' ? ['1', '2'] : [direction === 'ancestors' ? '2' : '1'])
        assert.deepEqual(edgesOf(await trace(lab, number, direction)), edges);
    const { inputs, steps } = await originOf(lab, '/mnt/toxd/y', { depth: 1 });
    assert.deepEqual(
      inputs.map(({ path, source }) => [path, source?.path]),
      [
        ['/mnt/toxd/x', '/mnt/toxd/x'],
        ['/ext/keys', '/ext/keys'],
      ],
    );
    assert.deepEqual(steps[0]?.inputs, inputs);
    assert.equal((await originOf(lab, '/data/toxd/y')).madeBy, null);
  });

  when('what a worker made is whence the worker', async (lab) => {
    const node = await lab.worker();
    await lab.submit({ directory: '/data/toxd' });
    await node.finish(await lab.started(node), 'cancelled', { outputs: [{ path: 'x' }] });
    const { madeBy } = await originOf(lab, '/data/toxd/x');
    assert.deepEqual([madeBy?.ref, madeBy?.host], ['toxd/1', 'node07']);
  });
}
