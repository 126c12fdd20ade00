/** Drawings in layers: nothing overlaps, links go down, and any graph is drawn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { layersOf } from '../../src/cli/layered/layers.ts';
import { type Box, type Layout, type Link, layOut } from '../../src/cli/layered/layout.ts';
import { crossings, orderLayers } from '../../src/cli/layered/order.ts';

const gaps = { between: 10, below: 20, margin: 5 };
const boxesOf = (...ids: readonly string[]): readonly Box[] =>
  ids.map((id) => ({ id, width: 40, height: 10 }));
const linksOf = (...pairs: readonly string[]): readonly Link[] =>
  pairs.map((pair) => ({ from: pair.charAt(0), to: pair.charAt(1) }));

function topOf({ boxes }: Layout, id: string): number {
  const box = boxes.find((one) => one.id === id);
  assert.ok(box);
  return box.y;
}

test('nothing is drawn as an empty page', () => {
  assert.deepEqual(layOut([], [], gaps), { width: 5, height: 5, boxes: [], routes: [] });
});

test('a chain is a straight line downwards', () => {
  const { boxes, routes, width, height } = layOut(boxesOf('a', 'b', 'c'), linksOf('ab', 'bc'), gaps);
  assert.deepEqual(
    boxes.map(({ id, x, y }) => [id, x, y]),
    [
      ['a', 5, 5],
      ['b', 5, 35],
      ['c', 5, 65],
    ],
  );
  assert.deepEqual(
    routes.map(({ points }) => points),
    [
      [
        { x: 25, y: 15 },
        { x: 25, y: 35 },
      ],
      [
        { x: 25, y: 45 },
        { x: 25, y: 65 },
      ],
    ],
  );
  assert.deepEqual([width, height], [50, 80]);
});

test('a root stands right above what came of it', () => {
  const layout = layOut(boxesOf('a', 'b', 'c', 'r'), linksOf('ab', 'bc', 'rc'), gaps);
  assert.equal(topOf(layout, 'r'), topOf(layout, 'b'));
});

test('a link over a layer goes around the box in between', () => {
  const { boxes, routes } = layOut(boxesOf('a', 'b', 'c'), linksOf('ab', 'bc', 'ac'), gaps);
  const middle = boxes.find(({ id }) => id === 'b');
  const [, , long] = routes;
  assert.ok(middle !== undefined && long?.points.length === 4);
  for (const { x } of long.points.slice(1, 3)) assert.ok(x < middle.x || x > middle.x + middle.width);
});

test('links that cross without need are untangled', () => {
  const below = [[3], [2], [], []];
  const order = orderLayers([0, 0, 1, 1], below);
  assert.equal(crossings(order, below), 0);
});

test('crossings are counted', () => {
  const everyWay = [[3, 4, 5], [3, 4, 5], [3, 4, 5], [], [], []];
  assert.equal(
    crossings(
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
      everyWay,
    ),
    9,
  );
});

test('circles, loops, doubled links and links to nowhere are drawn, or left out', () => {
  const links = linksOf('ab', 'bc', 'ca', 'aa', 'ab', 'ax');
  const { boxes, routes } = layOut(boxesOf('a', 'b', 'c'), links, gaps);
  assert.equal(boxes.length, 3);
  assert.deepEqual(
    routes.map(({ from, to }) => from + to),
    ['ab', 'bc', 'ca', 'aa', 'ab'],
  );
  const [, , back] = routes;
  assert.ok((back?.points[0]?.y ?? 0) > (back?.points.at(-1)?.y ?? 0));
});

const graphs = fc.integer({ min: 1, max: 25 }).chain((count) =>
  fc.record({
    widths: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: count, maxLength: count }),
    arcs: fc.array(fc.record({ from: fc.nat(count - 1), to: fc.nat(count - 1) }), { maxLength: 60 }),
  }),
);

test('of any graph, boxes do not overlap, all is on the page, and ends of links are at their boxes', () => {
  fc.assert(
    fc.property(graphs, ({ widths, arcs }) => {
      const boxes = widths.map((width, at) => ({ id: String(at), width, height: 10 + (width % 7) }));
      const links = arcs.map(({ from, to }) => ({ from: String(from), to: String(to) }));
      const { boxes: placed, routes, width, height } = layOut(boxes, links, gaps);
      for (const [at, one] of placed.entries()) {
        assert.ok(one.x >= gaps.margin - 0.001 && one.x + one.width <= width && one.y + one.height <= height);
        for (const other of placed.slice(at + 1)) {
          const beside = one.x + one.width <= other.x + 0.001 || other.x + other.width <= one.x + 0.001;
          const below = one.y + one.height <= other.y || other.y + other.height <= one.y;
          assert.ok(beside || below, `${one.id} and ${other.id} overlap`);
        }
      }
      assert.equal(routes.length, links.length);
      for (const { from, to, points } of routes)
        for (const [id, point] of [
          [from, points[0]],
          [to, points.at(-1)],
        ] as const) {
          const box = placed[Number(id)];
          assert.ok(box !== undefined && point !== undefined);
          assert.ok(Math.abs(point.x - (box.x + box.width / 2)) < 0.001);
          assert.ok(point.y === box.y || point.y === box.y + box.height);
        }
    }),
  );
});

test('without circles every link goes down', () => {
  fc.assert(
    fc.property(graphs, ({ widths, arcs }) => {
      const down = arcs.filter(({ from, to }) => from < to);
      const layers = layersOf(widths.length, down);
      assert.ok(Math.min(...layers) === 0);
      for (const { from, to } of down) assert.ok((layers[from] ?? 0) < (layers[to] ?? 0));
    }),
  );
});

test('a chain of ten thousand, and a fan of ten thousand, are drawn', () => {
  const ids = Array.from({ length: 10_000 }, (_, at) => String(at));
  const chain = layOut(
    boxesOf(...ids),
    ids.slice(1).map((to, at) => ({ from: String(at), to })),
    gaps,
  );
  assert.equal(chain.width, 50);
  const fan = layOut(
    boxesOf(...ids),
    ids.slice(1).map((to) => ({ from: '0', to })),
    gaps,
  );
  assert.equal(fan.height, 50);
});
