import { hostname } from 'node:os';
import { extname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { checkName } from '../core/jobs/specify.ts';
import { dataFolder, dataPaths } from '../daemon/data-paths.ts';
import { makeFolder } from '../daemon/make-folder.ts';
import { settleMemory } from '../daemon/settle-memory.ts';
import type { TaskSurroundings } from '../tasks/surroundings.ts';
import type { WorkerSettings } from '../worker/settings.ts';
import type { Worker } from '../worker/worker.ts';
import { readAliases } from './aliases.ts';
import type { Cli } from './cli.ts';
import {
  clientOf,
  connect,
  findServer,
  type ServerAddress,
  type ServerOptions,
  trustAlso,
  withServer,
} from './connect.ts';
import { hostName } from './host-name.ts';
import { integerFrom } from './numbers.ts';
import { refusal } from './refusal.ts';
import { untilSignal } from './signals.ts';
import { counted } from './text.ts';

interface Options extends ServerOptions {
  readonly name?: string;
  readonly slots: number;
  readonly accept?: readonly string[];
  readonly task?: readonly string[];
  readonly alias?: readonly string[];
  readonly folder?: string;
}

export function define(command: Command, cli: Cli): void {
  withServer(command)
    .option('--name <name>', 'what this worker is called (the host’s name)')
    .option('--slots <number>', 'how many jobs run at once', integerFrom(1, 10_000), 1)
    .option('--accept <user...>', 'run jobs of these users too; by default only your own')
    .option('--task <task...>', 'what it can do; `command` stands for any command (command)')
    .option('--alias <name=folder...>', 'where this machine has a registered directory: DATA=/mnt/data')
    .option('--folder <folder>', 'where it keeps its journal (in the data folder)')
    .action(async (options: Options) => run(cli, options));
}

async function run(cli: Cli, options: Options): Promise<void> {
  const server = findServer(cli, options);
  if (server.token === null)
    throw refusal(
      'unauthenticated',
      `There is no token for ${server.url}`,
      'Give one with LABKEEP_TOKEN; labkeep token create makes one.',
    );
  const { createWorker, FolderHeldError, FolderLockError, systemHost } = await import('../worker/worker.ts');
  const { openLog } = await import('../daemon/log.ts');
  const name = checkName(options.name ?? hostName(), '--name');
  for (const who of options.accept ?? []) checkName(who, '--accept');
  const aliases = readAliases(cli.folder, options.alias ?? []);
  const folder = resolve(
    cli.folder,
    options.folder ?? join(dataPaths(dataFolder(options.data, cli.env)).workers, name),
  );
  makeFolder(folder);
  const isChild = process.channel !== undefined;
  const log = openLog({
    file: join(folder, 'log'),
    ...(isChild ? {} : { tell: (message) => cli.terminal.say(`labkeep: ${message}`) }),
  });
  const worker = createWorker({
    ...(await settingsFor(cli, options, server, server.token)),
    host: systemHost,
    name,
    aliases,
    folder,
    log,
  });
  await takeBuiltInTasks(worker, cli, options);
  const signal = untilSignal();
  // The server that started this process is gone. What runs goes on under its supervisors; the next start takes it up.
  if (isChild) process.once('disconnect', () => process.exit(0)).channel?.unref();
  try {
    await worker.start();
  } catch (error) {
    if (error instanceof FolderLockError)
      throw refusal('data_unusable', error.message, 'Name another folder with --folder.');
    if (!(error instanceof FolderHeldError)) throw error;
    throw refusal('data_held', error.message.replace(/; give.*$/, ''), 'Give this worker another --name.');
  }
  if (!isChild) greet(cli, name, server, options);
  settleMemory();
  await signal;
  await worker.stop();
}

/** A server that is restarted while files are copied costs the work of hours nothing. */
const publishingPatienceMs = 120_000;

/** Without --task a worker does what every server offers; with it, only what is named. */
async function takeBuiltInTasks(worker: Worker, cli: Cli, options: Options): Promise<void> {
  const { builtInHandlers } = await import('../tasks/handlers.ts');
  const { releaseRegister, tidyRegister } = await import('./db/own-releases.ts');
  const { client, server } = connect(cli, options);
  const surroundings: TaskSurroundings = {
    env: cli.env,
    database: (name) => client.databases.get(name),
    releases: ({ token, epoch }, it) => {
      const own = clientOf({ ...server, token }, { retryForMs: publishingPatienceMs });
      return { ...releaseRegister(own, it, epoch), ...tidyRegister(own, it.database) };
    },
  };
  for (const [task, handler] of builtInHandlers(surroundings))
    if (options.task?.includes(task) ?? true) worker.handle(task, handler);
}

function greet({ terminal }: Cli, name: string, server: ServerAddress, options: Options): void {
  if (options.json) {
    terminal.json({ name, server: server.url, slots: options.slots });
    return;
  }
  const whose = ['your own', ...(options.accept ?? [])].join(', ');
  terminal.say(
    `labkeep: worker ${name} asks ${server.url} for work: ${counted(options.slots, 'slot')}, jobs of ${whose}`,
  );
  terminal.say('Ctrl-C stops.');
}

type Fixed = 'server' | 'capacity' | 'tasks' | 'accept' | 'labels' | 'environment' | 'connectionModule';

async function settingsFor(
  cli: Cli,
  options: Options,
  server: ServerAddress,
  token: string,
): Promise<Pick<WorkerSettings, Fixed>> {
  return {
    server: { url: server.url, token },
    capacity: options.slots,
    labels: { host: hostname() },
    environment: cli.env,
    ...(options.task === undefined ? {} : { tasks: options.task }),
    ...(options.accept === undefined ? {} : { accept: options.accept }),
    ...(server.ca === null ? {} : { connectionModule: await trusting(server.ca) }),
  };
}

/** The thread that renews the lease makes a connection of its own, and has to trust the certificate by itself. */
async function trusting(ca: string): Promise<string> {
  await trustAlso(ca);
  process.env.LABKEEP_CA = ca;
  return new URL(`./trusting-connection${extname(import.meta.filename)}`, import.meta.url).href;
}
