/** Labkeep in the process of another program: the use cases themselves, for the local owner, without HTTP. */
import type { Caller } from '../app/caller.ts';
import { createUseCases, type UseCases } from '../app/use-cases.ts';
import { defaultDurations } from '../core/leases/durations.ts';
import { postgresEnforcer } from '../schemas/enforce.ts';
import { systemChance, systemClock } from './chance.ts';
import { holdData } from './data-hold.ts';
import { dataFolder, dataPaths } from './data-paths.ts';
import { jsonSchemas } from './json-schemas.ts';
import { isStorageUrl, openStorage } from './open-storage.ts';
import { ensureOwnerRole, ownerPrincipal } from './owner.ts';
import { nodeSecrets } from './secrets.ts';
import { startSweeping } from './sweeping.ts';
import { nodeTimers } from './timers.ts';

export interface OpenOptions {
  /**
   * A data folder (made if new, and held until `close`), the URL of a PostgreSQL, or `:memory:` for a storage that
   * ends with the process. The user’s own data folder if left out.
   */
  readonly data?: string;
}

/** Every act that a program may ask for, by the owner’s right; and `close`, which ends them. */
export type Labkeep = ReturnType<typeof bindActs> & { close(): Promise<void> };

export async function open(options: OpenOptions = {}): Promise<Labkeep> {
  const { data } = options;
  await using opened = new AsyncDisposableStack();
  const inMemory = data === ':memory:';
  const url = data !== undefined && isStorageUrl(data) ? data : null;
  const paths = dataPaths(dataFolder(data, process.env));
  if (!inMemory && url === null) {
    const hold = holdData(paths);
    opened.defer(() => hold.release());
  }
  const storage = await openStorage({ url, file: inMemory ? data : paths.database, durations: {} });
  opened.defer(() => storage.close());
  const { sweepMs } = defaultDurations;
  opened.defer(startSweeping({ storage, periodMs: sweepMs, timers: nodeTimers }));
  const useCases = createUseCases({
    storage,
    clock: systemClock,
    chance: systemChance,
    secrets: nodeSecrets,
    schemas: jsonSchemas(),
    timers: nodeTimers,
    enforcer: postgresEnforcer(process.env),
  });
  opened.defer(() => useCases.stop());
  await ensureOwnerRole(useCases);
  const running = opened.move();
  return { ...bindActs(useCases, { principal: ownerPrincipal() }), close: () => running.disposeAsync() };
}

function bindActs(useCases: UseCases, caller: Caller) {
  const bind =
    <R extends readonly unknown[], A>(act: (caller: Caller, ...rest: R) => A) =>
    (...rest: R): A =>
      act(caller, ...rest);
  return {
    status: useCases.status,

    createProject: bind(useCases.createProject),
    listProjects: bind(useCases.listProjects),
    getProject: bind(useCases.getProject),
    updateProject: bind(useCases.updateProject),
    deleteProject: bind(useCases.deleteProject),

    submitJob: bind(useCases.submitJob),
    submitJobs: bind(useCases.submitJobs),
    listJobs: bind(useCases.listJobs),
    getJob: bind(useCases.getJob),
    editJob: bind(useCases.editJob),
    moveJob: bind(useCases.moveJob),
    trashJob: bind(useCases.trashJob),
    rerunJob: bind(useCases.rerunJob),
    explainJob: bind(useCases.explainJob),
    readLog: bind(useCases.readLog),
    listFiles: bind(useCases.listFiles),
    listAttempts: bind(useCases.listAttempts),
    listLateReports: bind(useCases.listLateReports),

    registerWorker: bind(useCases.registerWorker),
    listWorkers: bind(useCases.listWorkers),
    claimJobs: bind(useCases.claimJobs),
    confirmAttempts: bind(useCases.confirmAttempts),
    renewAttempts: bind(useCases.renewAttempts),
    appendOutput: bind(useCases.appendOutput),
    finishAttempts: bind(useCases.finishAttempts),

    listEvents: bind(useCases.listEvents),
    streamEvents: bind(useCases.streamEvents),

    createToken: bind(useCases.createToken),
    listTokens: bind(useCases.listTokens),
    revokeToken: bind(useCases.revokeToken),
  };
}
