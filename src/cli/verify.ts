/** `labkeep verify`: compares all that is recorded with itself, and says what does not agree. */
import type { Flaw } from '@labkeep/client';
import type { Command } from 'commander';
import { verifyParts } from '../core/verify/facts.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { plain } from './text.ts';

export function define(command: Command, cli: Cli): void {
  withServer(command).action(async (options: ServerOptions) => {
    const { client } = connect(cli, options);
    const looked: Record<string, number> = {};
    const flaws = new Map<string, Flaw>();
    for (const part of verifyParts) {
      looked[part] = 0;
      const add = (more: number): void => {
        looked[part] = (looked[part] ?? 0) + more;
      };
      for await (const flaw of client.verification.flaws(part, add))
        flaws.set(`${flaw.check} ${flaw.subject} ${flaw.found}`, flaw);
      if (options.json !== true)
        cli.terminal.out(`${part.padEnd(6)}  ${(looked[part] ?? 0).toLocaleString('en')} looked at`);
    }
    if (options.json === true)
      cli.terminal.json({ ok: flaws.size === 0, looked, flaws: [...flaws.values()] });
    else printFlaws(cli, [...flaws.values()]);
    if (flaws.size > 0) cli.exit(1);
  });
}

function printFlaws({ terminal }: Cli, flaws: readonly Flaw[]): void {
  for (const { check, meaning, subject, found, expected } of flaws) {
    terminal.out(`${terminal.paint('✘', 'red')} ${terminal.paint(plain(subject), 'bold')}  ${plain(found)}`);
    terminal.out(`  expected: ${plain(expected)}`);
    terminal.out(`  ${check}: ${meaning}`);
  }
  terminal.out(
    flaws.length === 0
      ? 'The record agrees with itself.'
      : `${flaws.length} ${flaws.length === 1 ? 'thing does' : 'things do'} not agree. Nothing was changed: keep a copy (labkeep backup) before anything is mended.`,
  );
}
