/** One server, from nothing to listening, and back: what is started first is stopped last. */
import { hostname } from 'node:os';
import type { CatalogueProblem } from '../app/catalogue-problems.ts';
import { createUseCases } from '../app/use-cases.ts';
import { Fault } from '../core/faults.ts';
import { defaultDurations } from '../core/leases/durations.ts';
import { buildHttp } from '../frontends/http/build-http.ts';
import { Counts } from '../frontends/http/metrics.ts';
import { OneTimeCodes } from '../frontends/http/one-time-codes.ts';
import { Spool } from '../recorder/spool.ts';
import { postgresEnforcer } from '../schemas/enforce.ts';
import type { Journal } from '../storage/sqlite/open.ts';
import { builtInTasks } from '../tasks/list.ts';
import { systemChance, systemClock } from './chance.ts';
import { holdData } from './data-hold.ts';
import type { DataPaths } from './data-paths.ts';
import { openDisablePipe } from './disable-pipe.ts';
import { removeDiscovery, writeDiscovery } from './discovery.ts';
import { testDurations } from './durations.ts';
import { startEnforcing } from './enforcing.ts';
import { Heartbeat, serverName } from './heartbeat.ts';
import { watchIdle } from './idle.ts';
import { jsonSchemas } from './json-schemas.ts';
import { listen } from './listen.ts';
import { isLoopback, type ListenAddress, namesOf, urlOf } from './listen-address.ts';
import { openLog } from './log.ts';
import { connectionBounds, openFilesMax } from './open-files.ts';
import { describeUrl, type JournalWish, journalOn, openStorage } from './open-storage.ts';
import { ownerName, ownerPrincipal, ownerToken } from './owner.ts';
import { RunSpool } from './run-spool.ts';
import { nodeSecrets } from './secrets.ts';
import type { RunningXmlRpc, XmlRpcStart } from './start-xmlrpc.ts';
import { startSweeping } from './sweeping.ts';
import { startTidying } from './tidying.ts';
import { nodeTimers } from './timers.ts';
import { readTls, type TlsFiles } from './tls-files.ts';
import { TroubleLog } from './troubles.ts';
import type { StorageWait } from './wait-for-storage.ts';
import { WatchedCatalogue } from './watched-catalogue.ts';
import { WatchedTasks } from './watched-tasks.ts';
import { WorkerProcess } from './worker-process.ts';
import { checkXmlRpc, type XmlRpcWish } from './xmlrpc-wish.ts';

/** Old releases are looked for so seldom. */
const sweepsPerTidying = 10;

export interface ServerOptions {
  readonly paths: DataPaths;
  readonly listen: ListenAddress;
  /** postgres://…; null for the SQLite file of the data folder. */
  readonly storageUrl: string | null;
  /** How SQLite keeps its commits. */
  readonly journal: JournalWish;
  /** To a PostgreSQL, at most. */
  readonly connections?: number | undefined;
  /** The storage’s address is that of a pooler; for hints, that of the database behind it. */
  readonly pooled?: boolean;
  readonly hintsUrl?: string | undefined;
  /** How a PostgreSQL is waited for that does not answer. */
  readonly storageWait: StorageWait;
  readonly tls: TlsFiles | null;
  /** Null for none. */
  readonly xmlrpc: XmlRpcWish | null;
  /** Names, besides its addresses, by which the server may be called. */
  readonly hostNames: readonly string[];
  /** What the worker process is told; null for no worker. */
  readonly workerArgs: readonly string[] | null;
  /** Tasks in TOML, read again when it changes. */
  readonly taskFile: string | null;
  /** Files that declare databases, and (or null) the one with the folders of banks in old files. */
  readonly catalogue: { readonly files: readonly string[]; readonly envNames: string | null };
  /** A named pipe that takes banks off for update; null for none. */
  readonly disablePipe: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** The server says that it is idle when nobody has needed it for so long; null: never. */
  readonly idleMs: number | null;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Where XML-RPC listens; null for nowhere. */
  readonly xmlrpcUrl: string | null;
  readonly token: string;
  /** The journal of SQLite; null for another storage. */
  readonly journal: Journal | null;
  /** An address that lets one browser in, once. */
  readonly loginUrl: string;
  /** What is wrong with the files that declare databases. */
  catalogueProblems(): readonly CatalogueProblem[];
  /** Resolves when it has become idle. */
  readonly idle: Promise<void>;
  /** Hands out no more, ends what waits, says so to all; what else is asked is answered as ever, for so long (ms). */
  drain(forMs: number): Promise<void>;
  /** Resolves when all has ended; a second call waits for the first. */
  stop(): Promise<void>;
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { paths, hostNames, version, env } = options;
  const { host } = options.listen;
  if (options.tls === null && !isLoopback(host))
    throw new Fault('tls_required', { detail: `${host} is not a loopback address, so it needs TLS` });
  const tls = options.tls === null ? null : readTls(options.tls);
  if (options.xmlrpc !== null) checkXmlRpc(options.xmlrpc, tls !== null);
  const durations = testDurations(env.LABKEEP_TEST_DURATIONS);

  await using started = new AsyncDisposableStack();
  const hold = holdData(paths);
  started.defer(() => hold.release());
  const log = openLog({ file: paths.log });

  const { storageUrl, storageWait } = options;
  const troubles = new TroubleLog({
    log,
    now: () => performance.now(),
    storage: storageUrl === null ? paths.database : describeUrl(storageUrl),
  });
  const journal = storageUrl === null ? journalOn(paths.folder, options.journal) : null;
  const storage = await openStorage({
    url: storageUrl,
    file: paths.database,
    durations,
    ...(journal === null ? {} : { journal }),
    wait: storageWait,
    log,
    troubles,
    connections: options.connections,
    pooled: options.pooled ?? false,
    hintsUrl: options.hintsUrl,
  });
  started.defer(() => storage.close());
  const world = {
    storage,
    clock: systemClock,
    chance: systemChance,
    secrets: nodeSecrets,
    schemas: jsonSchemas(),
    timers: nodeTimers,
    enforcer: postgresEnforcer(env),
    log,
    troubles,
  };
  const openFiles = openFilesMax();
  const bounds =
    openFiles === null ? null : connectionBounds(openFiles, { withXmlRpc: options.xmlrpc !== null });
  const useCases = createUseCases(world, bounds ?? {}, builtInTasks);
  const token = await ownerToken(paths.token, useCases);
  const periodMs = durations.sweepMs ?? defaultDurations.sweepMs;
  started.defer(startSweeping({ storage, periodMs, timers: nodeTimers, troubles }));

  started.defer(startEnforcing(world));

  const owner = { principal: ownerPrincipal() };
  const catalogue = new WatchedCatalogue({
    ...options.catalogue,
    useCases,
    caller: owner,
    isAlone: storageUrl === null,
    timers: nodeTimers,
    log,
    troubles,
  });
  started.defer(() => catalogue.stop());
  started.defer(
    startTidying({
      useCases,
      caller: owner,
      periodMs: sweepsPerTidying * periodMs,
      timers: nodeTimers,
      log,
      troubles,
    }),
  );
  await catalogue.start();
  if (options.taskFile !== null) {
    const { schemas } = world;
    const tasks = new WatchedTasks({
      file: options.taskFile,
      useCases,
      schemas,
      timers: nodeTimers,
      log,
      troubles,
    });
    started.defer(() => tasks.stop());
    await tasks.start();
  }
  if (options.disablePipe !== null)
    started.defer(openDisablePipe({ path: options.disablePipe, useCases, caller: owner, log }));

  let askedAt = systemClock.now();
  const oneTimeCodes = new OneTimeCodes(systemClock, systemChance);
  const allowedHosts = namesOf(host, hostNames);
  const counts = new Counts(version);
  started.defer(() => counts.stop());
  const app = await buildHttp({
    useCases,
    version,
    allowedHosts,
    oneTimeCodes,
    counts,
    log,
    onAsked: () => {
      askedAt = systemClock.now();
    },
    ...(tls === null ? {} : { tls }),
  });
  started.defer(async () => {
    const rests = useCases.stop();
    await app.close();
    await rests;
  });
  app.server.on('drop', () => counts.refusedClient());
  if (bounds !== null) app.server.maxConnections = bounds.connections;
  const port = await listen({ listen: (at) => app.listen(at), server: app.server }, options.listen);
  const url = urlOf(host, port, tls !== null, hostNames);
  const xmlrpc = await startWished(options.xmlrpc, {
    tls,
    hostNames,
    useCases,
    timers: nodeTimers,
    log,
    counts,
    connectionsMax: bounds?.xmlRpcConnections ?? null,
    onHint: (listener) => storage.onHint((hint) => listener({ ...hint, ready: hint.ready !== null })),
  });
  started.defer(async () => xmlrpc?.stop());
  writeDiscovery(paths.discovery, {
    url,
    pid: process.pid,
    host: hostname(),
    started: new Date().toISOString(),
    certificate: tls?.certificateFile ?? null,
  });
  started.defer(() => removeDiscovery(paths.discovery));
  const machine = hostname();
  const name = serverName(machine, paths.folder);
  const profile = { name, url, host: machine, pid: process.pid, version };
  const heartbeat = new Heartbeat({ storage, profile, timers: nodeTimers, troubles });
  started.defer(() => heartbeat.stop());
  await heartbeat.start();
  log.info({ url, version, journal, openFiles, ...bounds }, 'the server listens');

  const runs = new RunSpool({
    spool: new Spool(paths.runs, (it) =>
      log.warn(it, 'a part of a run could not be read, and was set aside'),
    ),
    useCases,
    caller: owner,
    onEvent: (listener) =>
      storage.onHint(({ event }) => {
        if (event) listener();
      }),
    timers: nodeTimers,
    log,
    troubles,
    now: () => systemClock.now(),
  });
  started.defer(() => runs.stop());

  const idle = Promise.withResolvers<void>();
  if (options.idleMs !== null)
    started.defer(
      watchIdle(
        {
          idleMs: options.idleMs,
          useCases,
          askedAt: () => askedAt,
          isBusy: () => runs.isBusy,
          now: () => systemClock.now(),
          timers: nodeTimers,
          troubles,
        },
        idle.resolve,
      ),
    );

  if (options.workerArgs !== null) {
    const now = (): number => systemClock.now();
    const worker = new WorkerProcess({ args: options.workerArgs, env, timers: nodeTimers, log, now });
    started.defer(() => worker.stop());
  }

  const running = started.move();
  let stopped: Promise<void> | null = null;
  return {
    url,
    port,
    xmlrpcUrl: xmlrpc?.url ?? null,
    token,
    journal,
    catalogueProblems: () => useCases.catalogueProblems.all(),
    idle: idle.promise,
    loginUrl: `${url}/?c=${oneTimeCodes.give(ownerName()).code}`,
    drain: async (forMs) => {
      void useCases.stop();
      await heartbeat.drain();
      log.info({ forMs }, 'the server drains');
      const { promise, resolve } = Promise.withResolvers<void>();
      nodeTimers.after(forMs, resolve);
      await promise;
    },
    stop: () => {
      storage.hurry();
      stopped ??= running.disposeAsync().then(() => log.info({}, 'the server stopped'));
      return stopped;
    },
  };
}

/** Loaded where it is wanted: most servers never speak XML-RPC. */
async function startWished(
  wish: XmlRpcWish | null,
  world: Omit<XmlRpcStart, 'wish'>,
): Promise<RunningXmlRpc | null> {
  if (wish === null) return null;
  const { startXmlRpc } = await import('./start-xmlrpc.ts');
  return startXmlRpc({ wish, ...world });
}
