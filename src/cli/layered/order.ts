/** The order within layers: few links cross where each node stands at the middle of those it is joined with. */

const sweeps = 12;

/** The nodes of each layer, from left to right. */
export function orderLayers(
  layers: readonly number[],
  below: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  const above = turned(below);
  let order: readonly (readonly number[])[] = firstOrder(layers, below);
  let best = order;
  let fewest = crossings(order, below);
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    order = sweep % 2 === 0 ? swept(order, above) : swept(order.toReversed(), below).toReversed();
    const now = crossings(order, below);
    if (now >= fewest) continue;
    best = order;
    fewest = now;
  }
  return best;
}

export function turned(below: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const above = below.map((): number[] => []);
  below.forEach((under, node) => {
    for (const to of under) above[to]?.push(node);
  });
  return above;
}

/** As a walk from the top meets them, so that what belongs together begins together. */
function firstOrder(layers: readonly number[], below: readonly (readonly number[])[]): readonly number[][] {
  const order: number[][] = [];
  const seen = new Set<number>();
  const starts = layers.map((layer, node) => ({ layer, node })).sort((a, b) => a.layer - b.layer);
  for (const { node: start } of starts) {
    const open = [start];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      const layer = layers[node] ?? 0;
      while (order.length <= layer) order.push([]);
      order[layer]?.push(node);
      open.push(...(below[node] ?? []).toReversed());
    }
  }
  return order;
}

/** Layer after layer by the mean place of those that a node is joined with in the layer before. */
function swept(
  order: readonly (readonly number[])[],
  joined: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  const place = new Map<number, number>();
  return order.map((layer) => {
    const wanted = layer.map((node, at) => {
      const others = joined[node] ?? [];
      const sum = others.reduce((total, other) => total + (place.get(other) ?? 0), 0);
      return { node, at: others.length === 0 ? at : sum / others.length };
    });
    const sorted = wanted.sort((a, b) => a.at - b.at).map(({ node }) => node);
    sorted.forEach((node, at) => {
      place.set(node, at);
    });
    return sorted;
  });
}

/** How many pairs of links cross; counted layer by layer with a tree of sums. */
export function crossings(
  order: readonly (readonly number[])[],
  below: readonly (readonly number[])[],
): number {
  let total = 0;
  for (const [at, layer] of order.entries()) {
    const lower = order[at + 1];
    if (lower === undefined) break;
    const place = new Map(lower.map((node, index) => [node, index]));
    const sums = new Array<number>(lower.length + 1).fill(0);
    let seen = 0;
    for (const node of layer) {
      const ends = (below[node] ?? []).map((to) => place.get(to) ?? 0);
      for (const end of ends) {
        let left = 0;
        for (let sum = end + 1; sum > 0; sum -= sum & -sum) left += sums[sum] ?? 0;
        total += seen - left;
      }
      for (const end of ends) {
        seen += 1;
        for (let sum = end + 1; sum <= lower.length; sum += sum & -sum) sums[sum] = (sums[sum] ?? 0) + 1;
      }
    }
  }
  return total;
}
