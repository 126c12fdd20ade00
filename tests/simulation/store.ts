/** The one database below all servers: it outlives them, is backed up and restored, and its clock may jump. */
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Durations } from '../../src/core/leases/durations.ts';
import type { Chance, Clock } from '../../src/ports/clock.ts';
import type { Hint, Storage } from '../../src/ports/storage.ts';
import { type MemoryStorage, openMemory } from '../../src/storage/memory/open.ts';
import { restoreSqlite } from '../../src/storage/sqlite/backup.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import type { Clockwork } from './clockwork.ts';
import type { Plant } from './plants.ts';

export const durations: Durations = { offerMs: 10_000, leaseMs: 20_000, sweepMs: 1_000 };

/** Noon of some day: the instant at which every simulation begins. */
const noon = Date.UTC(2026, 10, 21, 12);

export interface StoreOptions {
  readonly kind: 'memory' | 'sqlite';
  readonly clockwork: Clockwork;
  readonly chance: Chance;
  readonly plant: Plant | null;
  /** Is asked at the beginning of every claim, and told the epoch under which something was handed out. */
  readonly onClaim: () => (epoch: number) => void;
}

export class Store {
  /** Grows whenever something was changed. */
  changes = 0;
  readonly clock: Clock;
  readonly #options: StoreOptions;
  readonly #listeners = new Set<(hint: Hint) => void>();
  readonly #folder: string | null;
  #skewMs = 0;
  #backups = 0;
  /** The greatest that was handed out. */
  #lastEpoch = 0;
  #bare: Storage;
  #storage: Storage;
  #backup: MemoryStorage | string | null = null;

  private constructor(options: StoreOptions, bare: Storage, folder: string | null, clock: Clock) {
    this.#options = options;
    this.#folder = folder;
    this.#bare = bare;
    this.#storage = bare;
    this.clock = clock;
    this.#use(bare);
  }

  static async open(options: StoreOptions): Promise<Store> {
    const folder =
      options.kind === 'memory'
        ? null
        : await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'labkeep-simulation-'));
    const skew = { read: () => 0 };
    const clock = { now: () => noon + options.clockwork.now + skew.read() };
    const bare = await openBare(options, clock, folder === null ? '' : join(folder, 'labkeep.db'));
    const store = new Store(options, bare, folder, clock);
    skew.read = () => store.#skewMs;
    return store;
  }

  /** What servers and judges see of it. */
  get storage(): Storage {
    return this.#storage;
  }

  get hasBackup(): boolean {
    return this.#backup !== null;
  }

  jump(ms: number): void {
    this.#skewMs += ms;
  }

  listen(listener: (hint: Hint) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  backUp(): void {
    if (this.#folder === null) this.#backup = (this.#bare as MemoryStorage).copy();
    else {
      const target = join(this.#folder, `backup-${++this.#backups}.db`);
      const database = new DatabaseSync(this.#file);
      database.prepare('vacuum into ?').run(target);
      database.close();
      this.#backup = target;
    }
  }

  /** Puts the backup in the place of what there is. No server runs then. */
  async restore(): Promise<void> {
    const backup = this.#backup;
    if (backup === null) throw new Error('there is no backup');
    await this.#bare.close();
    if (typeof backup === 'string') {
      await restoreSqlite({ ...optionsOf(this.#options, this.clock), file: this.#file, backup });
      this.#use(await openBare(this.#options, this.clock, this.#file));
    } else {
      this.#use(backup.copy());
      await this.#bare.startIncarnation(this.#lastEpoch);
    }
  }

  async close(): Promise<void> {
    await this.#bare.close();
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true });
  }

  get #file(): string {
    return join(this.#folder ?? '', 'labkeep.db');
  }

  #use(bare: Storage): void {
    this.#bare = bare;
    const { plant } = this.#options;
    const counted = counting(bare, this.#options, (epoch) => {
      this.#lastEpoch = Math.max(this.#lastEpoch, epoch);
    });
    this.#storage = plant?.storage === undefined ? counted : plant.storage(counted, this.clock);
    bare.onHint((hint) => {
      this.changes += 1;
      for (const listener of this.#listeners) listener(hint);
    });
  }
}

function optionsOf({ chance, plant }: StoreOptions, clock: Clock) {
  return { clock, chance, durations: { ...durations, ...plant?.durations } };
}

function openBare(options: StoreOptions, clock: Clock, file: string): Promise<Storage> {
  const its = optionsOf(options, clock);
  return options.kind === 'memory' ? Promise.resolve(openMemory(its)) : openSqlite({ file, ...its });
}

/** Time goes on only when no act is under way. */
function counting(
  storage: Storage,
  { clockwork, onClaim }: StoreOptions,
  gives: (epoch: number) => void,
): Storage {
  const counted = wrapped(storage, (_verb, call) => {
    clockwork.busy += 1;
    return call().finally(() => {
      clockwork.busy -= 1;
    });
  });
  const claimJobs: Storage['claimJobs'] = async (claim) => {
    const gave = onClaim();
    const answer = await counted.claimJobs(claim);
    for (const epoch of new Set(answer.offers.map((offer) => offer.epoch))) {
      gave(epoch);
      gives(epoch);
    }
    return answer;
  };
  return replacing(counted, { claimJobs });
}

/** A storage with other verbs in the place of some of its own. */
export function replacing(storage: Storage, verbs: Partial<Storage>): Storage {
  return new Proxy(storage, {
    get: (it, verb, receiver) => Reflect.get(Object.hasOwn(verbs, verb) ? verbs : it, verb, receiver),
  });
}

/** A storage each of whose verbs goes through `around`. */
export function wrapped(
  storage: Storage,
  around: (verb: string, call: () => Promise<unknown>, params: unknown) => Promise<unknown>,
): Storage {
  return new Proxy(storage, {
    get: (it, verb, receiver) => {
      const own: unknown = Reflect.get(it, verb, receiver);
      if (typeof own !== 'function' || typeof verb !== 'string' || verb === 'onHint') return own;
      return (params: unknown) => around(verb, () => own.call(it, params) as Promise<unknown>, params);
    },
  });
}
