/** A server over a storage of some size: it is filled while the server is down, and asked while it is up. */
import type { LabkeepClient } from '@labkeep/client';
import { dataPaths } from '../../src/daemon/data-paths.ts';
import { openStorage } from '../../src/daemon/open-storage.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { type BenchOptions, isChosen } from '../topics/topic.ts';
import { clientOf, LabkeepHome } from './labkeep-home.ts';
import { type Store, startStore, storeUnavailable } from './servers.ts';

export type StorageName = 'SQLite' | 'PostgreSQL';

/** Measures on each storage that is chosen; `absent` is told why one is not to be had. */
export async function onEachStorage(
  options: BenchOptions,
  measure: (server: FilledServer, name: StorageName) => Promise<void>,
  absent: (name: StorageName, reason: string) => void,
): Promise<void> {
  for (const name of ['SQLite', 'PostgreSQL'] as const) {
    if (!isChosen(name, options)) continue;
    const reason = name === 'SQLite' ? undefined : storeUnavailable('postgres');
    if (reason !== undefined) {
      absent(name, reason);
      continue;
    }
    await using server = await FilledServer.make(name);
    await measure(server, name);
  }
}

export class FilledServer implements AsyncDisposable {
  readonly #home = new LabkeepHome();
  readonly #store: Store | null;

  private constructor(store: Store | null) {
    this.#store = store;
  }

  static async make(name: StorageName): Promise<FilledServer> {
    const server = new FilledServer(name === 'SQLite' ? null : await startStore('postgres'));
    // The first start makes the data folder.
    await server.up();
    await server.stop();
    return server;
  }

  /** Works on the storage itself, while the server is down. */
  async fill<T>(act: (storage: Storage) => Promise<T>): Promise<T> {
    const file = dataPaths(this.#home.folder).database;
    const storage = await openStorage({ url: this.#store?.connection ?? null, file, durations: {} });
    try {
      return await act(storage);
    } finally {
      await storage.close();
    }
  }

  async up(): Promise<LabkeepClient> {
    await this.#home.start(this.#store === null ? [] : ['--storage', this.#store.connection]);
    return clientOf(this.#home.folder);
  }

  stop(): Promise<void> {
    return this.#home.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#home[Symbol.asyncDispose]();
    await this.#store?.[Symbol.asyncDispose]();
  }
}
