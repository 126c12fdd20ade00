import type { Difference } from '@labkeep/client';
import type { Command } from 'commander';
import { commandText } from '../core/jobs/command-text.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';
import { bytesText, plain } from './text.ts';

export function define(command: Command, cli: Cli): void {
  command.argument('<job>', 'such as toxd/12, or 12').argument('<other>', 'the job to compare it with');
  withServer(withProject(command)).action(
    async (left: string, right: string, options: ServerOptions & ProjectOption) => {
      const { client } = connect(cli, options);
      const [ref = '', other = ''] = await readRefs(cli, client, [left, right], options);
      const diff = await client.jobs.diff(ref, other);
      if (options.json) return cli.terminal.json(diff);
      for (const difference of diff.fields) printDifference(cli, difference);
      if (diff.fields.length === 0) cli.terminal.say(`labkeep: ${ref} and ${other} do not differ`);
      if (!diff.complete) cli.terminal.say('labkeep: of the files, the first 1,000 were compared');
    },
  );
}

/** The field, and below it the two sides, so that long commands stand one above the other. */
function printDifference({ terminal }: Cli, { field, left, right }: Difference): void {
  terminal.out(terminal.paint(plain(field), 'bold'));
  terminal.out(terminal.paint(`  - ${plain(valueText(field, left))}`, 'red'));
  terminal.out(terminal.paint(`  + ${plain(valueText(field, right))}`, 'green'));
}

function valueText(field: string, value: unknown): string {
  if (value === null) return 'nothing';
  if (typeof value === 'string') return value;
  if (field === 'command' && Array.isArray(value)) return commandText(value.map(String));
  return isContent(value) ? contentText(value) : JSON.stringify(value);
}

interface Content {
  readonly size: number | null;
  readonly sha256: string | null;
}

function isContent(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && 'sha256' in value && 'size' in value;
}

function contentText({ size, sha256 }: Content): string {
  const facts = [
    ...(size === null ? [] : [bytesText(size)]),
    ...(sha256 === null ? [] : [`sha256 ${sha256.slice(0, 12)}…`]),
  ];
  return facts.length === 0 ? 'a file' : facts.join(', ');
}
