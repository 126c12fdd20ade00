/**
 * Files that the shell had put behind the streams of a recorded command, as their notes say. They are no part of the
 * command: one that is run again reads what is in its input now, and what it prints is in its log.
 */
import type { FileMention } from './job.ts';

export const streamNotes = {
  input: 'standard input',
  output: 'standard output',
  error: 'standard error',
} as const;

const printed: readonly (string | undefined)[] = [streamNotes.output, streamNotes.error];

/** Whether a file has what the command printed. */
export function wasPrinted({ note }: Pick<FileMention, 'note'>): boolean {
  return printed.includes(note);
}

/** The command with its input opened again by a shell; null if it was no file. */
export function readingAgain(
  command: readonly string[],
  inputs: readonly Pick<FileMention, 'path' | 'note'>[],
): readonly string[] | null {
  const file = inputs.find(({ note }) => note === streamNotes.input);
  if (file === undefined) return null;
  return ['sh', '-c', `exec "$@" <'${file.path.replaceAll("'", "'\\''")}'`, 'sh', ...command];
}
