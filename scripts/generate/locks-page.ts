import { conflicts, lockModes } from '../../src/core/locks/modes.ts';
import { betweenMarks } from './between-marks.ts';

/** docs/locks.md with the matrix of the modes, from their table. */
export function locksPage(file: string): Promise<string> {
  return betweenMarks(file, 'modes', matrix());
}

function matrix(): string {
  const rows = lockModes.map((one) => [one, ...lockModes.map((other) => (conflicts(one, other) ? '' : '+'))]);
  return [['', ...lockModes], ['---', ...lockModes.map(() => '---')], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.padEnd(3)).join(' | ')} |\n`)
    .join('');
}
