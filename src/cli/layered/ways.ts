import { type Arc, followers } from './layers.ts';

export interface Ways {
  /** The layer of each node, bends included: they are numbered after the boxes. */
  readonly layers: readonly number[];
  /** The bends that each arc passes, in the order from its beginning. */
  readonly ways: readonly (readonly number[])[];
  /** What each node is joined with in the next layer. */
  readonly below: readonly (readonly number[])[];
}

/** Gives every arc a bend in each layer that it crosses. Arcs that leave one node downwards share theirs. */
export function waysOf(boxLayers: readonly number[], arcs: readonly Arc[]): Ways {
  const layers = [...boxLayers];
  const bends = new Map<string, number>();
  const joints = new Map<string, Arc>();
  const bendOf = (upper: number, layer: number): number => {
    const key = `${upper} ${layer}`;
    const known = bends.get(key);
    if (known !== undefined) return known;
    bends.set(key, layers.length);
    return layers.push(layer) - 1;
  };
  const ways = arcs.map(({ from, to }) => {
    const isUp = (boxLayers[from] ?? 0) > (boxLayers[to] ?? 0);
    const [upper, lower] = isUp ? [to, from] : [from, to];
    const way: number[] = [];
    let last = upper;
    for (let layer = (boxLayers[upper] ?? 0) + 1; layer < (boxLayers[lower] ?? 0); layer++) {
      const bend = bendOf(upper, layer);
      joints.set(`${last} ${bend}`, { from: last, to: bend });
      way.push(bend);
      last = bend;
    }
    if (upper !== lower) joints.set(`${last} ${lower}`, { from: last, to: lower });
    return isUp ? way.reverse() : way;
  });
  return { layers, ways, below: followers(layers.length, [...joints.values()]) };
}
