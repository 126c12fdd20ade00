import { Argument, type Command } from 'commander';
import type { Cli } from '../cli.ts';
import { completionScripts } from './scripts.ts';

const shells = ['bash', 'zsh', 'fish'] as const satisfies (keyof typeof completionScripts)[];

export function define(command: Command, cli: Cli): void {
  command
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .option('--json', 'print the script as a JSON string')
    .action((shell: (typeof shells)[number], { json }: { readonly json?: true }) => {
      const script = completionScripts[shell];
      if (json) cli.terminal.json({ shell, script });
      else cli.terminal.bytes(Buffer.from(script));
    });
}
