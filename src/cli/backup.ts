import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { dataFolder, dataPaths } from '../daemon/data-paths.ts';
import { systemWords } from '../daemon/system-error.ts';
import type { Cli } from './cli.ts';
import { barText, withProgress } from './progress.ts';
import { refusal } from './refusal.ts';

interface Options {
  readonly json?: true;
  readonly data?: string;
  readonly storage?: string;
}

/** It reads the storage itself, beside the server: that neither stops nor slows. */
export function define(command: Command, cli: Cli): void {
  command
    .argument('<file>', 'a new file')
    .option('--data <folder>', 'the data folder (LABKEEP_DATA, else labkeep in your data home)')
    .option('--storage <url>', 'the PostgreSQL, where it is kept in one')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: Options) => {
      const file = resolve(cli.folder, name);
      const paths = dataPaths(dataFolder(options.data, cli.env));
      const storageUrl = options.storage ?? null;
      if (storageUrl === null && !existsSync(paths.database))
        throw refusal(
          'data_unusable',
          `There is no database in the data folder ${paths.folder}`,
          'Name another folder with --data, or the PostgreSQL with --storage.',
        );
      if (existsSync(file))
        throw refusal('usage', `${file} is there already`, 'Name a new file; nothing is overwritten.');
      const { backUp } = await import('../daemon/backups.ts');
      let done = 0;
      const onProgress = (fraction: number): void => {
        done = fraction;
      };
      await withProgress(
        cli,
        () => (storageUrl === null ? `${barText(done)}  ${Math.floor(done * 100)} % copied` : 'copying'),
        () =>
          backUp({ paths, storageUrl, file, onProgress }).catch((error: unknown) => refuseFile(file, error)),
      );
      if (options.json) cli.terminal.json({ file });
      else cli.terminal.say(`labkeep: all is copied to ${file}`);
    });
}

/** An error of the system that names a path is about the file; all else goes its way. */
function refuseFile(file: string, error: unknown): never {
  if (!(error instanceof Error && 'path' in error)) throw error;
  throw refusal(
    'usage',
    `The backup ${file} cannot be written: ${systemWords(error)}`,
    'Name a new file in a folder that you may write to.',
  );
}
