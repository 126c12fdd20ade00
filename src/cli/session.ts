import type { Session } from '@labkeep/client';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { timeText } from './job-view.ts';
import { type Column, printTable } from './table.ts';

const listedMax = 1_000;

export function define(command: Command, cli: Cli): void {
  command.helpCommand(false);

  withServer(command.command('list').description('list the sessions that are open, newest first'))
    .option('--ended', 'also those that have ended within a day')
    .action(async (options: ServerOptions & { readonly ended?: true }) => {
      const { client } = connect(cli, options);
      const list = await client.sessions.list({ limit: listedMax, ended: options.ended });
      if (options.json) return cli.terminal.json(list);
      if (list.items.length === 0) return cli.terminal.say('labkeep: no sessions');
      printSessions(cli, list.items, options.ended === true);
      if (list.next !== null) cli.terminal.say(`labkeep: these are the newest ${listedMax}`);
    });

  withServer(
    command
      .command('end')
      .description('end a session: what it holds is free at once; of others, for managers')
      .argument('<id>', 'as labkeep session list shows it'),
  )
    .option('--reason <text>', 'why, for its owner')
    .action(async (id: string, options: ServerOptions & { readonly reason?: string }) => {
      const { client } = connect(cli, options);
      const ended = await client.sessions.end(id, options.reason);
      if (options.json) return cli.terminal.json(ended);
      cli.terminal.say(`labkeep: session ${id} of ${ended.principal} has ended`);
    });
}

function printSessions(cli: Cli, sessions: readonly Session[], withEnds: boolean): void {
  const columns: readonly Column<Session>[] = [
    { title: 'ID', cell: ({ session }) => session, paint: () => ['bold'] },
    { title: 'WHO', cell: ({ principal }) => principal },
    { title: 'NAME', cell: ({ name }) => name, flexible: true },
    { title: 'WHERE', cell: placeText },
    { title: 'OPENED', cell: ({ openedAt }) => timeText(cli, openedAt) },
    { title: 'USED', cell: ({ usedAt }) => timeText(cli, usedAt) },
    { title: 'DATABASES', cell: ({ databases }) => databases.join(' ') },
    ...(withEnds ? [{ title: 'ENDED', cell: endText }] : []),
  ];
  printTable(cli.terminal, columns, sessions);
}

function placeText({ host, pid }: Session): string {
  return [host, pid].filter((part) => part !== null).join(' ');
}

function endText({ ended }: Session): string {
  if (ended === null) return '';
  const said = ended.reason.replaceAll('_', ' ');
  return ended.text === null ? said : `${said}: ${ended.text}`;
}
