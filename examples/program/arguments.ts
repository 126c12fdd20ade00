import { parseArgs } from 'node:util';
import { Refusal } from './refusal.ts';

/** The usage line of a program names its arguments: `translate CDS.fasta`, `restriction INPUT.gb --enzyme NAME`. */
export function readArguments(
  usage: string,
  words: readonly string[],
): { files: readonly string[]; options: ReadonlyMap<string, string> } {
  const optionNames = Array.from(usage.matchAll(/--(\w+)/g), ([, name = '']) => name);
  const expected = usage.split(' ').length - 1 - 2 * optionNames.length;
  const { positionals, values } = parse(usage, words, optionNames);
  if (positionals.length !== expected) {
    throw new Refusal(`${counted(positionals.length, 'file')} named, ${expected} expected; usage: ${usage}`);
  }
  const options = new Map<string, string>();
  for (const name of optionNames) {
    const value = values[name];
    if (value === undefined) throw new Refusal(`--${name} is missing; usage: ${usage}`);
    options.set(name, value);
  }
  return { files: positionals, options };
}

function parse(usage: string, words: readonly string[], optionNames: readonly string[]) {
  const options = Object.fromEntries(optionNames.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (cause) {
    if (!isComplaint(cause)) throw cause;
    // Node's message goes on with advice of its own; the first sentence says what was found.
    const [found] = cause.message.split('. ');
    throw new Refusal(`${found}; usage: ${usage}`, { cause });
  }
}

function isComplaint(error: unknown): error is TypeError {
  if (!(error instanceof TypeError) || !('code' in error)) return false;
  return typeof error.code === 'string' && error.code.startsWith('ERR_PARSE_ARGS_');
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
