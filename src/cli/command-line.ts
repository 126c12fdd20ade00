/** From words to a command: the outside world goes in here, and an exit code comes out. */
import { nearestName } from '../core/nearest-name.ts';
import type { Cli } from './cli.ts';
import { type CommandEntry, commands } from './commands.ts';
import { ensureOwnServer } from './own-server.ts';
import { refusal, report } from './refusal.ts';
import { worldHere } from './world.ts';

export async function runCommandLine(words: readonly string[]): Promise<void> {
  // Whoever reads the output may stop reading: `labkeep jobs | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode);
    throw error;
  });
  await obey(worldHere(), words);
}

/** The same in any world. */
export async function obey(cli: Cli, words: readonly string[]): Promise<void> {
  const entry = entryOf(words);
  try {
    await perform(cli, entry, words);
  } catch (error) {
    cli.exit(report(error, cli.terminal, wantsJson(words), entry?.name));
  }
}

/** What comes after `--` are the words of another command. */
function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? words.length : end).includes('--json');
}

/** Without a command, the last jobs are meant; those who ask for help get it. */
function entryOf(words: readonly string[]): CommandEntry | undefined {
  const [first = ''] = words;
  if (words.every((word) => word === '--json')) return named('recent');
  return first === '-h' || first === '--help' ? named('help') : named(first);
}

function named(name: string): CommandEntry | undefined {
  return commands.find((entry) => entry.name === name);
}

async function perform(cli: Cli, entry: CommandEntry | undefined, words: readonly string[]): Promise<void> {
  const [first = '', ...rest] = words;
  if (entry === undefined) throw unknown(first);
  const { createProgram } = await import('./program.ts');
  const program = await createProgram(cli, [entry]);
  let called = program;
  program.hook('preAction', async (_, command) => {
    called = command;
    await ensureOwnServer(cli, command);
  });
  const args = entry.name === 'recent' && first !== 'recent' ? words : rest;
  try {
    await program.parseAsync([entry.name, ...args], { from: 'user' });
  } catch (error) {
    // Who asked for help got it.
    if (error instanceof Error && 'exitCode' in error && error.exitCode === 0) return;
    const { withMeantProject } = await import('./meant-project.ts');
    throw await withMeantProject(cli, called.opts(), error);
  }
}

function unknown(word: string): Error {
  if (word.startsWith('-')) return refusal('usage', `Unknown option '${word}'`, 'See labkeep help.');
  const shown = commands.filter(({ group }) => group !== null).map(({ name }) => name);
  const meant = nearestName(word, shown);
  const question = meant === null ? '' : `; did you mean ${meant}?`;
  return refusal('usage', `Unknown command '${word}'${question}`, 'See labkeep help.');
}
