import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { dataFolder, dataPaths } from '../daemon/data-paths.ts';
import { mainFile } from '../daemon/main-file.ts';
import { isServed, startPassingServer } from '../recorder/passing-server.ts';
import type { Cli } from './cli.ts';

/** These look at the server as it is, or work beside it. */
const takeItAsItIs: readonly string[] = ['worker', 'status', 'top', 'doctor', 'backup'];

const startWithinMs = 15_000;

/**
 * Starts the server of the data folder if it is meant, has served before, and does not run: what is on record is to be
 * had at any time. It ends by itself.
 */
export async function ensureOwnServer(cli: Cli, command: Command): Promise<void> {
  if (takeItAsItIs.includes(command.name())) return;
  if (!command.options.some(({ long }) => long === '--server')) return;
  const { server, data } = command.opts<{ readonly server?: string; readonly data?: string }>();
  const { env } = cli;
  if ([server, env.LABKEEP_SERVER, env.LABKEEP_URL].some((url) => url !== undefined && url !== '')) return;
  const paths = dataPaths(dataFolder(data, env));
  if (!existsSync(paths.database) || isServed(paths.discovery)) return;
  const start = startPassingServer([process.execPath, ...process.execArgv, mainFile], paths.folder);
  const until = performance.now() + startWithinMs;
  while (!isServed(paths.discovery) && !start.hasFailed() && performance.now() < until) await delay(20);
  if (isServed(paths.discovery)) cli.terminal.say('labkeep: started a server; it ends when it is not needed');
}
