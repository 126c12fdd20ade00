import type { Graph, GraphNode } from '@labkeep/client';

/** The jobs of a graph, each after those whose files it read; of those that might be next, the one that began first. */
export function byAncestry({ nodes, edges }: Pick<Graph, 'nodes' | 'edges'>): readonly GraphNode[] {
  const oldestFirst = [...nodes].sort(
    (one, other) => startOf(one) - startOf(other) || (one.ref < other.ref ? -1 : 1),
  );
  const known = new Map(nodes.map((node) => [node.ref, node]));
  const makers = Map.groupBy(
    edges.filter(({ cyclic }) => !cyclic),
    ({ to }) => to,
  );
  const ordered = new Set<GraphNode>();
  for (const first of oldestFirst) {
    const open: { readonly node: GraphNode; readonly told: boolean }[] = [{ node: first, told: false }];
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const { node, told } = top;
      if (told) ordered.add(node);
      if (told || ordered.has(node)) continue;
      open.push({ node, told: true });
      for (const { from } of makers.get(node.ref) ?? []) {
        const maker = known.get(from);
        if (maker !== undefined && !ordered.has(maker)) open.push({ node: maker, told: false });
      }
    }
  }
  return [...ordered];
}

/** Those that have not begun come last. */
function startOf({ startedAt }: GraphNode): number {
  return startedAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(startedAt);
}
