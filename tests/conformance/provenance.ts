/** Graphs: which jobs a job rests on, and which rest on it. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { casesFor, project } from './lab.ts';
import { LabRecorder } from './lab-recorder.ts';
import { edgesOf, namesOf, originOf, trace } from './provenance-lab.ts';
import { Lines } from './ties.ts';

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

  when('a long chain of jobs is followed to its end', async (lab) => {
    const { chain } = harness;
    const recorder = new LabRecorder(lab);
    for (let index = 0; index < chain; index += 1) {
      lab.clock.advance(1);
      const startedAt = lab.clock.now();
      const ended = { finishedAt: startedAt, outcome: 'succeeded', outputs: [`${index + 1}`] } as const;
      await recorder.record({ project, inputs: [`${index}`], startedAt, ended });
    }
    const graph = await trace(lab, `${chain}`, 'ancestors', { depth: chain, limit: chain });
    assert.deepEqual([graph.nodes.length, graph.complete], [chain, true]);
    assert.deepEqual(graph.nodes.at(-1)?.ref, 'toxd/1');
    const down = await trace(lab, '1', 'descendants', { depth: chain, limit: chain });
    assert.deepEqual([down.nodes.length, down.complete], [chain, true]);
    assert.deepEqual(down.nodes.at(-1)?.ref, `toxd/${chain}`);
    const half = chain / 2;
    const few = await trace(lab, '1', 'descendants', { depth: half, limit: chain });
    assert.deepEqual([few.nodes.length, few.complete], [half + 1, false]);
    const whence = await originOf(lab, `/data/toxd/${chain}`, { depth: chain });
    assert.deepEqual([whence.steps.length, whence.complete], [chain, true]);
    assert.deepEqual([whence.steps[0]?.ref, whence.steps.at(-1)?.ref], [`toxd/${chain}`, 'toxd/1']);
    const near = await originOf(lab, `/data/toxd/${chain}`, { depth: half });
    assert.deepEqual([near.steps.length, near.complete], [half, false]);
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
}
