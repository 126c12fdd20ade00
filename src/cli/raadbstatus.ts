/** As the utility of this name did by the named pipe: a bank is taken off for update, and put on again. */
import { LabkeepError } from '@labkeep/client';
import { Argument, type Command } from 'commander';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';

export function define(command: Command, cli: Cli): void {
  withServer(command)
    .argument('<database>', 'such as embl')
    .addArgument(new Argument('<on-or-off>', 'off closes it at once, on reopens it').choices(['on', 'off']))
    .action(async (name: string, wish: 'on' | 'off', options: ServerOptions) => {
      const { client } = connect(cli, options);
      const { databases } = client;
      const done = await unlessSo(wish === 'on' ? 'state_conflict' : 'database_closed', () =>
        wish === 'on' ? databases.reopen(name) : databases.close(name, { reason: 'stop for update' }),
      );
      const database = done ?? (await databases.get(name));
      if (options.json) cli.terminal.json(database);
      else cli.terminal.out(`${database.name} ${database.state === 'on' ? 'on' : 'off'}`);
    });
}

/** Null where it was so already. */
async function unlessSo<T>(code: string, act: () => Promise<T>): Promise<T | null> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof LabkeepError && error.code === code) return null;
    throw error;
  }
}
