import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { systemWords } from '../daemon/system-error.ts';
import { refusal } from './refusal.ts';

/** The whole standard input, however slowly it comes. */
export function readInput(): Promise<string> {
  return text(process.stdin);
}

/** A file that an option names; - for the standard input. */
export async function readNamed(file: string, option: string): Promise<string> {
  try {
    return file === '-' ? await readInput() : await readFile(file, 'utf8');
  } catch (error) {
    throw refusal(
      'usage',
      `The file ${file} of ${option} cannot be read: ${systemWords(error)}`,
      'Name another file.',
    );
  }
}
