import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { connectNow, type ServerOptions, withServer } from '../connect.ts';
import { live } from '../live.ts';
import { ActivityReader } from './activity.ts';
import { printActivity } from './view.ts';

interface Options extends ServerOptions {
  readonly once?: true;
}

const lookEveryMs = 1_000;

export function define(command: Command, cli: Cli): void {
  withServer(command)
    .option('--once', 'print it once, as where no terminal is')
    .action(async (options: Options) => {
      const { client, server } = connectNow(cli, options);
      const reader = new ActivityReader(client, server.url);
      const draw = async (page: Cli): Promise<true> => {
        printActivity(page, await reader.read());
        return true;
      };
      if (options.json) cli.terminal.json(await reader.read());
      else if (options.once || !cli.terminal.isForPeople) await draw(cli);
      else await live(cli, draw, lookEveryMs);
    });
}
