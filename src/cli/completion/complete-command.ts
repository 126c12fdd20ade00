/** What the words after a command’s name could become, by the arguments and options that it defines. */
import type { Argument, Command, Option } from 'commander';
import { roleNames } from '../../core/access/roles.ts';
import { ratings } from '../../core/annotations/annotations.ts';
import { jobStates } from '../../core/jobs/states.ts';
import type { Cli } from '../cli.ts';
import type { CommandEntry } from '../commands.ts';
import { createProgram } from '../program.ts';
import type { Candidate } from './candidate.ts';

type Candidates = readonly Candidate[] | 'files';

export async function completeCommand(
  cli: Cli,
  entry: CommandEntry,
  words: readonly string[],
): Promise<Candidates> {
  let command = (await createProgram(cli, [entry])).commands[0];
  if (command === undefined) return [];
  let rest = words;
  while (command.commands.length > 0) {
    const [name = '', ...inner] = rest;
    if (inner.length === 0)
      return command.commands.map((one) => ({ value: one.name(), about: one.description() }));
    command = command.commands.find((one) => one.name() === name);
    if (command === undefined) return [];
    rest = inner;
  }
  return completeWords(cli, command, rest);
}

async function completeWords(cli: Cli, command: Command, words: readonly string[]): Promise<Candidates> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  // Behind it stand the words of another program.
  if (before.includes('--')) return 'files';
  const asking = optionOf(command, before.at(-1));
  if (asking !== undefined && takesValue(asking)) return valuesOf(cli, command, asking, words);
  if (current.startsWith('-')) return optionsOf(command, before);
  const given = before.filter((word, at) => !word.startsWith('-') && !isValue(command, before[at - 1]));
  const argument = command.registeredArguments[given.length] ?? variadicOf(command);
  return argument === undefined ? [] : valuesOf(cli, command, argument, words);
}

function optionOf(command: Command, word: string | undefined): Option | undefined {
  return command.options.find(({ long, short }) => word !== undefined && (word === long || word === short));
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function isValue(command: Command, wordBefore: string | undefined): boolean {
  const option = optionOf(command, wordBefore);
  return option !== undefined && takesValue(option);
}

function variadicOf(command: Command): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return last?.variadic ? last : undefined;
}

/** Those not given yet. */
function optionsOf(command: Command, before: readonly string[]): readonly Candidate[] {
  const fresh = command.options.filter(
    (option) =>
      option.variadic ||
      (option.hidden === false && !before.some((word) => optionOf(command, word) === option)),
  );
  const help = { value: '--help', about: 'print this help' };
  return [
    ...fresh.map(({ long, short, description }) => ({ value: long ?? short ?? '', about: description })),
    help,
  ];
}

/** Which values fit is told by the choices, else by the name of what is asked for, such as <job>. */
async function valuesOf(
  cli: Cli,
  command: Command,
  asked: Option | Argument,
  words: readonly string[],
): Promise<Candidates> {
  if (asked.argChoices !== undefined) return plainly(asked.argChoices);
  const isOption = 'long' in asked;
  const name = isOption ? (/[<[]([\w-]+)/.exec(asked.flags)?.[1] ?? '') : asked.name();
  const ask = async (): Promise<typeof import('./ask-server.ts')> => import('./ask-server.ts');
  if (name === 'state') return plainly(jobStates);
  // Of some commands the first words are jobs.
  if (['job', 'word', 'other'].includes(name)) {
    const refs = await (await ask()).jobRefs(cli, command, words);
    return command.name() === 'rate' ? [...refs, ...plainly([...ratings, 'none'])] : refs;
  }
  const isTemplate = isOption ? asked.long === '--template' : command.parent?.name() === 'template';
  if (name === 'name' && isTemplate && command.name() !== 'save')
    return (await ask()).templates(cli, command, words);
  if (name === 'task') return (await ask()).tasks(cli, command, words);
  if (isOption && asked.long === '--param') return (await ask()).taskParameters(cli, command, words);
  const ofDatabases = askOfDatabases(command, isOption ? (asked.long ?? '') : name);
  if (ofDatabases !== null) return (await import('./ask-databases.ts'))[ofDatabases](cli, command, words);
  const isProject = isOption ? asked.long === '--project' : command.parent?.name() === 'project';
  if (name === 'name' && isProject && command.name() !== 'create')
    return (await ask()).projects(cli, command, words);
  if (isOption && asked.long === '--role') return plainly(roleNames);
  return ['file', 'folder', 'command', 'path'].includes(name) ? 'files' : [];
}

/** Which question about databases fits an option, or an argument. */
function askOfDatabases(command: Command, asked: string): keyof typeof import('./ask-databases.ts') | null {
  const [name, parent] = [command.name(), command.parent?.name()];
  switch (asked) {
    case 'database':
      return name === 'add' ? null : 'databases';
    case 'path':
      return parent === 'lock' ? 'databases' : null;
    case 'lock':
    case '--lock':
      return 'lockWishes';
    case 'release':
      return 'releases';
    case '--release':
      return parent === 'db' && name !== 'publish' && name !== 'add' ? 'releaseNames' : null;
    case 'id':
      return parent === 'lock' ? 'locks' : parent === 'session' ? 'sessions' : null;
    default:
      return null;
  }
}

function plainly(values: readonly string[]): readonly Candidate[] {
  return values.map((value) => ({ value, about: '' }));
}
