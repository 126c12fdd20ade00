/** The words after `labkeep run`. */

export interface Wish {
  readonly project: string | null;
  readonly task: string | null;
  readonly title: string | null;
  readonly tags: readonly string[];
  /** Files that are read, or written, besides those that are found. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** False: standard input is passed on, and not looked at. */
  readonly keepStdin: boolean;
  /** `NAME=FOLDER`: registered directories that this machine has in other folders. */
  readonly aliases: readonly string[];
  /** Whether a server is started if none runs. */
  readonly startServer: boolean;
  /** Larger files are recorded without a digest. Bytes. */
  readonly hashBytesMax: number;
  /** What to call the program with to learn its version. */
  readonly askVersion: string | null;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly data: string | undefined;
  readonly server: string | undefined;
  readonly token: string | undefined;
  readonly command: readonly string[];
}

/** The words make no sense; exit code 2. */
export class UsageError extends Error {
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

interface Draft {
  values: Map<string, string[]>;
  command: readonly string[];
}

const valued: Readonly<Record<string, string>> = {
  '-p': 'project',
  '--project': 'project',
  '--task': 'task',
  '--title': 'title',
  '--tag': 'tag',
  '--alias': 'alias',
  '--in': 'in',
  '--out': 'out',
  '--hash-max': 'hash-max',
  '--ask-version': 'ask-version',
  '--data': 'data',
  '--server': 'server',
  '--token': 'token',
};
const flags: Readonly<Record<string, string>> = {
  '--no-stdin': 'no-stdin',
  '--no-start': 'no-start',
  '-q': 'quiet',
  '--quiet': 'quiet',
  '--json': 'json',
};
const repeatable = new Set(['tag', 'in', 'out', 'alias', 'server']);

const megabyte = 1_048_576;
export const stdinKeptBytes = megabyte;

/** Options end at `--` or at the first word that is none: the rest is the command, untouched. */
export function readWish(words: readonly string[]): Wish {
  const { values, command } = split(words);
  if (command.length === 0 || command[0] === '')
    throw usage('No command is given', 'Write it after --, such as: labkeep run -- sort in.txt -o out.txt');
  const one = (name: string): string | null => values.get(name)?.at(-1) ?? null;
  return {
    project: one('project'),
    task: one('task'),
    title: one('title'),
    tags: values.get('tag') ?? [],
    inputs: values.get('in') ?? [],
    outputs: values.get('out') ?? [],
    aliases: values.get('alias') ?? [],
    keepStdin: !values.has('no-stdin'),
    startServer: !values.has('no-start'),
    hashBytesMax: megabytes(one('hash-max')) * megabyte,
    askVersion: one('ask-version'),
    quiet: values.has('quiet'),
    json: values.has('json'),
    data: one('data') ?? undefined,
    server: values.get('server')?.join(','),
    token: one('token') ?? undefined,
    command,
  };
}

function split(words: readonly string[]): Draft {
  const values = new Map<string, string[]>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return { values, command: words.slice(at + 1) };
    if (!word.startsWith('-') || word === '-') return { values, command: words.slice(at) };
    const [, option = word, attached] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const flag = flags[option];
    if (flag !== undefined && attached === undefined) {
      values.set(flag, ['']);
      continue;
    }
    const name = valued[option];
    if (name === undefined)
      throw usage(`labkeep run does not know the option ${option}`, 'labkeep run --help lists them.');
    if (attached === undefined) at += 1;
    const value = attached ?? words[at];
    if (value === undefined) throw usage(`${option} needs a value`, 'labkeep run --help tells which.');
    const before = values.get(name);
    if (before !== undefined && !repeatable.has(name))
      throw usage(`${option} is given twice`, 'Give it once.');
    values.set(name, [...(before ?? []), value]);
  }
  return { values, command: [] };
}

function usage(message: string, advice: string): UsageError {
  return new UsageError(message, advice);
}

function megabytes(text: string | null): number {
  if (text === null) return 256;
  if (!/^\d{1,7}$/.test(text))
    throw usage(
      `--hash-max is ${JSON.stringify(text)}, expected a number of megabytes`,
      'Such as 256, or 0.',
    );
  return Number(text);
}
