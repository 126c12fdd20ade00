import { text } from 'node:stream/consumers';
import type { Cli } from './cli.ts';
import { Terminal } from './terminal.ts';

/** The world of this process. */
export function worldHere(): Cli {
  const { stdout, stderr, env } = process;
  return {
    terminal: new Terminal(stdout, stderr, env),
    env,
    folder: process.cwd(),
    now: () => Date.now(),
    input: () => text(process.stdin),
    exit: (code) => {
      if (process.exitCode === undefined || process.exitCode === 0) process.exitCode = code;
    },
  };
}
