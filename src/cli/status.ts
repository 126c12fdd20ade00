import type { Health, LabkeepClient, Worker } from '@labkeep/client';
import type { Command } from 'commander';
import { all } from './all.ts';
import type { Cli } from './cli.ts';
import { connectNow, type ServerAddress, type ServerOptions, withServer } from './connect.ts';
import { timeText } from './job-view.ts';
import { drawOrWatch, type WatchOption, withWatch } from './live.ts';
import { type Column, printTable } from './table.ts';
import { counted } from './text.ts';
import { workerColumns } from './worker-columns.ts';

export function define(command: Command, cli: Cli): void {
  withServer(withWatch(command)).action(async (options: ServerOptions & WatchOption) => {
    const { client, server } = connectNow(cli, options);
    await drawOrWatch(cli, options, async (page) => {
      const health = await client.health();
      if (options.json) page.terminal.json(health);
      else await printStatus(page, client, server, health);
      return true;
    });
  });
}

async function printStatus(
  cli: Cli,
  client: LabkeepClient,
  server: ServerAddress,
  health: Health,
): Promise<void> {
  const { terminal } = cli;
  const [me, projects, workers] = await Promise.all([
    client.me(),
    all(client.projects.each({ limit: 1_000 })),
    all(client.workers.each({ limit: 1_000 })),
  ]);
  const roles = me.grants
    .map(({ role, project }) => (project === null ? role : `${role} of ${project}`))
    .join(', ');
  terminal.out(serverText(health, server));
  terminal.out(`You are ${me.principal} (${roles})`);
  terminal.out(`${counted(projects.length, 'project')}, ${counted(workers.length, 'worker')}`);
  if (workers.length > 0) printWorkers(cli, workers);
}

/** `Labkeep 0.1.0 at http://127.0.0.1:4780, on SQLite` */
export function serverText({ version, storage }: Health, { url }: Pick<ServerAddress, 'url'>): string {
  const kind = { sqlite: 'SQLite', postgres: 'PostgreSQL', memory: 'memory' }[storage];
  return `Labkeep ${version} at ${url}, on ${kind}`;
}

function printWorkers(cli: Cli, workers: readonly Worker[]): void {
  const slots = ({ holding, capacity }: Worker): string => `${holding} of ${capacity} busy`;
  const since: Column<Worker> = {
    title: 'SINCE',
    cell: ({ registeredAt }) => timeText(cli, registeredAt),
  };
  printTable(cli.terminal, [...workerColumns(slots), since], workers);
}
