import type { NewWorker } from '@labkeep/client';
import { type Patience, untilAnswered } from './calls.ts';
import { failureOf, type WorkerConnection } from './connection.ts';
import type { Lease } from './lease/lease.ts';

export interface RegistrationOptions {
  readonly connection: WorkerConnection;
  readonly profile: NewWorker;
  readonly lease: Lease;
  readonly patience: Patience;
  readonly callMs: number;
}

/** Who this worker is to the server. It registers when that is first asked, and again when the server has forgotten it. */
export class Registration {
  readonly #options: RegistrationOptions;
  #current: Promise<string> | null = null;
  #epoch: number | null = null;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** The highest epoch that had been given when it registered last; null from a server that does not tell. */
  get epoch(): number | null {
    return this.#epoch;
  }

  /** The worker’s opaque name. */
  worker(): Promise<string> {
    this.#current ??= this.#register();
    return this.#current;
  }

  /** The server does not know this worker (any more). Registering once too often, when several find out, is harmless. */
  async forgotten(worker: string): Promise<void> {
    const current = this.#current;
    if (current !== null && (await current) === worker && this.#current === current) this.#current = null;
    await this.worker();
  }

  /** Makes a call under the worker’s name, and once more under its new one if the server had forgotten it. */
  async as<T>(call: (worker: string) => Promise<T>): Promise<T> {
    const worker = await this.worker();
    try {
      return await call(worker);
    } catch (error) {
      if (failureOf(error).code !== 'worker_unknown') throw error;
      await this.forgotten(worker);
      return await call(await this.worker());
    }
  }

  async #register(): Promise<string> {
    const { connection, profile, lease, patience, callMs } = this.#options;
    try {
      return await untilAnswered(patience, 'register', async () => {
        const sentAt = patience.host.bootMs();
        const { worker, leaseMs, epoch } = await connection.register(profile, {
          signal: patience.signal,
          timeoutMs: callMs,
        });
        this.#epoch = told(epoch);
        lease.serve({ worker, leaseMs, endsAtBootMs: sentAt + leaseMs });
        return worker;
      });
    } catch (error) {
      this.#current = null;
      throw error;
    }
  }
}

/** A server of before does not tell. */
function told(epoch: number | undefined): number | null {
  return epoch ?? null;
}
