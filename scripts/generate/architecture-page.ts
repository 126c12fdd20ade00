import { finalStates, moves } from '../../src/core/jobs/states.ts';
import { betweenMarks } from './between-marks.ts';

/** docs/architecture.md with the diagram of the moves of a job, drawn from their table. */
export function architecturePage(file: string): Promise<string> {
  return betweenMarks(file, 'states', diagram());
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
