import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { LabkeepClient } from '@labkeep/client';
import type { Command } from 'commander';
import { type DataPaths, dataFolder, dataPaths } from '../daemon/data-paths.ts';
import { defaultPort, readListen } from '../daemon/listen-address.ts';
import type { RunningServer, ServerOptions } from '../daemon/start-server.ts';
import type { TlsFiles } from '../daemon/tls-files.ts';
import type { Cli } from './cli.ts';
import { trustAlso } from './connect.ts';
import { showExample } from './example-view.ts';
import { hostName } from './host-name.ts';
import { shortPath } from './projects-here.ts';
import { refusal, report } from './refusal.ts';
import { untilSignal } from './signals.ts';
import { counted } from './text.ts';
import { version } from './version.ts';

interface Options {
  readonly json?: true;
  readonly data?: string;
  readonly listen?: string;
  readonly storage?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly hostName?: readonly string[];
  readonly worker: boolean;
  readonly example?: true;
}

export function addUp(program: Command, cli: Cli): void {
  program
    .command('up')
    .description('start a server, with a worker for your own jobs, until Ctrl-C')
    .option('--data <folder>', 'where everything is kept (LABKEEP_DATA, else labkeep in your data home)')
    .option(
      '--listen <host:port>',
      `where it listens (127.0.0.1:${defaultPort}, or the next port that is free)`,
    )
    .option('--storage <url>', 'a PostgreSQL, as postgres://USER@HOST/DATABASE (SQLite in the data folder)')
    .option('--tls-cert <file>', 'speak TLS with this certificate; needed where others can reach the address')
    .option('--tls-key <file>', 'the certificate’s key')
    .option('--host-name <name...>', 'a name by which it may be called, besides its addresses')
    .option('--no-worker', 'start no worker')
    .option('--example', 'compute an example project, once')
    .option('--json', 'print where the server listens, as JSON')
    .action(async (options: Options) => run(cli, options));
}

async function run(cli: Cli, options: Options): Promise<void> {
  const paths = dataPaths(dataFolder(options.data, cli.env));
  const asked = untilSignal();
  const slots = options.worker ? slotsHere() : 0;
  const server = await start(cli, paths, options, slots);
  try {
    if (options.json)
      cli.terminal.json({ url: server.url, loginUrl: server.loginUrl, pid: process.pid, data: paths.folder });
    else greet(cli, server, paths, options, slots);
    const stopped = new AbortController();
    const shown = options.example ? example(cli, server, paths, options, stopped.signal) : Promise.resolve();
    if (!options.json) void shown.then(() => stopped.signal.aborted || sayNext(cli));
    await asked;
    stopped.abort();
    await shown;
  } finally {
    await server.stop();
  }
}

export function slotsHere(): number {
  return Math.min(4, availableParallelism());
}

async function start(cli: Cli, paths: DataPaths, options: Options, slots: number): Promise<RunningServer> {
  const { startServer } = await import('../daemon/start-server.ts');
  return startServer(serverOptions(cli, paths, options, slots));
}

export function serverOptions(cli: Cli, paths: DataPaths, options: Options, slots: number): ServerOptions {
  return {
    paths,
    listen: readListen(options.listen),
    storageUrl: options.storage ?? null,
    tls: readTlsOptions(options),
    hostNames: options.hostName ?? [],
    workerArgs: slots === 0 ? null : workerArgs(paths, slots),
    env: cli.env,
    version,
  };
}

function readTlsOptions({ tlsCert, tlsKey }: Options): TlsFiles | null {
  if (tlsCert !== undefined && tlsKey !== undefined) return { cert: tlsCert, key: tlsKey };
  if (tlsCert === undefined && tlsKey === undefined) return null;
  throw refusal('usage', 'TLS needs both a certificate and its key', 'Give --tls-cert and --tls-key.');
}

/** Its name is not the one that a worker started by hand has if nobody names it. */
function workerArgs(paths: DataPaths, slots: number): readonly string[] {
  const name = `${hostName()}-up`;
  return [
    '--data',
    paths.folder,
    '--name',
    name,
    '--slots',
    String(slots),
    '--folder',
    join(paths.workers, name),
  ];
}

function greet(cli: Cli, server: RunningServer, paths: DataPaths, options: Options, slots: number): void {
  const { terminal } = cli;
  const { named, port } = readListen(options.listen);
  if (!named && server.port !== port)
    terminal.say(`labkeep: port ${port} is taken; this server listens on ${server.port}`);
  const [major, minor] = version.split('.');
  terminal.out(`Labkeep ${major}.${minor}  ${server.loginUrl}  (code works once)`);
  const storage = options.storage === undefined ? 'SQLite' : `PostgreSQL ${describeUrl(options.storage)}`;
  const worker =
    slots === 0
      ? 'No worker; labkeep worker starts one'
      : `Worker: ${counted(slots, 'slot')}, your jobs only`;
  terminal.out(`Data ${shortPath(paths.folder)} (${storage})   ${worker}`);
}

/** Host and database, without what is secret. */
function describeUrl(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host === '' ? 'local' : host}${pathname}`;
}

function sayNext({ terminal }: Cli): void {
  const name = import.meta.filename.endsWith('.ts') ? 'bin/labkeep' : 'labkeep';
  terminal.out('Next, in another terminal:');
  terminal.out(`  ${name} submit --wait -- sort README.md -o sorted.txt`);
  terminal.out('Ctrl-C stops; nothing recorded is lost.');
}

async function example(
  cli: Cli,
  server: RunningServer,
  paths: DataPaths,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  if (options.tlsCert !== undefined) trustAlso(options.tlsCert);
  const client = new LabkeepClient({ url: server.url, token: server.token });
  const terminal = options.json ? null : cli.terminal;
  try {
    await showExample({ client, folder: paths.example, terminal, signal });
  } catch (error) {
    // The server serves all the same.
    if (!signal.aborted) report(error, cli.terminal, options.json === true);
  }
}
