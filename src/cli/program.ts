/** Commands as commander knows them. */
import { Command, type Help, type Option } from 'commander';
import type { Cli } from './cli.ts';
import { type CommandEntry, serverGroup } from './commands.ts';

/** The program with these commands; the others are not loaded. */
export async function createProgram(cli: Cli, entries: readonly CommandEntry[]): Promise<Command> {
  const program = new Command('labkeep')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.terminal.bytes(Buffer.from(text)),
      outputError: () => undefined,
    })
    .configureHelp({ subcommandTerm: termOf, groupItems: ownFirst });
  for (const { name, about, load } of entries) {
    const { define } = await load();
    define(program.command(name).description(about), cli);
  }
  return program;
}

/** A command’s own options come before those that every command has. */
function ownFirst<T extends Command | Option>(
  this: Help,
  _: T[],
  shown: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups = Map.groupBy(shown, groupOf);
  const last = groups.get(serverGroup);
  if (last !== undefined) {
    groups.delete(serverGroup);
    groups.set(serverGroup, last);
  }
  return groups;
}

/** A command and what it is about; its options are told in its own help. */
function termOf(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name().toUpperCase()}${argument.variadic ? '…' : ''}`;
    return argument.required ? name : `[${name}]`;
  });
  return [command.name(), ...words].join(' ');
}
