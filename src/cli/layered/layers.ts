/** Which layer a box is in: below all that it comes from, and no further above what comes of it than it must be. */

export interface Arc {
  readonly from: number;
  readonly to: number;
}

/** The layer of each of `count` nodes. Arcs that would close a circle count the other way round; loops not at all. */
export function layersOf(count: number, arcs: readonly Arc[]): readonly number[] {
  const next = followers(count, arcs);
  const order = sorted(count, next);
  const rank = new Map(order.map((node, at) => [node, at]));
  const isDown = ({ from, to }: Arc): boolean => (rank.get(from) ?? 0) < (rank.get(to) ?? 0);
  const down = arcs
    .filter(({ from, to }) => from !== to)
    .map((arc) => (isDown(arc) ? arc : { from: arc.to, to: arc.from }));
  const lower = followers(count, down);
  const layers = new Array<number>(count).fill(0);
  const hasUpper = new Set(down.map(({ to }) => to));
  for (const node of order)
    for (const to of lower[node] ?? []) layers[to] = Math.max(layers[to] ?? 0, (layers[node] ?? 0) + 1);
  // What comes from nowhere stands right above what comes of it.
  for (const node of order) {
    const under = lower[node] ?? [];
    if (hasUpper.has(node) || under.length === 0) continue;
    layers[node] = under.reduce((least, to) => Math.min(least, layers[to] ?? 0), Infinity) - 1;
  }
  return layers;
}

export function followers(count: number, arcs: readonly Arc[]): readonly (readonly number[])[] {
  const next = Array.from({ length: count }, (): number[] => []);
  for (const { from, to } of arcs) next[from]?.push(to);
  return next;
}

/** All nodes, each before those it leads to, but where arcs go round in a circle. */
function sorted(count: number, next: readonly (readonly number[])[]): readonly number[] {
  const seen = new Set<number>();
  const left: number[] = [];
  for (let first = 0; first < count; first++) {
    if (seen.has(first)) continue;
    seen.add(first);
    const path = [{ node: first, at: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = next[top.node]?.[top.at++];
      if (to === undefined) {
        left.push(top.node);
        path.pop();
      } else if (!seen.has(to)) {
        seen.add(to);
        path.push({ node: to, at: 0 });
      }
    }
  }
  return left.reverse();
}
