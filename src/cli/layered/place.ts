/** Places across the page: every node as near to the middle of those it is joined with as its neighbours allow. */
import { turned } from './order.ts';

const sweeps = 10;
/** How much more a bend insists on its place than a box: long links are straight. */
const weightOfBend = 8;

export interface Sizes {
  readonly widthOf: (node: number) => number;
  readonly gap: number;
  readonly isBend: (node: number) => boolean;
}

/** The middle of each node; the leftmost edge is at 0. */
export function placeAcross(
  order: readonly (readonly number[])[],
  below: readonly (readonly number[])[],
  sizes: Sizes,
): readonly number[] {
  const above = turned(below);
  const middles = new Array<number>(below.length).fill(0);
  for (const layer of order) settle(layer, middles, sizes, () => 0);
  const pull = (layer: readonly number[], joined: (node: number) => readonly number[]): void =>
    settle(layer, middles, sizes, (node) => mean(joined(node), middles) ?? middles[node] ?? 0);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const layer of order) pull(layer, (node) => above[node] ?? []);
    for (const layer of order.toReversed()) pull(layer, (node) => below[node] ?? []);
  }
  for (const layer of order) pull(layer, (node) => [...(above[node] ?? []), ...(below[node] ?? [])]);
  let left = Infinity;
  middles.forEach((middle, node) => {
    left = Math.min(left, middle - sizes.widthOf(node) / 2);
  });
  return middles.map((middle) => middle - left);
}

function mean(nodes: readonly number[], middles: readonly number[]): number | null {
  if (nodes.length === 0) return null;
  return nodes.reduce((sum, node) => sum + (middles[node] ?? 0), 0) / nodes.length;
}

interface Block {
  readonly nodes: number;
  readonly weight: number;
  readonly at: number;
}

/**
 * The places of one layer that differ least from those that are wanted, in the same order and without overlap. Less the
 * space that those to the left take, the places must only not fall: neighbours that would are averaged into one block.
 */
function settle(
  layer: readonly number[],
  middles: number[],
  { widthOf, gap, isBend }: Sizes,
  wanted: (node: number) => number,
): void {
  const offsets: number[] = [];
  let offset = 0;
  layer.forEach((node, at) => {
    const before = layer[at - 1];
    if (before !== undefined) offset += (widthOf(before) + widthOf(node)) / 2 + gap;
    offsets.push(offset);
  });
  const blocks: Block[] = [];
  layer.forEach((node, at) => {
    let block = { nodes: 1, weight: isBend(node) ? weightOfBend : 1, at: wanted(node) - (offsets[at] ?? 0) };
    for (let last = blocks.at(-1); last !== undefined && last.at >= block.at; last = blocks.at(-1)) {
      const weight = last.weight + block.weight;
      const middle = (last.at * last.weight + block.at * block.weight) / weight;
      block = { nodes: last.nodes + block.nodes, weight, at: middle };
      blocks.pop();
    }
    blocks.push(block);
  });
  let at = 0;
  for (const block of blocks)
    for (let end = at + block.nodes; at < end; at++) {
      const node = layer[at];
      if (node !== undefined) middles[node] = block.at + (offsets[at] ?? 0);
    }
}
