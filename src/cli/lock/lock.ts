import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { connect, type ServerOptions, withServer } from '../connect.ts';
import { drawOrWatch, type WatchOption, withWatch } from '../live.ts';
import { holderText, printLocks } from './lock-view.ts';
import { defineRun } from './run.ts';

const listedMax = 1_000;

export function define(command: Command, cli: Cli): void {
  command.helpCommand(false);
  defineRun(command.command('run').description('run a command while locks are held'), cli);

  withServer(withWatch(command.command('list').description('list who holds what, and who waits for whom')))
    .argument('[path]', 'only what touches this database, or lies under this path')
    .action(async (path: string | undefined, options: ServerOptions & WatchOption) => {
      const { client } = connect(cli, options);
      await drawOrWatch(cli, options, async (page) => {
        const list = await client.locks.list({ limit: listedMax, path });
        if (options.json) page.terminal.json(list);
        else if (list.items.length === 0)
          page.terminal[options.watch ? 'out' : 'say'](
            `labkeep: nobody holds or awaits anything${path === undefined ? '' : ` in ${path}`}`,
          );
        else printLocks(page, list.items);
        if (list.next !== null) page.terminal.say(`labkeep: these are the first ${listedMax}`);
        return true;
      });
    });

  withServer(
    command
      .command('break')
      .description('take locks from whoever has them, or end a closure; for managers')
      .argument('<id>', 'as labkeep lock list shows it'),
  ).action(async (id: string, options: ServerOptions) => {
    const { client } = connect(cli, options);
    const broken = await client.locks.break(id);
    if (options.json) return cli.terminal.json(broken);
    const set = broken.locks.map(({ path, mode }) => `${path}:${mode}`).join(' ');
    cli.terminal.say(`labkeep: taken from ${holderText(broken.holder)}: ${set}`);
  });
}
