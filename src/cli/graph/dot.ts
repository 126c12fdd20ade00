/** A graph in the language of Graphviz. */
import type { Graph } from '@labkeep/client';
import { plain } from '../text.ts';
import { groupFiles } from './grouped-files.ts';
import { jobLabel } from './job-label.ts';

/** The text of a .dot file; `name`: how a path is shown. */
export function dotOf(graph: Graph, name: (path: string) => string): string {
  const jobs = graph.nodes.map((job) => {
    const lines = [`${job.ref} ${job.state}`, jobLabel(job)].filter((line) => line !== '');
    return `  ${quoted(job.ref)} [label=${quoted(...lines)}];`;
  });
  const ties = groupFiles(graph.edges).flatMap(({ from, files, readers }) =>
    readers.map(({ ref, byContent, cyclic }) => {
      const style = [
        ...(byContent ? ['style=dotted'] : []),
        ...(cyclic ? ['style=dashed', 'constraint=false'] : []),
      ];
      const label = `label=${quoted(...files.map(name))}`;
      return `  ${quoted(from)} -> ${quoted(ref)} [${[label, ...style].join(', ')}];`;
    }),
  );
  return ['digraph labkeep {', '  node [shape=box];', ...jobs, ...ties, '}'].join('\n');
}

/** Lines as one string: Graphviz reads escapes and entities in it. */
function quoted(...lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    plain(line).replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"'),
  );
  return `"${escaped.join('\\n')}"`;
}
