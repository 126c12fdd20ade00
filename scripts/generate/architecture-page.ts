import { readFile } from 'node:fs/promises';
import { finalStates, moves } from '../../src/core/jobs/states.ts';

const begin = '<!-- states:begin -->';
const end = '<!-- states:end -->';

/** docs/architecture.md with the diagram of the moves of a job, drawn from their table. */
export async function architecturePage(file: string): Promise<string> {
  const page = await readFile(file, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file}: the marks around the diagram are missing`);
  return `${page.slice(0, from + begin.length)}\n${diagram()}${page.slice(to)}`;
}

function diagram(): string {
  const arrows = new Map<string, string[]>();
  for (const [state, acts] of Object.entries(moves))
    for (const [act, targets] of Object.entries(acts))
      for (const target of targets)
        arrows.set(`${state} --> ${target}`, [...(arrows.get(`${state} --> ${target}`) ?? []), act]);
  const lines = [...arrows].map(([arrow, acts]) => `  ${arrow}: ${acts.join(', ')}`);
  const ends = finalStates.map((state) => `  ${state} --> [*]`);
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> draft',
    '  [*] --> waiting',
    '  [*] --> ready',
    ...lines,
    ...ends,
    '```',
    '',
  ].join('\n');
}
