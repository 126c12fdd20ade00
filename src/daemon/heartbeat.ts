/** A server says now and then that it is there, where it listens, and whether it is about to stop. */
import { createHash } from 'node:crypto';
import type { ServerProfile } from '../ports/records/servers.ts';
import type { Storage } from '../ports/storage.ts';
import type { Timers } from '../ports/timers.ts';
import type { Troubles } from '../ports/troubles.ts';

/** So many times within a lease. */
const beatsPerLease = 3;
const againMs = 1_000;

const telling = {
  failed: 'the storage could not be told of this server',
  succeeds: 'the storage is told of this server again',
};

export interface HeartbeatOptions {
  readonly storage: Pick<Storage, 'keepServer' | 'removeServer'>;
  readonly profile: Omit<ServerProfile, 'state'>;
  readonly timers: Timers;
  readonly troubles: Troubles;
}

/** The same after a restart on the same data folder, and another for each folder and machine. */
export function serverName(host: string, folder: string): string {
  return `${host}-${createHash('sha256').update(`${host}\0${folder}`).digest('hex').slice(0, 6)}`;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #state: ServerProfile['state'] = 'up';
  #beating: Promise<void> = Promise.resolve();
  #cancel = (): void => undefined;
  #stopped = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Resolves when the first is told, or could not be. */
  start(): Promise<void> {
    return this.#beat();
  }

  /** It is about to stop. */
  async drain(): Promise<void> {
    this.#state = 'draining';
    await this.#beat();
  }

  /** Takes the server off the list. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#beating;
    const { storage, profile, troubles } = this.#options;
    try {
      await storage.removeServer({ name: profile.name, pid: profile.pid });
    } catch (error) {
      // Then its lease ends by itself.
      troubles.failed(telling, error);
    }
  }

  #beat(): Promise<void> {
    this.#cancel();
    this.#beating = this.#beating.then(async () => {
      const pauseMs = await this.#tell();
      if (!this.#stopped) this.#cancel = this.#options.timers.after(pauseMs, () => void this.#beat());
    });
    return this.#beating;
  }

  /** How long (ms) until the next. */
  async #tell(): Promise<number> {
    const { storage, profile, troubles } = this.#options;
    try {
      const { leaseMs } = await storage.keepServer({ server: { ...profile, state: this.#state } });
      troubles.succeeded(telling);
      return leaseMs / beatsPerLease;
    } catch (error) {
      troubles.failed(telling, error);
      return againMs;
    }
  }
}
