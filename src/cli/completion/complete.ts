/**
 * `labkeep complete WORD…`: what the last word could become, a line each, with a tab and what it is. The shells’
 * scripts ask it at every Tab, so it is quick, and silent where it knows nothing. `:files` asks the shell for files.
 */
import type { Cli } from '../cli.ts';
import { commands } from '../commands.ts';
import { topics } from '../pages/topics.ts';
import { plain } from '../text.ts';
import type { Candidate } from './candidate.ts';

export async function complete(cli: Cli, words: readonly string[]): Promise<void> {
  const current = words.at(-1) ?? '';
  const candidates = await candidatesFor(cli, words);
  const lines =
    candidates === 'files'
      ? [':files']
      : candidates
          .filter(({ value }) => value.startsWith(current))
          .map(({ value, about }) => `${value}\t${plain(about)}`);
  for (const line of lines) cli.terminal.out(line);
}

async function candidatesFor(cli: Cli, words: readonly string[]): Promise<readonly Candidate[] | 'files'> {
  const [name = '', ...rest] = words;
  const shown = commands.filter(({ group }) => group !== null);
  const names = shown.map((entry) => ({ value: entry.name, about: entry.about }));
  if (rest.length === 0)
    return name.startsWith('-')
      ? [
          { value: '--help', about: 'print help' },
          { value: '--version', about: 'print the version' },
        ]
      : names;
  if (name === 'help' && rest.length === 1)
    return [...names, ...topics.map((topic) => ({ value: topic.name, about: topic.about }))];
  const entry = commands.find((one) => one.name === name);
  if (entry === undefined) return [];
  const { completeCommand } = await import('./complete-command.ts');
  return completeCommand(cli, entry, rest);
}
