import type { Event, LabkeepClient } from '@labkeep/client';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { timeText } from './job-view.ts';
import { integerFrom } from './numbers.ts';
import { plain } from './text.ts';

interface Options extends ServerOptions {
  readonly project?: string;
  readonly follow?: true;
  readonly after?: string;
  readonly limit: number;
}

export function define(command: Command, cli: Cli): void {
  withServer(command)
    .option('-p, --project <name>', 'only of this project (all)')
    .option('-f, --follow', 'print what happens from now on, or after --after, until Ctrl-C')
    .option(
      '--after <cursor>',
      'only what follows this place: the cursor of an event, or next and asOf of a list',
    )
    .option('-n, --limit <number>', 'at most so many', integerFrom(1, 1_000), 100)
    .action(async (options: Options) => {
      const { client } = connect(cli, options);
      const { after, project, limit, json } = options;
      const print = (event: Event): void =>
        json ? cli.terminal.json(event) : cli.terminal.out(lineOf(cli, event));
      if (options.follow) {
        for await (const event of client.events.stream({ after, project })) print(event);
        return;
      }
      if (json) return cli.terminal.json(await client.events.list({ after, project, limit }));
      await printPages(cli, client, options);
    });
}

/** A page looks at so many events, of which the project may have fewer. */
async function printPages(
  cli: Cli,
  client: LabkeepClient,
  { after, project, limit }: Options,
): Promise<void> {
  let place = after;
  let left = limit;
  while (left > 0) {
    const page = await client.events.list({ after: place, project, limit: left });
    for (const event of page.items) cli.terminal.out(lineOf(cli, event));
    left -= page.items.length;
    place = page.next;
    if (page.next === page.asOf) return;
  }
  cli.terminal.say(`labkeep: there is more; go on with --after ${place}`);
}

const jobsShown = 5;

function lineOf(cli: Cli, { at, type, project, database, actor, jobs }: Event): string {
  const shown = jobs.slice(0, jobsShown).map(({ ref, state }) => `${ref} ${state}`);
  const more = jobs.length > jobsShown ? [`and ${jobs.length - jobsShown} more`] : [];
  const what = jobs.length === 0 ? (database ?? project ?? '') : [...shown, ...more].join(', ');
  const time = cli.terminal.isForPeople ? timeText(cli, at).padEnd(12) : at;
  return plain(`${time}  ${type.padEnd(17)}  ${actor}  ${what}`.trimEnd());
}
