/** Graphs as text, dot and svg: of what the server tells, to the letter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph, GraphEdge, GraphNode } from '@labkeep/client';
import { dotOf } from '../../src/cli/graph/dot.ts';
import { groupFiles } from '../../src/cli/graph/grouped-files.ts';
import { byAncestry } from '../../src/cli/graph/order.ts';
import { svgOf } from '../../src/cli/graph/svg.ts';
import { printGraph } from '../../src/cli/graph/text.ts';
import { Terminal } from '../../src/cli/terminal.ts';

function node(ref: string, more: Partial<GraphNode> = {}): GraphNode {
  return {
    ...{ ref, title: null, task: null, command: ['make', ref], state: 'succeeded' },
    ...{ startedAt: '2026-01-01T00:00:00.000Z', finishedAt: null, depth: 1 },
    ...more,
  };
}

function edge(from: string, to: string, file: string, more: Partial<GraphEdge> = {}): GraphEdge {
  return { from, to, file, by: 'path', cyclic: false, ...more };
}

const graph: Graph = {
  nodes: [
    node('p/10', { depth: 0, title: 'The <end> & "all"', state: 'failed' }),
    node('p/2'),
    node('p/1', { command: null, task: 'import' }),
  ],
  edges: [
    edge('p/1', 'p/2', '/d/a b'),
    edge('p/1', 'p/10', '/d/a b', { by: 'content' }),
    edge('p/2', 'p/10', '/d/c'),
    edge('p/10', 'p/1', '/d/z', { cyclic: true }),
  ],
  complete: true,
};
const name = (path: string): string => path.replace('/d/', '');

function printed(of: Graph, columns?: number): string {
  let text = '';
  const stream = {
    isTTY: columns !== undefined,
    columns,
    write: (more: string | Uint8Array) => (text += String(more)),
  };
  printGraph(new Terminal(stream, stream, { NO_COLOR: '1' }), of, name);
  return text;
}

test('as text, each job comes after those whose files it read', () => {
  assert.equal(
    printed(graph),
    `p/1   succeeded  import
  z from p/10, in a circle
p/2   succeeded  make p/2
  a b from p/1
p/10  failed     The <end> & "all"
  a b from p/1, by content
  c from p/2
`,
  );
  assert.match(printed(graph, 30), /^p\/10 {2}failed {5}The <end> & …$/m);
});

test('the order does not depend on that of the answer, and a circle that is not flagged does no harm', () => {
  const refs = (of: Pick<Graph, 'nodes' | 'edges'>): readonly string[] =>
    byAncestry(of).map(({ ref }) => ref);
  assert.deepEqual(refs(graph), refs({ nodes: graph.nodes.toReversed(), edges: graph.edges.toReversed() }));
  const round = { nodes: graph.nodes, edges: graph.edges.map((one) => ({ ...one, cyclic: false })) };
  assert.deepEqual([...refs(round)].sort(), ['p/1', 'p/10', 'p/2']);
});

test('files that one job made and the same others read are drawn as one', () => {
  const edges = ['x', 'y'].flatMap((file) => [edge('p/1', 'p/2', file), edge('p/1', 'p/3', file)]);
  const groups = groupFiles([...edges, edge('p/1', 'p/2', 'z')]);
  assert.deepEqual(
    groups.map(({ files, readers }) => [files, readers.map(({ ref }) => ref)]),
    [
      [
        ['x', 'y'],
        ['p/2', 'p/3'],
      ],
      [['z'], ['p/2']],
    ],
  );
});

test('as dot, with what it would read as an escape or an entity written out', () => {
  assert.equal(
    dotOf({ ...graph, edges: [...graph.edges, edge('p/1', 'p/2', '/d/\\N&amp;"')] }, name),
    `digraph labkeep {
  node [shape=box];
  "p/10" [label="p/10 failed\\nThe <end> &amp; \\"all\\""];
  "p/2" [label="p/2 succeeded\\nmake p/2"];
  "p/1" [label="p/1 succeeded\\nimport"];
  "p/1" -> "p/2" [label="a b"];
  "p/1" -> "p/10" [label="a b", style=dotted];
  "p/2" -> "p/10" [label="c"];
  "p/10" -> "p/1" [label="z", style=dashed, constraint=false];
  "p/1" -> "p/2" [label="\\\\N&amp;amp;\\""];
}`,
  );
});

test('as svg, every job, file and tie once, and nothing of a name as markup', () => {
  const svg = svgOf(graph, name, true);
  const count = (what: RegExp): number => svg.match(what)?.length ?? 0;
  assert.deepEqual(
    [count(/<g class="job/g), count(/<g class="job asked"/g), count(/class="file"/g)],
    [3, 1, 3],
  );
  assert.deepEqual(
    [
      count(/<path class="made"/g),
      count(/<path d=/g),
      count(/<path class="content"/g),
      count(/<path class="circle"/g),
    ],
    [3, 2, 1, 1],
  );
  assert.ok(svg.includes('>The &lt;end&gt; &amp; "all"</text>'));
  assert.equal(svgOf(graph, name, false).includes('asked"'), false);
});

test('letters that XML does not have do not break the drawing', () => {
  const svg = svgOf(
    { ...graph, nodes: [node('p/1', { title: 'a\u0000b\u001b\uffff\ud800c<![CDATA[' })] },
    name,
    true,
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(svg, /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|\p{Surrogate}/u);
  assert.ok(svg.includes('&lt;![CDATA['));
});

test('many files between two jobs are counted, and told in the hint', () => {
  const many = Array.from({ length: 200 }, (_, at) => edge('p/1', 'p/2', `/d/file-${at}`));
  const svg = svgOf({ ...graph, edges: many }, name, true);
  assert.match(svg, /file-2<\/text><text[^>]*>and 197 more<\/text>/);
  assert.match(svg, /<title>file-0\nfile-1\n[^<]*\nfile-49\n…<\/title>/);
});

test('a graph without jobs is drawn too', () => {
  const none: Graph = { nodes: [], edges: [], complete: true };
  assert.equal(printed(none), '');
  assert.match(svgOf(none, name, true), /^<svg [^>]*>[\s\S]*<\/svg>$/);
});
