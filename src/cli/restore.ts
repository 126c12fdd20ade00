import { resolve } from 'node:path';
import type { Command } from 'commander';
import { defaultDurations } from '../core/leases/durations.ts';
import { dataFolder, dataPaths } from '../daemon/data-paths.ts';
import type { Cli } from './cli.ts';
import { counted } from './text.ts';

interface Options {
  readonly json?: true;
  readonly data?: string;
  readonly storage?: string;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<file>', 'as labkeep backup wrote it')
    .option('--data <folder>', 'the data folder (LABKEEP_DATA, else labkeep in your data home)')
    .option('--storage <url>', 'an empty PostgreSQL to restore into')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: Options) => {
      const paths = dataPaths(dataFolder(options.data, cli.env));
      const { restore } = await import('../daemon/backups.ts');
      const restored = await restore({
        paths,
        storageUrl: options.storage ?? null,
        file: resolve(cli.folder, name),
      });
      if (options.json) return cli.terminal.json(restored);
      cli.terminal.say(`labkeep: restored from ${name}, as incarnation ${restored.incarnation}`);
      cli.terminal.say(
        `labkeep: when a server is started, neither jobs nor locks are handed out for ${defaultDurations.leaseMs / 1_000} s: workers of before may still be at work`,
      );
      if (restored.taken > 0)
        cli.terminal.say(
          `labkeep: ${counted(restored.taken, 'job')} had been with a worker when the backup was taken`,
        );
      if (restored.kept !== null)
        cli.terminal.say(`labkeep: what was there before is kept as ${restored.kept}`);
    });
}
