/** The program `labkeep`: the outside world goes in here, and an exit code comes out. */
import { CommanderError } from 'commander';
import type { Cli } from './cli.ts';
import { createProgram } from './program.ts';
import { report } from './refusal.ts';
import { Terminal } from './terminal.ts';

const terminal = new Terminal(process.stdout, process.stderr, process.env);
const cli: Cli = {
  terminal,
  env: process.env,
  folder: process.cwd(),
  now: () => Date.now(),
  exit: (code) => {
    if (process.exitCode === undefined || process.exitCode === 0) process.exitCode = code;
  },
};

// Whoever reads the output may stop reading: `labkeep jobs | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode);
  throw error;
});

const words = process.argv.slice(2);
const isBare = words.every((word) => word === '--json');
const program = createProgram(cli);
try {
  await program.parseAsync(isBare ? ['recent', ...words] : words, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) cli.exit(0);
  else cli.exit(report(error, terminal, words.includes('--json'), nameOfCommand()));
}

function nameOfCommand(): string | undefined {
  const [first] = words;
  return program.commands.find((command) => command.name() === first)?.name();
}
