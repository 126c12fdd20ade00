/** A graph as lines: every job after those whose files it read, and below it these files. */
import type { Graph, GraphNode } from '@labkeep/client';
import { statePaints } from '../job-view.ts';
import type { Terminal } from '../terminal.ts';
import { cut, plain } from '../text.ts';
import { jobLabel } from './job-label.ts';
import { byAncestry } from './order.ts';

/** `name`: how a path is shown. */
export function printGraph(terminal: Terminal, graph: Graph, name: (path: string) => string): void {
  const jobs = byAncestry(graph);
  const width = (cells: readonly string[]): number => Math.max(0, ...cells.map(({ length }) => length));
  const refs = width(jobs.map(({ ref }) => ref));
  const states = width(jobs.map(({ state }) => state));
  const read = Map.groupBy(graph.edges, ({ to }) => to);
  for (const job of jobs) {
    terminal.out(jobLine(terminal, job, refs, states));
    for (const { file, from, by, cyclic } of read.get(job.ref) ?? []) {
      const notes = [...(by === 'content' ? ['by content'] : []), ...(cyclic ? ['in a circle'] : [])];
      const note = notes.length === 0 ? '' : `, ${notes.join(', ')}`;
      terminal.out(`  ${plain(name(file))} ${terminal.paint(`from ${from}${note}`, 'dim')}`);
    }
  }
}

function jobLine(terminal: Terminal, job: GraphNode, refs: number, states: number): string {
  const label = plain(jobLabel(job));
  const room = terminal.columns === null ? null : Math.max(8, terminal.columns - refs - states - 4);
  const state = terminal.paint(job.state, ...statePaints[job.state]);
  const cells = [
    `${terminal.paint(job.ref, 'bold')}${' '.repeat(refs - job.ref.length)}`,
    `${state}${label === '' ? '' : ' '.repeat(states - job.state.length)}`,
    ...(label === '' ? [] : [room === null ? label : cut(label, room)]),
  ];
  return cells.join('  ');
}
