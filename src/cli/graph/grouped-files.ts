import type { GraphEdge } from '@labkeep/client';

/** Files that one job made and the same others read: drawn as one. */
export interface FileGroup {
  readonly from: string;
  readonly files: readonly string[];
  readonly readers: readonly Reader[];
}

export interface Reader {
  readonly ref: string;
  /** Not at the path where it was made, but of the same content. */
  readonly byContent: boolean;
  readonly cyclic: boolean;
}

/** The files of a graph, those together that make no difference to the drawing. */
export function groupFiles(edges: readonly GraphEdge[]): readonly FileGroup[] {
  const files = [...Map.groupBy(edges, ({ from, file }) => JSON.stringify([from, file])).values()].map(
    (same) => {
      const [{ from = '', file = '' } = {}] = same;
      const readers = same.map(({ to, by, cyclic }) => ({ ref: to, byContent: by === 'content', cyclic }));
      return { from, file, readers };
    },
  );
  const groups = Map.groupBy(files, ({ from, readers }) => JSON.stringify([from, readers]));
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [{ from: first.from, readers: first.readers, files: same.map(({ file }) => file) }];
  });
}
