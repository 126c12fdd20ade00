import type { Graph, GraphNode } from '@labkeep/client';
import { makersFirst } from '../makers-first.ts';

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
  return makersFirst(oldestFirst, ({ ref }) =>
    (makers.get(ref) ?? []).flatMap(({ from }) => known.get(from) ?? []),
  );
}

/** Those that have not begun come last. */
function startOf({ startedAt }: GraphNode): number {
  return startedAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(startedAt);
}
