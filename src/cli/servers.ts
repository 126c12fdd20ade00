import type { Server } from '@labkeep/client';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { timeText } from './job-view.ts';
import { type Column, printTable } from './table.ts';

const listedMax = 1_000;

const paints = { up: 'green', draining: 'yellow', lost: 'red' } as const satisfies Record<
  Server['state'],
  string
>;

export function define(command: Command, cli: Cli): void {
  withServer(command).action(async (options: ServerOptions) => {
    const { client } = connect(cli, options);
    const list = await client.servers.list({ limit: listedMax });
    if (options.json) return cli.terminal.json(list);
    printServers(cli, list.items);
  });
}

function printServers(cli: Cli, servers: readonly Server[]): void {
  const columns: readonly Column<Server>[] = [
    { title: 'SERVER', cell: ({ name }) => name, paint: () => ['bold'] },
    {
      title: 'STATE',
      cell: ({ state }) => state,
      paint: ({ state }) => [paints[state]],
    },
    { title: 'ADDRESS', cell: ({ url }) => url },
    { title: 'VERSION', cell: ({ version }) => version },
    { title: 'WHERE', cell: ({ host, pid }) => `${host} ${pid}`, flexible: true },
    { title: 'SINCE', cell: ({ startedAt }) => timeText(cli, startedAt) },
    { title: 'SEEN', cell: ({ seenAt }) => timeText(cli, seenAt) },
  ];
  printTable(cli.terminal, columns, servers);
}
