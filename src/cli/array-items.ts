/** What the children of an array are made of: the files that match a pattern, or the lines of a file. */
import { glob } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Cli } from './cli.ts';
import { readNamed } from './read-input.ts';
import { refusal } from './refusal.ts';

/** An array has at most so many children. */
export const childrenMax = 100_000;

export async function filesMatching(pattern: string, folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const path of glob(pattern, { cwd: folder })) {
    found.push(path);
    if (found.length > childrenMax)
      throw refusal(
        'usage',
        `More than ${childrenMax.toLocaleString('en')} files match ${pattern}`,
        'Narrow the pattern, and submit several arrays.',
      );
  }
  if (found.length === 0)
    throw refusal(
      'usage',
      `No file matches ${pattern} in ${folder}`,
      'Look with ls; the pattern stands in quotes, so that the shell leaves it alone.',
    );
  return found.sort(inOrder);
}

const collator = new Intl.Collator('en', { numeric: true });

/** run2 comes before run10; what is the same to that order is told apart by its characters. */
function inOrder(one: string, other: string): number {
  return collator.compare(one, other) || (one < other ? -1 : 1);
}

export async function linesOf(cli: Cli, file: string): Promise<readonly string[]> {
  const text = await readNamed(cli, file, '--each-line');
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0)
    throw refusal('usage', `The file ${file} of --each-line has no lines`, 'Write one item a line.');
  if (lines.length > childrenMax)
    throw refusal(
      'usage',
      `The file ${file} of --each-line has ${lines.length.toLocaleString('en')} lines`,
      `An array has at most ${childrenMax.toLocaleString('en')} children: split the file.`,
    );
  return lines;
}

const mark = /\{(\/\.|\/|\.|#)?\}/g;

/** Refuses a command in which the item has no place. */
export function checkMarks(words: readonly string[]): void {
  if (words.some((word) => word.search(mark) >= 0)) return;
  throw refusal(
    'usage',
    'The command does not say where the item belongs',
    "Write {} there: labkeep submit --each 'data/*.mtz' -- PROGRAM {}. {/} is its name without folders, {.} without ending, {/.} without both, {#} its number.",
  );
}

export function withItem(words: readonly string[], item: string, number: number): readonly string[] {
  return words.map((word) =>
    word.replaceAll(mark, (_all, kind: string | undefined) => {
      switch (kind) {
        case '/':
          return basename(item);
        case '.':
          return join(dirname(item), withoutEnding(item));
        case '/.':
          return withoutEnding(item);
        case '#':
          return String(number);
        default:
          return item;
      }
    }),
  );
}

function withoutEnding(item: string): string {
  return basename(item, extname(item));
}
