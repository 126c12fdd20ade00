import { statSync } from 'node:fs';
import type { Directory } from '@labkeep/client';
import type { Command } from 'commander';
import { shortPath } from '../recorder/paths.ts';
import { isMissing } from '../worker/programs/look.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { pathHere } from './here.ts';
import { printTable } from './table.ts';

interface Options extends ServerOptions {
  readonly project?: string;
}

export function define(command: Command, cli: Cli): void {
  command.helpCommand(false);
  const withOptions = (one: Command): Command =>
    withServer(one.option('-p, --project <name>', 'of this project; else of the server, for admins'));

  withOptions(
    command
      .command('add')
      .description('give a folder a name, or a name another folder')
      .argument('<alias>', 'such as DATA')
      .argument('<path>', 'the folder; when it has moved, where it is now'),
  ).action(async (alias: string, path: string, options: Options) => {
    const { client } = connect(cli, options);
    const folder = pathHere(cli.folder, path);
    const saved = await client.directories.save(options.project ?? null, alias, folder);
    if (options.json) cli.terminal.json(saved);
    if (!isFolder(folder))
      cli.terminal.say(`labkeep: there is no folder ${shortPath(folder)} on this machine`);
  });

  withOptions(command.command('list').description('list folders with names')).action(
    async (options: Options) => {
      const { client } = connect(cli, options);
      const page = await client.directories.list(options.project ?? null, { limit: 1_000 });
      if (options.json) return cli.terminal.json(page);
      if (page.items.length === 0)
        return cli.terminal.say('labkeep: no folders with names yet; labkeep directory add makes one');
      printDirectories(cli, page.items);
      if (page.next !== null) cli.terminal.say('labkeep: these are the first 1,000');
    },
  );

  withOptions(
    command.command('remove').description('take the name from a folder').argument('<alias>'),
  ).action(async (alias: string, options: Options) => {
    const { client } = connect(cli, options);
    await client.directories.remove(options.project ?? null, alias);
  });
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function printDirectories({ terminal }: Cli, directories: readonly Directory[]): void {
  printTable(
    terminal,
    [
      { title: 'ALIAS', cell: ({ alias }) => alias, paint: () => ['bold'] },
      { title: 'FOLDER', cell: ({ path }) => shortPath(path), flexible: true },
    ],
    directories,
  );
}
