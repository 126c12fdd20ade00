import { readFile } from 'node:fs/promises';
import { systemWords } from '../daemon/system-error.ts';
import type { Cli } from './cli.ts';
import { refusal } from './refusal.ts';

/** A file that an option names; - for the standard input. */
export async function readNamed({ input }: Cli, file: string, option: string): Promise<string> {
  try {
    return file === '-' ? await input() : await readFile(file, 'utf8');
  } catch (error) {
    throw refusal(
      'usage',
      `The file ${file} of ${option} cannot be read: ${systemWords(error)}`,
      'Name another file.',
    );
  }
}
