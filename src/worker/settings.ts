import type { Log } from '../ports/log.ts';
import type { ServerAddress } from './connection.ts';
import type { Host } from './host.ts';
import type { Machine } from './machine.ts';
import { ownFile } from './own-file.ts';

export interface WorkerSettings {
  readonly server: ServerAddress;
  readonly name: string;
  /** How many jobs run at once. */
  readonly capacity: number;
  /** What it can do, besides its handlers; `command` stands for any command (the default). */
  readonly tasks?: readonly string[];
  /** Principals, besides its own, whose jobs it runs. */
  readonly accept?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Registered directories that this machine has in other folders: by alias, its own folder. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** Where it keeps its journal; no two workers share one. */
  readonly folder: string;
  /** What commands find in their environment, besides what their job sets; variables LABKEEP_… are left out. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly host: Host;
  readonly limits?: Partial<WorkerLimits>;
  /** Another than the one this process runs on: for simulations. */
  readonly machine?: Machine;
  /** The module that exports `connect`, another than the HTTP client: for tests. */
  readonly connectionModule?: string;
}

export interface WorkerLimits {
  /** From TERM to KILL, of a command that is to end. */
  readonly killAfterMs: number;
  /** How long `stop` lets commands and handlers come to their end. */
  readonly stopGraceMs: number;
  /** How long a claim waits at the server. */
  readonly claimWaitMs: number;
  /** So long before the end of the lease nothing may run any more that would be done again elsewhere. */
  readonly leaseSafetyMs: number | null;
  readonly outputCapBytes: number;
  /** Larger outputs are reported without a digest. */
  readonly hashBytesMax: number;
  readonly idleSupervisorMs: number;
  /** One try of a call. */
  readonly callMs: number;
}

export const defaultLimits: WorkerLimits = {
  killAfterMs: 5_000,
  stopGraceMs: 2_500,
  claimWaitMs: 30_000,
  leaseSafetyMs: null,
  outputCapBytes: 16 * 1024 * 1024,
  hashBytesMax: 256 * 1024 * 1024,
  idleSupervisorMs: 60_000,
  callMs: 30_000,
};

export const clientConnection = ownFile('./client-connection', import.meta.url).href;
