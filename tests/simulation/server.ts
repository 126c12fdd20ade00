/** A server of the simulation: the production use cases and sweeps over the one storage, behind simulated messages. */
import { LabkeepError } from '../../client/src/labkeep-error.ts';
import type { FinishReport } from '../../src/app/finish-attempts.ts';
import { createUseCases, type UseCases } from '../../src/app/use-cases.ts';
import { readWorker, writeWorker } from '../../src/core/dispatch/worker-id.ts';
import type { Position } from '../../src/core/events/cursor.ts';
import { writeCursor } from '../../src/core/events/cursor.ts';
import type { RecordedEvent } from '../../src/core/events/event.ts';
import { Fault, faultTable } from '../../src/core/faults.ts';
import { writeReference } from '../../src/core/jobs/reference.ts';
import type { JobRequest } from '../../src/core/jobs/specify.ts';
import type { LockWish } from '../../src/core/locks/wishes.ts';
import { jsonSchemas } from '../../src/daemon/json-schemas.ts';
import { nodeSecrets } from '../../src/daemon/secrets.ts';
import { startSweeping } from '../../src/daemon/sweeping.ts';
import { presentClaimed } from '../../src/frontends/http/present/workers.ts';
import type { Chance } from '../../src/ports/clock.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { type Clockwork, Process } from './clockwork.ts';
import { ada, project } from './lab.ts';
import type { Peer } from './network.ts';
import { durations, type Store, wrapped } from './store.ts';

export interface ServerOptions {
  readonly name: string;
  readonly clockwork: Clockwork;
  readonly chance: Chance;
  readonly store: Store;
  /** Of acts of the storage, the part that fails now. */
  readonly refused: () => number;
  /** Hints of what other servers did get lost, where there are others. */
  readonly alone: boolean;
  readonly breach: (what: string) => void;
}

interface Keyed {
  readonly key: string;
}

export class Server implements Peer {
  readonly name: string;
  readonly process: Process;
  readonly #options: ServerOptions;
  readonly #useCases: UseCases;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.name = options.name;
    this.process = new Process(options.clockwork, options.name);
    const storage = this.#connection();
    const { timers } = this.process;
    this.#useCases = createUseCases({
      storage,
      clock: options.store.clock,
      chance: options.chance,
      secrets: nodeSecrets,
      schemas: jsonSchemas(),
      timers,
    });
    startSweeping({ storage, periodMs: durations.sweepMs, timers });
  }

  async serve(verb: string, body: unknown, gone: AbortSignal): Promise<unknown> {
    const route = this.#routes[verb];
    if (route === undefined) throw new Error(`no verb ${verb}`);
    try {
      return await route(body as never, gone);
    } catch (error) {
      if (!(error instanceof Fault)) this.#options.breach(`${this.name} broke at ${verb}: ${String(error)}`);
      const code = error instanceof Fault ? error.code : 'internal';
      const status = error instanceof Fault ? faultTable[error.code].status : 500;
      throw new LabkeepError({ code, status, detail: String(error) });
    }
  }

  /** Follows the events from a position on, until the stream ends. */
  async follow(
    after: Position | null,
    onEvents: (events: readonly RecordedEvent[]) => void,
    onEnd: () => void,
  ): Promise<Position> {
    const stream = await this.#useCases.streamEvents(
      ada,
      after === null ? {} : { after: writeCursor(after) },
    );
    void (async () => {
      for (let next = await stream.next(); next !== null; next = await stream.next()) onEvents(next.events);
    })().then(onEnd, onEnd);
    return stream.start;
  }

  readonly #routes: Readonly<Record<string, (body: never, gone: AbortSignal) => Promise<unknown>>> = {
    register: async (body: Parameters<UseCases['registerWorker']>[1]) => {
      const { worker, ...told } = await this.#useCases.registerWorker(ada, body);
      return { worker: writeWorker(worker), ...told };
    },
    claim: async (
      body: { worker: string } & Omit<Parameters<UseCases['claimJobs']>[1], 'worker'>,
      gone: AbortSignal,
    ) =>
      presentClaimed(await this.#useCases.claimJobs(ada, { ...body, worker: readWorker(body.worker) }, gone)),
    confirm: ({ worker, attempts }: { worker: string; attempts: { attempt: string; epoch: number }[] }) =>
      this.#useCases.confirmAttempts(ada, { worker: readWorker(worker), attempts }),
    renew: ({
      worker,
      progress,
    }: {
      worker: string;
      progress: { attempt: string; epoch: number; fraction?: number; text?: string }[];
    }) =>
      this.#useCases.renewAttempts(ada, {
        worker: readWorker(worker),
        progress: progress.map(({ attempt, epoch, fraction = null, text = null }) => ({
          attempt,
          epoch,
          fraction,
          text,
          counts: null,
        })),
      }),
    output: ({
      attempt,
      epoch,
      chunks,
    }: {
      attempt: string;
      epoch: number;
      chunks: { stream: 'stdout'; seq: number; data: string }[];
    }) =>
      this.#useCases.appendOutput(ada, {
        attempt,
        epoch,
        chunks: chunks.map(({ stream, seq, data }) => ({
          stream,
          sequence: seq,
          data: Buffer.from(data, 'base64'),
        })),
      }),
    finish: async ({ attempts }: { attempts: FinishReport[] }) => ({
      results: await this.#useCases.finishAttempts(ada, attempts),
    }),

    submit: async ({ key, jobs }: Keyed & { jobs: JobRequest[] }) =>
      (await this.#useCases.submitJobs(by('submit', key), project, jobs)).map((job) => writeReference(job)),
    move: async ({
      key,
      number,
      act,
    }: Keyed & { number: string; act: Parameters<UseCases['moveJob']>[2] }) => {
      const { state } = await this.#useCases.moveJob(by('move', key), { project, number }, act);
      return { state };
    },

    lock: ({ key, locks, leaseMs }: Keyed & { locks: LockWish[]; leaseMs: number }, gone: AbortSignal) =>
      this.#useCases.acquireLocks(by('lock', key), { locks, wait: true, leaseMs }, gone),
    lockStands: ({ ticket }: { ticket: number }, gone: AbortSignal) =>
      this.#useCases.getLock(ada, ticket, 5_000, gone),
    renewLocks: ({ locks }: { locks: { ticket: number; epoch: number }[] }) =>
      this.#useCases.renewLocks(ada, locks),
    unlock: async ({ key, locks }: Keyed & { locks: { ticket: number; epoch: number }[] }) => {
      await this.#useCases.releaseLocks(by('unlock', key), locks);
      return {};
    },
  };

  /** The storage as this server reaches it: acts fail before or after they are done, and a dead server hears nothing. */
  #connection(): Storage {
    const { store, chance, refused, alone } = this.#options;
    const never = new Promise<never>(() => undefined);
    const storage = wrapped(store.storage, async (_verb, call) => {
      if (this.process.isDead) return never;
      const fate = chance.next();
      if (fate < refused() / 2) throw new Fault('storage_unavailable');
      const answer = await call().catch((error: unknown) =>
        this.process.isDead ? never : Promise.reject(error),
      );
      if (this.process.isDead) return never;
      if (fate < refused()) throw new Fault('storage_unavailable');
      return answer;
    });
    return new Proxy(storage, {
      get: (it, verb, receiver) =>
        verb === 'onHint'
          ? (listener: Parameters<Storage['onHint']>[0]) =>
              store.listen((hint) => {
                if (!this.process.isRunning || (!alone && chance.next() < 0.1)) return;
                listener(hint);
              })
          : Reflect.get(it, verb, receiver),
    });
  }
}

function by(route: string, key: string) {
  return { ...ada, idempotency: { route, key, digest: key } };
}
