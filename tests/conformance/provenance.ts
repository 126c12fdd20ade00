/** Where files came from, what rests on what, and directories with names. */
import assert from 'node:assert/strict';
import type { Direction, Graph, Sighting } from '../../src/ports/records/provenance.ts';
import type { Harness } from './harness.ts';
import { ada, casesFor, elsewhere, type Lab, placeOf, project } from './lab.ts';
import { LabRecorder } from './lab-recorder.ts';
import { Lines } from './ties.ts';

const digestOf = (letter: string): string => letter.repeat(64);

export function provenance(harness: Harness): void {
  const when = casesFor(harness);

  when('a graph shows the jobs that a job rests on, and those that rest on it', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], ['raw']);
    await lines.run(['raw'], ['scaled']);
    await lines.run(['raw', 'scaled'], ['model'], { outcome: 'failed' }, { title: 'refine', task: 'refmac' });
    await lines.run(['model'], ['map']);
    await lines.run([], ['other']);
    const graph = await trace(lab, '3', 'both');
    assert.deepEqual(
      graph.nodes.map(({ ref, depth }) => [ref, depth]),
      [
        ['toxd/3', 0],
        ['toxd/1', 1],
        ['toxd/2', 1],
        ['toxd/4', 1],
      ],
    );
    assert.deepEqual(edgesOf(graph), [
      'toxd/1 -/data/toxd/raw-> toxd/2',
      'toxd/1 -/data/toxd/raw-> toxd/3',
      'toxd/2 -/data/toxd/scaled-> toxd/3',
      'toxd/3 -/data/toxd/model-> toxd/4',
    ]);
    assert.equal(graph.complete, true);
    const [node] = graph.nodes;
    assert.deepEqual([node?.title, node?.task, node?.state], ['refine', 'refmac', 'failed']);
    assert.deepEqual(node?.command, ['true']);
    assert.ok(node?.startedAt && node.finishedAt && node.finishedAt > node.startedAt);
    assert.deepEqual(namesOf(await trace(lab, '4', 'ancestors')), ['toxd/4', 'toxd/3', 'toxd/1', 'toxd/2']);
    assert.deepEqual(namesOf(await trace(lab, '1', 'descendants')), ['toxd/1', 'toxd/2', 'toxd/3', 'toxd/4']);
    assert.deepEqual(namesOf(await trace(lab, '5', 'both')), ['toxd/5']);
  });

  when('a graph is bounded by depth and by number, and says so', async (lab) => {
    const lines = new Lines(lab);
    for (let index = 1; index <= 6; index++) await lines.run([`${index - 1}`], [`${index}`]);
    const shallow = await trace(lab, '6', 'ancestors', { depth: 2 });
    assert.deepEqual([namesOf(shallow), shallow.complete], [['toxd/6', 'toxd/5', 'toxd/4'], false]);
    const few = await trace(lab, '6', 'ancestors', { limit: 4 });
    assert.deepEqual([namesOf(few).length, few.complete], [4, false]);
    const exact = await trace(lab, '6', 'ancestors', { depth: 5, limit: 6 });
    assert.deepEqual([namesOf(exact).length, exact.complete, exact.edges.length], [6, true, 5]);
    const alone = await trace(lab, '6', 'both', { depth: 0 });
    assert.deepEqual([namesOf(alone), alone.complete], [['toxd/6'], false]);
  });

  when('a job of which many paths lead is visited once', async (lab) => {
    const lines = new Lines(lab);
    await lines.run([], ['0a', '0b']);
    for (let level = 1; level <= 12; level++) {
      const inputs = [`${level - 1}a`, `${level - 1}b`];
      await lines.run(inputs, [`${level}a`]);
      await lines.run(inputs, [`${level}b`]);
    }
    const { nodes, edges, complete } = await trace(lab, '25', 'ancestors');
    assert.deepEqual([nodes.length, edges.length, complete], [24, 46, true]);
    assert.equal(new Set(nodes.map(({ ref }) => ref)).size, 24);
  });

  when('a chain of a thousand jobs is followed to its end', async (lab) => {
    const recorder = new LabRecorder(lab);
    const runs = Array.from({ length: 1_000 }, (_, index) => index);
    for (const index of runs) {
      lab.clock.advance(1);
      const startedAt = lab.clock.now();
      const ended = { finishedAt: startedAt, outcome: 'succeeded', outputs: [`${index + 1}`] } as const;
      await recorder.record({ project, inputs: [`${index}`], startedAt, ended });
    }
    const graph = await trace(lab, '1000', 'ancestors', { depth: 1_000, limit: 1_000 });
    assert.deepEqual([graph.nodes.length, graph.complete], [1_000, true]);
    assert.deepEqual(graph.nodes.at(-1)?.ref, 'toxd/1');
    const down = await trace(lab, '1', 'descendants', { depth: 1_000, limit: 1_000 });
    assert.deepEqual([down.nodes.length, down.complete], [1_000, true]);
    assert.deepEqual(down.nodes.at(-1)?.ref, 'toxd/1000');
    const few = await trace(lab, '1', 'descendants', { depth: 500, limit: 1_000 });
    assert.deepEqual([few.nodes.length, few.complete], [501, false]);
    const whence = await originOf(lab, '/data/toxd/1000', { depth: 1_000 });
    assert.deepEqual([whence.steps.length, whence.complete], [1_000, true]);
    assert.deepEqual([whence.steps[0]?.ref, whence.steps.at(-1)?.ref], ['toxd/1000', 'toxd/1']);
    const near = await originOf(lab, '/data/toxd/1000', { depth: 700 });
    assert.deepEqual([near.steps.length, near.complete], [700, false]);
  });

  when('a tie that would close a circle is shown, and not followed', async (lab) => {
    const lines = new Lines(lab);
    const node = await lab.worker();
    await lab.submit({ directory: '/data/toxd', inputs: ['x'], retry: { max: 1, delayMs: 0 } });
    await node.finish(await lab.started(node), 'failed', { outputs: [{ path: 'a' }] });
    await lines.run(['a'], ['x']);
    await lab.started(node);
    const graph = await trace(lab, '1', 'both');
    assert.deepEqual(edgesOf(graph), ['toxd/1 -/data/toxd/a-> toxd/2', 'toxd/2 =/data/toxd/x=> toxd/1']);
    const ancestors = await trace(lab, '1', 'ancestors');
    assert.deepEqual([namesOf(ancestors), ancestors.complete], [['toxd/1'], true]);
    assert.deepEqual(namesOf(await trace(lab, '2', 'ancestors')), ['toxd/2', 'toxd/1']);
  });

  when(
    'the graph of a file is that of the job which made it last, else of those who read it',
    async (lab) => {
      const lines = new Lines(lab);
      await lines.run(['raw'], ['x']);
      await lines.run(['raw'], ['x']);
      await lines.run(['x'], []);
      const of = (path: string) => ({ path });
      assert.deepEqual(namesOf(await trace(lab, of('/data/toxd/x'), 'both')), ['toxd/2', 'toxd/3']);
      assert.deepEqual(namesOf(await trace(lab, of('/data/toxd/raw'), 'ancestors')), ['toxd/1', 'toxd/2']);
      assert.deepEqual(await trace(lab, of('/data/toxd/none'), 'both'), {
        ...{ nodes: [], edges: [], complete: true },
      });
    },
  );

  when('what may not be read is left out of a graph', async (lab) => {
    await lab.createProject('other', '/other');
    const lines = new Lines(lab);
    await lines.run([], ['/other/x'], {}, { project: 'other', folder: '/other' });
    await lines.run(['/other/x'], ['y']);
    const graph = await trace(lab, '1', 'both', { only: [project] });
    assert.deepEqual([namesOf(graph), graph.edges, graph.complete], [['toxd/1'], [], false]);
    assert.equal((await trace(lab, '1', 'both', { only: [project, 'other'] })).nodes.length, 2);
    await lab.refuses('job_unknown', () => trace(lab, '99', 'both'));
  });

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

  when('directories have names, for the server and for projects', async (lab) => {
    const save = (of: string | null, alias: string, path: string) =>
      lab.storage.saveDirectory({ by: ada, project: of, alias, path });
    const list = async (of: string | null) =>
      (await lab.storage.listDirectories({ project: of, limit: 9 })).items.map(
        ({ alias, path }) => `${alias} ${path}`,
      );
    await lab.storage.updateProject({ by: ada, name: project, revision: null, directory: '/data/toxd' });
    const events = await lab.eventsOf(async () => {
      await save(null, 'raw', '/raw');
      await save(null, 'DATA', '/data');
      await save(project, 'raw', '/data/toxd/raw');
    });
    assert.deepEqual(
      events.map(({ type, project: of }) => [type, of]),
      [
        ['directories.changed', null],
        ['directories.changed', null],
        ['directories.changed', project],
      ],
    );
    assert.deepEqual(await list(null), ['DATA /data', 'raw /raw']);
    assert.deepEqual(await list(project), ['raw /data/toxd/raw']);
    await lab.changesNothing(() => save(null, 'raw', '/raw'));
    await save(null, 'raw', '/raw2');
    assert.deepEqual(await lab.storage.getDirectory({ project: null, alias: 'raw' }), {
      ...{ alias: 'raw', path: '/raw2' },
    });
    await lab.storage.removeDirectory({ by: ada, project: null, alias: 'raw' });
    assert.deepEqual(await list(null), ['DATA /data']);
    await lab.refuses('directory_unknown', () => lab.storage.getDirectory({ project: null, alias: 'raw' }));
    await lab.refuses('directory_unknown', () =>
      lab.storage.removeDirectory({ by: ada, project: null, alias: 'raw' }),
    );
    await lab.refuses('project_unknown', () => save('none', 'raw', '/raw'));
    await lab.refuses('project_unknown', () => list('none'));
    await save(null, 'raw', '/raw3');
    assert.deepEqual(await list(null), ['DATA /data', 'raw /raw3']);
    const first = await lab.storage.listDirectories({ project: null, limit: 1 });
    const rest = await lab.storage.listDirectories({ project: null, limit: 1, after: first.next ?? '' });
    assert.deepEqual([first.items[0]?.alias, rest.items[0]?.alias, rest.next], ['DATA', 'raw', null]);
  });

  when('where directories were before is kept, with the time until when', async (lab) => {
    const moves = () => lab.storage.listMoves({ project });
    const place = async (directory: string | null): Promise<number> => {
      lab.clock.advance(1_000);
      await lab.storage.updateProject({ by: ada, name: project, revision: null, directory });
      return lab.clock.now();
    };
    const save = async (of: string | null, path: string): Promise<number> => {
      lab.clock.advance(1_000);
      await lab.storage.saveDirectory({ by: ada, project: of, alias: 'raw', path });
      return lab.clock.now();
    };
    await place('/data/toxd');
    await place('/data/toxd');
    await save(null, '/raw');
    assert.deepEqual(await moves(), []);
    const first = await place('/mnt/toxd');
    const second = await save(null, '/new/raw');
    await place(null);
    const third = await place('/data/toxd');
    await lab.createProject(elsewhere, '/else');
    await lab.storage.updateProject({ by: ada, name: elsewhere, revision: null, directory: '/gone' });
    assert.deepEqual(await moves(), [
      { from: '/data/toxd', to: '/data/toxd', until: first },
      { from: '/raw', to: '/new/raw', until: second },
      { from: '/mnt/toxd', to: '/data/toxd', until: third },
    ]);
    await lab.refuses('project_unknown', () => lab.storage.listMoves({ project: 'none' }));
  });

  when('files of a directory that moved, or lost its name, are found', async (lab) => {
    const by = ada;
    await lab.storage.saveDirectory({ by, project: null, alias: 'raw', path: '/data/raw' });
    const lines = new Lines(lab);
    const maker = await lines.run([], ['/data/raw/x', '/data/rawer']);
    await lab.storage.saveDirectory({ by, project: null, alias: 'raw', path: '/mnt/raw' });
    assert.equal((await sightings(lab, { path: '/mnt/raw/x' }))[0]?.path, '/mnt/raw/x');
    assert.deepEqual(await sightings(lab, { path: '/data/raw/x' }), []);
    await lab.storage.removeDirectory({ by, project: null, alias: 'raw' });
    const reader = await lines.run(['/mnt/raw/x', '/data/rawer'], ['/mnt/raw/y']);
    assert.deepEqual(await lines.makers(reader), { '/mnt/raw/x': maker, '/data/rawer': maker });
    await lab.storage.saveDirectory({ by, project: null, alias: 'raw', path: '/mnt/raw' });
    const last = await lines.run(['/mnt/raw/x', '/mnt/raw/y'], []);
    assert.deepEqual(await lines.makers(last), { '/mnt/raw/x': maker, '/mnt/raw/y': reader });
  });
}

function trace(
  lab: Lab,
  of: string | { readonly path: string },
  direction: Direction,
  more: { readonly depth?: number; readonly limit?: number; readonly only?: readonly string[] } = {},
): Promise<Graph> {
  const at = typeof of === 'string' ? placeOf(of) : of;
  return lab.storage.traceJobs({ of: at, direction, depth: 100, limit: 1_000, only: null, ...more });
}

type OriginRequest = Parameters<Lab['storage']['findOrigin']>[0];

function originOf(lab: Lab, path: string, more: Partial<OriginRequest> = {}) {
  return lab.storage.findOrigin({ path, sha256: null, depth: 0, only: null, ...more });
}

/** One edge a line; what closes a circle with =. */
function edgesOf({ edges }: Graph): readonly string[] {
  return edges.map(({ from, to, file, cyclic }) =>
    cyclic ? `${from} =${file}=> ${to}` : `${from} -${file}-> ${to}`,
  );
}

function namesOf({ nodes }: Graph): readonly string[] {
  return nodes.map(({ ref }) => ref);
}

/** All of them, two a page. */
async function sightings(
  lab: Lab,
  key: { readonly path: string } | { readonly sha256: string },
  more: { readonly role?: 'input' | 'output'; readonly only?: readonly string[] } = {},
): Promise<readonly Sighting[]> {
  const found: Sighting[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const page = await lab.storage.listSightings({
      ...{ key, role: null, only: null, limit: 2, ...more },
      ...(after === '' ? {} : { after }),
    });
    found.push(...page.items);
    after = page.next;
  }
  return found;
}
