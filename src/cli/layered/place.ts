/**
 * Places across the page. Links pull like springs; each layer is settled at its best between its neighbours as they stand,
 * again and again, which comes ever nearer to the best for all.
 */
import { turned } from './order.ts';

const sweepsMax = 60;
/** Sweeps of large drawings are fewer, so that these take no longer. */
const settlingsMax = 400_000;
/** So little movement is not seen. */
const still = 0.5;

export interface Sizes {
  readonly widthOf: (node: number) => number;
  readonly gap: number;
  readonly isBend: (node: number) => boolean;
}

type Joined = readonly (readonly number[])[];

/** The middle of each node; the leftmost edge is at 0. */
export function placeAcross(
  order: readonly (readonly number[])[],
  below: Joined,
  sizes: Sizes,
): readonly number[] {
  const above = turned(below);
  const middles = new Array<number>(below.length).fill(0);
  for (const layer of order) settle(layer, middles, sizes, () => null);
  for (const layer of order)
    settle(layer, middles, sizes, (node) => pullOn(node, above[node], middles, sizes));
  const all = below.map((under, node) => [...under, ...(above[node] ?? [])]);
  const settleAll = (layers: Joined): number =>
    layers.reduce(
      (most, layer) =>
        Math.max(
          most,
          settle(layer, middles, sizes, (node) => pullOn(node, all[node], middles, sizes)),
        ),
      0,
    );
  const upwards = order.toReversed();
  const sweeps = Math.min(sweepsMax, Math.ceil(settlingsMax / (below.length + 1)));
  for (let sweep = 0, moved = Infinity; sweep < sweeps && moved > still; sweep++)
    moved = settleAll(sweep % 2 === 0 ? upwards : order);
  let left = Infinity;
  middles.forEach((middle, node) => {
    left = Math.min(left, middle - sizes.widthOf(node) / 2);
  });
  return middles.map((middle) => middle - left);
}

/** Where a node would stand, and how much it insists. */
interface Pull {
  readonly at: number;
  readonly weight: number;
}

/** Links between bends pull most: long ways are straight. */
function pullOn(
  node: number,
  joined: readonly number[] | undefined,
  middles: readonly number[],
  { isBend }: Sizes,
): Pull | null {
  let sum = 0;
  let weight = 0;
  for (const other of joined ?? []) {
    const bends = Number(isBend(node)) + Number(isBend(other));
    const strength = [1, 3, 40][bends] ?? 1;
    sum += strength * (middles[other] ?? 0);
    weight += strength;
  }
  return weight === 0 ? null : { at: sum / weight, weight };
}

interface Block extends Pull {
  readonly nodes: number;
}

/**
 * The places of one layer that differ least from those that are wanted, in the same order and without overlap. Less the
 * space that those to the left take, the places must only not fall: neighbours that would are averaged into one block.
 * Answers with the largest movement.
 */
function settle(
  layer: readonly number[],
  middles: number[],
  { widthOf, gap }: Sizes,
  wanted: (node: number) => Pull | null,
): number {
  const offsets: number[] = [];
  let offset = 0;
  layer.forEach((node, at) => {
    const before = layer[at - 1];
    if (before !== undefined) offset += (widthOf(before) + widthOf(node)) / 2 + gap;
    offsets.push(offset);
  });
  const blocks: Block[] = [];
  layer.forEach((node, at) => {
    const pull = wanted(node) ?? { at: middles[node] ?? 0, weight: 0.1 };
    let block = { nodes: 1, weight: pull.weight, at: pull.at - (offsets[at] ?? 0) };
    for (let last = blocks.at(-1); last !== undefined && last.at >= block.at; last = blocks.at(-1)) {
      const weight = last.weight + block.weight;
      const middle = (last.at * last.weight + block.at * block.weight) / weight;
      block = { nodes: last.nodes + block.nodes, weight, at: middle };
      blocks.pop();
    }
    blocks.push(block);
  });
  let most = 0;
  let at = 0;
  for (const block of blocks)
    for (const end = at + block.nodes; at < end; at++) {
      const node = layer[at] ?? 0;
      const middle = block.at + (offsets[at] ?? 0);
      most = Math.max(most, Math.abs(middle - (middles[node] ?? 0)));
      middles[node] = middle;
    }
  return most;
}
