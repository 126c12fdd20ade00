import type { StaleInput, StaleJob } from '@labkeep/client';
import type { Command } from 'commander';
import { all } from './all.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { nameHere } from './here.ts';
import { type ProjectOption, projectOrRefusal, withProject } from './projects-here.ts';
import { counted, plain } from './text.ts';

const pageLength = 1_000;

export function define(command: Command, cli: Cli): void {
  withServer(withProject(command)).action(async (options: ServerOptions & ProjectOption) => {
    const { client } = connect(cli, options);
    const project = await projectOrRefusal(cli, client, options);
    const items = await all(client.provenance.eachStale(project, { limit: pageLength }));
    const { items: databases } = await client.provenance.outdated(project);
    if (options.json) return cli.terminal.json({ items, databases });
    for (const job of items) printStale(cli, job);
    for (const { database, now, was, results } of databases)
      cli.terminal.out(
        `${database} is now ${now}; ${counted(results, 'result')} ${results === 1 ? 'rests' : 'rest'} on ${was}`,
      );
    if (items.length === 0 && databases.length > 0) return;
    cli.terminal.say(
      items.length === 0
        ? `labkeep: nothing in ${project} rests on what has been made again since`
        : `labkeep: ${counted(items.length, 'job')}; labkeep rerun --stale --dry-run shows how they would be made anew`,
    );
  });
}

function printStale(cli: Cli, { ref, because }: StaleJob): void {
  cli.terminal.out(cli.terminal.paint(ref, 'bold'));
  for (const input of because)
    cli.terminal.out(`  ${plain(nameHere(cli.folder, input.path))}: ${reason(input)}`);
}

function reason({ was, now }: StaleInput): string {
  if (now === null) return `made by ${was.ref}, which is stale`;
  return was.ref === now.ref
    ? `made by ${was.ref}, and again since`
    : `made by ${was.ref}, and since by ${now.ref}`;
}
