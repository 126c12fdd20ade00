import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { LabkeepClient } from '@labkeep/client';
import { type Command, Option } from 'commander';
import { Fault } from '../core/faults.ts';
import { type DataPaths, dataFolder, dataPaths } from '../daemon/data-paths.ts';
import { serverName } from '../daemon/heartbeat.ts';
import { defaultPort, defaultXmlRpcPort, type ListenAddress, readListen } from '../daemon/listen-address.ts';
import { describeUrl, type JournalWish } from '../daemon/open-storage.ts';
import { settleMemory } from '../daemon/settle-memory.ts';
import type { RunningServer, ServerOptions } from '../daemon/start-server.ts';
import { systemWords } from '../daemon/system-error.ts';
import type { TlsFiles } from '../daemon/tls-files.ts';
import { shortPath } from '../recorder/paths.ts';
import { readAliases, writeAliases } from './aliases.ts';
import type { Cli } from './cli.ts';
import { trustAlso } from './connect.ts';
import { problemText } from './db/problem-text.ts';
import { showExample } from './example-view.ts';
import { hostName } from './host-name.ts';
import { integerFrom } from './numbers.ts';
import { refusal, report } from './refusal.ts';
import { untilSignal } from './signals.ts';
import { counted } from './text.ts';
import { version } from './version.ts';

interface Options {
  readonly json?: true;
  readonly data?: string;
  readonly listen?: string;
  readonly storage?: string;
  readonly waitForStorage?: number;
  readonly connections?: number;
  readonly pooler?: true;
  readonly hints?: string;
  readonly journal?: JournalWish;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly xmlrpc?: string;
  readonly plaintext?: true;
  readonly hostName?: readonly string[];
  readonly worker: boolean;
  readonly slots?: number;
  readonly alias?: readonly string[];
  readonly catalogue?: readonly string[];
  readonly tasks?: string;
  readonly dbEnvNames?: string;
  readonly disablePipe?: string;
  readonly endWhenIdle?: number;
  readonly drain?: number;
  readonly example?: true;
}

/** So long a PostgreSQL is waited for that starts together with this server. */
const storageWaitS = 60;

export function define(command: Command, cli: Cli): void {
  command
    .option('--data <folder>', 'where everything is kept (LABKEEP_DATA, else labkeep in your data home)')
    .option(
      '--listen <host:port>',
      `where it listens (127.0.0.1:${defaultPort}, or the next port that is free)`,
    )
    .option('--storage <url>', 'a PostgreSQL, as postgres://USER@HOST/DATABASE (SQLite in the data folder)')
    .option(
      '--wait-for-storage <seconds>',
      `how long a PostgreSQL that does not answer is waited for at the start (${storageWaitS})`,
      integerFrom(0, 86_400),
    )
    .option('--connections <number>', 'to a PostgreSQL, at most (10)', integerFrom(2, 1_000))
    .option('--pooler', 'the storage’s address is that of a pooler of transactions, such as PgBouncer')
    .option('--hints <url>', 'behind a pooler: the PostgreSQL itself, over which servers wake each other')
    .addOption(
      new Option(
        '--journal <kind>',
        'how SQLite keeps its commits; auto is rollback on network file systems, else wal',
      ).choices(['auto', 'wal', 'rollback'] satisfies JournalWish[]),
    )
    .option('--tls-cert <file>', 'speak TLS with this certificate; needed where others can reach the address')
    .option('--tls-key <file>', 'the certificate’s key')
    .option(
      '--xmlrpc <host:port>',
      `where it listens for workers that speak XML-RPC, over TLS (nowhere; the port is ${defaultXmlRpcPort} if none is named)`,
    )
    .option('--plaintext', 'XML-RPC without TLS, for programs on this machine only')
    .option('--host-name <name...>', 'a name by which it may be called, besides its addresses')
    .option('--no-worker', 'start no worker')
    .option(
      '--slots <number>',
      'how many jobs its worker runs at once (as many as there are cores)',
      integerFrom(1, 10_000),
    )
    .option(
      '--alias <name=folder...>',
      'where its worker has a registered directory, if not where the server has it',
    )
    .option(
      '--catalogue <file...>',
      'a file that declares databases, read again when it changes: in TOML (NAME.toml), or a known_db_file',
    )
    .option('--db-env-names <file>', 'the folders of the banks of a known_db_file')
    .option('--tasks <file>', 'tasks, in TOML; read again when it changes')
    .option('--disable-pipe <path>', 'make a named pipe that takes the lines disable NAME and enable NAME')
    .option(
      '--end-when-idle <seconds>',
      'end when no job is unfinished and nobody has asked for anything for so long',
      integerFrom(1, 31_536_000),
    )
    .option(
      '--drain <seconds>',
      'at SIGTERM, hand out no more and go on answering for so long, until other servers have taken over (0)',
      integerFrom(0, 3_600),
    )
    .option('--example', 'compute an example project, once')
    .option('--json', 'print where the server listens, as JSON')
    .action(async (options: Options) => run(cli, options));
}

async function run(cli: Cli, options: Options): Promise<void> {
  const paths = dataPaths(dataFolder(options.data, cli.env));
  const asked = untilSignal();
  const unwanted = new AbortController();
  void asked.then(() => unwanted.abort());
  const slots = options.worker ? (options.slots ?? slotsHere()) : 0;
  const server = await start(cli, paths, options, slots, unwanted.signal);
  if (server === null) return;
  try {
    if (options.json)
      cli.terminal.json({
        url: server.url,
        loginUrl: server.loginUrl,
        xmlrpcUrl: server.xmlrpcUrl,
        pid: process.pid,
        data: paths.folder,
        journal: server.journal,
      });
    else greet(cli, server, paths, options, slots);
    for (const problem of server.catalogueProblems()) cli.terminal.say(`labkeep: ${problemText(problem)}`);
    const stopped = new AbortController();
    const shown = options.example ? example(cli, server, paths, options, stopped.signal) : Promise.resolve();
    if (!options.json) void shown.then(() => stopped.signal.aborted || sayNext(cli));
    settleMemory();
    const signal = await Promise.race([asked, server.idle]);
    stopped.abort();
    await shown;
    if (signal === 'SIGTERM' && options.drain !== undefined) await server.drain(options.drain * 1_000);
  } finally {
    await server.stop();
  }
}

export function slotsHere(): number {
  return availableParallelism();
}

/** Null if it was asked to stop before it had started. */
async function start(
  cli: Cli,
  paths: DataPaths,
  options: Options,
  slots: number,
  unwanted: AbortSignal,
): Promise<RunningServer | null> {
  const { startServer } = await import('../daemon/start-server.ts');
  try {
    return await startServer(serverOptions(cli, paths, options, slots, unwanted));
  } catch (error) {
    if (unwanted.aborted && error instanceof Fault && error.code === 'stopping') return null;
    if (!isAway(error) || options.storage === undefined) throw error;
    const advice = 'Start it, or name another with --storage; --wait-for-storage waits longer.';
    throw refusal(error.code, error.message, advice);
  }
}

function isAway(error: unknown): error is Fault {
  return error instanceof Fault && error.code === 'storage_unavailable';
}

export function serverOptions(
  cli: Cli,
  paths: DataPaths,
  options: Options,
  slots: number,
  unwanted: AbortSignal,
): ServerOptions {
  const { storage, journal, waitForStorage = storageWaitS } = options;
  if (storage !== undefined && journal !== undefined)
    throw refusal(
      'usage',
      '--journal is of SQLite, and --storage names another storage',
      'Give one of them.',
    );
  const onWait = (cause: unknown): void =>
    cli.terminal.say(
      `labkeep: waiting up to ${waitForStorage} s for PostgreSQL at ${describeUrl(storage ?? '')}: ${systemWords(cause)}`,
    );
  return {
    paths,
    listen: readListen(options.listen),
    storageUrl: storage ?? null,
    connections: options.connections,
    pooled: options.pooler ?? false,
    hintsUrl: options.hints,
    journal: journal ?? 'auto',
    storageWait: { waitMs: waitForStorage * 1_000, onWait, signal: unwanted },
    tls: readTlsOptions(options),
    xmlrpc: readXmlRpcOptions(options),
    hostNames: options.hostName ?? [],
    workerArgs:
      slots === 0
        ? null
        : workerArgs(
            paths,
            slots,
            readAliases(cli.folder, options.alias ?? []),
            options.storage === undefined,
          ),
    catalogue: {
      files: [...new Set((options.catalogue ?? []).map((file) => resolve(cli.folder, file)))],
      envNames: options.dbEnvNames === undefined ? null : resolve(cli.folder, options.dbEnvNames),
    },
    taskFile: options.tasks === undefined ? null : resolve(cli.folder, options.tasks),
    disablePipe: options.disablePipe === undefined ? null : resolve(cli.folder, options.disablePipe),
    env: cli.env,
    version,
    idleMs: options.endWhenIdle === undefined ? null : options.endWhenIdle * 1_000,
  };
}

function readTlsOptions({ tlsCert, tlsKey }: Options): TlsFiles | null {
  if (tlsCert !== undefined && tlsKey !== undefined) return { cert: tlsCert, key: tlsKey };
  if (tlsCert === undefined && tlsKey === undefined) return null;
  throw refusal('usage', 'TLS needs both a certificate and its key', 'Give --tls-cert and --tls-key.');
}

function readXmlRpcOptions({ xmlrpc, plaintext }: Options): ServerOptions['xmlrpc'] {
  if (xmlrpc !== undefined) return { listen: readXmlRpcListen(xmlrpc), plaintext: plaintext === true };
  if (plaintext === undefined) return null;
  throw refusal('usage', '--plaintext is of XML-RPC', 'Give --xmlrpc HOST:PORT, or leave it out.');
}

function readXmlRpcListen(text: string): ListenAddress {
  const listen = readListen(text, '--xmlrpc');
  return listen.named ? listen : { ...listen, port: defaultXmlRpcPort, named: true };
}

/**
 * Its name is not the one that a worker started by hand has if nobody names it, nor that of the worker of another server
 * on this machine: of two of one name one waits until the other is gone.
 */
function workerArgs(
  paths: DataPaths,
  slots: number,
  aliases: ReadonlyMap<string, string>,
  isAlone: boolean,
): readonly string[] {
  const name = `${isAlone ? hostName() : serverName(hostName(), paths.folder)}-up`;
  return [
    '--data',
    paths.folder,
    '--name',
    name,
    '--slots',
    String(slots),
    '--folder',
    join(paths.workers, name),
    ...writeAliases(aliases),
  ];
}

function greet(cli: Cli, server: RunningServer, paths: DataPaths, options: Options, slots: number): void {
  const { terminal } = cli;
  const { named, port } = readListen(options.listen);
  if (!named && server.port !== port)
    terminal.say(`labkeep: port ${port} is taken; this server listens on ${server.port}`);
  const [major, minor] = version.split('.');
  terminal.out(`Labkeep ${major}.${minor}  ${server.loginUrl}  (code works once)`);
  const storage =
    options.storage === undefined ? sqliteText(server) : `PostgreSQL ${describeUrl(options.storage)}`;
  const worker =
    slots === 0
      ? 'No worker; labkeep worker starts one'
      : `Worker: ${counted(slots, 'slot')}, your jobs only`;
  terminal.out(`Data ${shortPath(paths.folder)} (${storage})   ${worker}`);
  if (server.xmlrpcUrl !== null) terminal.out(`XML-RPC ${server.xmlrpcUrl}`);
}

function sqliteText({ journal }: RunningServer): string {
  return journal === 'rollback' ? 'SQLite, rollback journal' : 'SQLite';
}

function sayNext({ terminal }: Cli): void {
  const name = import.meta.filename.endsWith('.ts') ? 'bin/labkeep' : 'labkeep';
  terminal.out('Next, in another terminal:');
  terminal.out(`  ${name} run -- sort README.md -o sorted.txt`);
  terminal.out('Ctrl-C stops; nothing recorded is lost.');
}

async function example(
  cli: Cli,
  server: RunningServer,
  paths: DataPaths,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  if (options.tlsCert !== undefined) await trustAlso(options.tlsCert);
  const client = new LabkeepClient({ url: server.url, token: server.token });
  const terminal = options.json ? null : cli.terminal;
  try {
    await showExample({ client, folder: paths.example, terminal, signal });
  } catch (error) {
    // The server serves all the same.
    if (!signal.aborted) report(error, cli.terminal, options.json === true);
  }
}
