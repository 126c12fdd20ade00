/** `labkeep help`: the ten commands one needs, all of them, one of them, or a topic. */
import type { Command } from 'commander';
import { nearestName } from '../core/nearest-name.ts';
import type { Cli } from './cli.ts';
import { type CommandEntry, commands, firstGroup } from './commands.ts';
import { hanging, printPage } from './pages/page-text.ts';
import { pageOf, topics } from './pages/topics.ts';
import { refusal } from './refusal.ts';

interface Options {
  readonly all?: true;
  readonly json?: true;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('[name...]', 'a command, or a topic')
    .option('-a, --all', 'say of every command what it does')
    .option('--json', 'print the names of commands and topics, as JSON')
    .action(async (words: string[], options: Options) => help(cli, words, options));
}

async function help(cli: Cli, words: readonly string[], { all, json }: Options): Promise<void> {
  const [name, ...inner] = words;
  const shown = commands.filter(({ group }) => group !== null);
  if (json) return cli.terminal.json({ commands: shown.map(({ load: _, ...facts }) => facts), topics });
  if (name === undefined) return overview(cli, shown, all === true);
  const topic = topics.find((one) => one.name === name);
  if (topic !== undefined) return printPage(cli.terminal, pageOf(topic));
  const entry = commands.find((one) => one.name === name);
  if (entry === undefined) throw unknown(name, shown);
  await showCommand(cli, entry, inner);
}

function overview({ terminal }: Cli, shown: readonly CommandEntry[], all: boolean): void {
  const groups = [...Map.groupBy(shown, ({ group }) => group ?? '')];
  const explained = groups.filter(([group]) => all || group === firstGroup);
  const width = Math.max(...explained.flatMap(([, entries]) => entries.map(({ name }) => name.length)));
  terminal.out('Labkeep keeps a research group’s jobs and databases.');
  terminal.out('');
  terminal.out('Usage: labkeep COMMAND [options]');
  for (const [group, entries] of explained) {
    terminal.out('');
    terminal.out(terminal.paint(`${group}:`, 'bold'));
    for (const { name, about } of entries) terminal.out(`  ${name.padEnd(width)}  ${about}`);
  }
  terminal.out('');
  const rest = groups.filter((group) => !explained.includes(group));
  const titleWidth = Math.max(...rest.map(([group]) => group.length), 'labkeep help COMMAND'.length) + 1;
  for (const [group, entries] of rest) {
    const names = entries.map(({ name }) => name).join(', ');
    const title = `${group}:`.padEnd(titleWidth + 2);
    for (const line of hanging(title, names, terminal.columns ?? 80))
      terminal.out(line.replace(title, (text) => terminal.paint(text, 'bold')));
  }
  if (rest.length > 0) terminal.out('');
  const row = (line: string, what: string): void => {
    for (const one of hanging(line.padEnd(titleWidth + 2), what, terminal.columns ?? 80)) terminal.out(one);
  };
  row('labkeep help COMMAND', 'all about one of them');
  if (!all) row('labkeep help --all', 'what each of them does');
  row('labkeep help TOPIC', topics.map(({ name }) => name).join(', '));
}

async function showCommand(cli: Cli, entry: CommandEntry, inner: readonly string[]): Promise<void> {
  const { createProgram } = await import('./program.ts');
  let command = (await createProgram(cli, [entry])).commands[0];
  for (const word of inner) {
    const found = command?.commands.find((one) => one.name() === word);
    if (found === undefined)
      throw refusal('usage', `There is no labkeep ${entry.name} ${word}`, `See labkeep help ${entry.name}.`);
    command = found;
  }
  command?.outputHelp();
}

function unknown(name: string, shown: readonly CommandEntry[]): Error {
  const meant = nearestName(
    name,
    [...shown, ...topics].map((one) => one.name),
  );
  const question = meant === null ? '' : `; did you mean ${meant}?`;
  return refusal('usage', `There is no command and no topic '${name}'${question}`, 'See labkeep help --all.');
}
