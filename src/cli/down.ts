import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { isHeld } from '../daemon/data-hold.ts';
import { type DataPaths, dataFolder, dataPaths } from '../daemon/data-paths.ts';
import { readDiscovery, runsHere } from '../daemon/discovery.ts';
import { identify, isRunning, type ProcessIdentity, signal } from '../worker/supervisor/processes.ts';
import type { Cli } from './cli.ts';
import { refusal } from './refusal.ts';

interface Options {
  readonly data?: string;
  readonly json?: true;
}

const patienceMs = 60_000;
const lookEveryMs = 50;

export function define(command: Command, cli: Cli): void {
  command
    .option('--data <folder>', 'the data folder (LABKEEP_DATA, else labkeep in your data home)')
    .option('--json', 'print the process that was stopped, as JSON')
    .action(async ({ data, json }: Options) => {
      const paths = dataPaths(dataFolder(data, cli.env));
      const server = findServer(paths);
      if (server !== null) await stop(paths, server);
      if (json) return cli.terminal.json({ stopped: server?.pid ?? null });
      cli.terminal.say(
        server === null
          ? `labkeep: no server runs on the data folder ${paths.folder}`
          : `labkeep: the server (process ${server.pid}) has stopped; nothing recorded is lost`,
      );
    });
}

/** The process that holds the folder; a number in the discovery file alone could be anybody’s by now. */
function findServer(paths: DataPaths): ProcessIdentity | null {
  if (!isHeld(paths)) return null;
  const found = readDiscovery(paths.discovery);
  const server = found === null || !runsHere(found) ? null : identify(found.pid);
  if (server !== null && isRunning(server)) return server;
  throw refusal(
    'data_held',
    `The data folder ${paths.folder} is held by a server that is not found on this machine`,
    found === null || runsHere(found)
      ? 'Stop it where it was started; one that is just starting is found in a moment.'
      : `Stop it on ${found.host}, where it was started.`,
  );
}

async function stop(paths: DataPaths, server: ProcessIdentity): Promise<void> {
  if (!signal(server.pid, 'SIGTERM') && isRunning(server))
    throw refusal(
      'forbidden',
      `The server (process ${server.pid}) belongs to another account`,
      'Ask whoever started it.',
    );
  const until = performance.now() + patienceMs;
  while (isRunning(server) || isHeld(paths)) {
    if (performance.now() >= until)
      throw refusal(
        'data_held',
        `The server (process ${server.pid}) was asked to stop, and has not ended yet`,
        'It ends by itself; look again with labkeep down.',
      );
    await delay(lookEveryMs);
  }
}
