import type { Worker } from '@labkeep/client';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { timeText } from './job-view.ts';
import { printTable } from './table.ts';
import { counted } from './text.ts';

export function addStatus(program: Command, cli: Cli): void {
  const command = program
    .command('status')
    .description('show the server, who you are there, and its workers');
  withServer(command).action(async (options: ServerOptions) => {
    const { client, server } = connect(cli, options);
    const health = await client.health();
    if (options.json) return cli.terminal.json(health);
    const { terminal } = cli;
    const [me, projects, workers] = await Promise.all([
      client.me(),
      all(client.projects.each({ limit: 1_000 })),
      all(client.workers.each({ limit: 1_000 })),
    ]);
    const roles = me.grants
      .map(({ role, project }) => (project === null ? role : `${role} of ${project}`))
      .join(', ');
    const storage = { sqlite: 'SQLite', postgres: 'PostgreSQL', memory: 'memory' }[health.storage];
    terminal.out(`Labkeep ${health.version} at ${server.url}, on ${storage}`);
    terminal.out(`You are ${me.principal} (${roles})`);
    terminal.out(`${counted(projects.length, 'project')}, ${counted(workers.length, 'worker')}`);
    if (workers.length > 0) printWorkers(cli, workers);
  });
}

function printWorkers(cli: Cli, workers: readonly Worker[]): void {
  printTable(
    cli.terminal,
    [
      { title: 'WORKER', cell: ({ name }) => name, paint: () => ['bold'] },
      {
        title: 'STATE',
        cell: ({ state }) => state,
        paint: ({ state }) => [state === 'connected' ? 'green' : 'red'],
      },
      { title: 'SLOTS', cell: ({ holding, capacity }) => `${holding} of ${capacity} busy` },
      {
        title: 'JOBS OF',
        cell: ({ principal, accept }) => [principal, ...accept].join(', '),
        flexible: true,
      },
      { title: 'SINCE', cell: ({ registeredAt }) => timeText(cli, registeredAt) },
    ],
    workers,
  );
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
