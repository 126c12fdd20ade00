import type { Argument, Command, Option } from 'commander';
import type { Cli } from '../../src/cli/cli.ts';
import { commands, serverGroup } from '../../src/cli/commands.ts';
import { parseMarkdown } from '../../src/cli/pages/markdown.ts';
import { pageOf, topics } from '../../src/cli/pages/topics.ts';
import { createProgram } from '../../src/cli/program.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { version } from '../../src/cli/version.ts';
import { escaped, formatted, roffOf } from './roff.ts';

/** docs/labkeep.1: the commands as they define themselves, and the pages of `labkeep help TOPIC`. */
export async function manPage(): Promise<string> {
  const program = await createProgram(
    silentWorld(),
    commands.filter(({ group }) => group !== null),
  );
  const groups = Map.groupBy(program.commands, groupOf);
  const [major, minor] = version.split('.');
  return `${[
    '.\\" Made by npm run generate; do not edit.',
    `.TH LABKEEP 1 "" "Labkeep ${major}.${minor}" "User commands"`,
    '.SH NAME',
    'labkeep \\- keep a research group\\(cqs jobs and databases',
    '.SH SYNOPSIS',
    '.B labkeep',
    '.I COMMAND',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    ...formatted(
      'One daemon keeps the jobs of a research group: what ran, with which input, where, what came out. ' +
        'Without a command `labkeep` prints the last five jobs. Data goes to standard output, talk to standard error.',
    ),
    ...[...groups].flatMap(([group, members]) => [
      `.SH ${escaped(group.toUpperCase())}`,
      ...members.flatMap((command) => commandLines(command)),
    ]),
    '.SH OPTIONS THAT TELL WHICH SERVER IS MEANT',
    ...formatted('Every command that talks to a server takes these.'),
    ...serverOptionsOf(program).flatMap(optionLines),
    ...topics.flatMap((topic) => roffOf(parseMarkdown(pageOf(topic)))),
  ].join('\n')}\n`;
}

function silentWorld(): Cli {
  const silent = { write: () => true };
  return {
    terminal: new Terminal(silent, silent, {}),
    env: {},
    folder: '/',
    now: () => 0,
    input: async () => '',
    exit: () => undefined,
  };
}

function groupOf(command: Command): string {
  return commands.find(({ name }) => name === command.name())?.group ?? '';
}

function commandLines(command: Command, parent = 'labkeep'): readonly string[] {
  const name = `${parent} ${command.name()}`;
  const inner = command.commands.flatMap((one) => commandLines(one, name));
  if (inner.length > 0)
    return [`.SS ${escaped(name)}`, ...formatted(`${sentence(command.description())}`), ...inner];
  return [
    `.SS ${escaped(`${name} ${command.usage()}`)}`,
    ...formatted(sentence(command.description())),
    ...command.registeredArguments.flatMap(argumentLines),
    ...command.options.filter((option) => !isOfServer(option)).flatMap(optionLines),
  ];
}

function argumentLines(argument: Argument): readonly string[] {
  if (argument.description === '') return [];
  return ['.TP', `.I ${escaped(argument.name())}`, ...formatted(argument.description)];
}

function optionLines({ flags, description, defaultValue }: Option): readonly string[] {
  const usual =
    defaultValue === undefined || typeof defaultValue === 'boolean' ? '' : ` (${String(defaultValue)})`;
  return ['.TP', `.B ${escaped(flags)}`, ...formatted(`${description}${usual}`)];
}

function serverOptionsOf(program: Command): readonly Option[] {
  return program.commands.find(({ options }) => options.some(isOfServer))?.options.filter(isOfServer) ?? [];
}

function isOfServer(option: Option): boolean {
  return option.helpGroupHeading === serverGroup;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
