/** What the worker and its renewing thread say to each other. */
import type { ToldCounts } from '@labkeep/client';
import type { ServerAddress } from '../connection.ts';
import type { Host } from '../host.ts';
import type { AttemptKey } from '../journal/facts.ts';

/** What the thread is started with. */
export interface ThreadSettings {
  readonly server: ServerAddress;
  readonly connectionModule: string;
  readonly file: string;
  /** Null: a sixth of the lease, at most ten seconds. */
  readonly safetyMs: number | null;
}

/** What renews, as the worker has it. */
export interface RenewingThread {
  tell(message: ToThread): void;
  /** Resolves when it is no more. */
  readonly gone: Promise<void>;
  terminate(): Promise<void>;
}

export interface ThreadEars {
  tell(message: FromThread): void;
  failed(error: unknown): void;
}

export type StartRenewing = (settings: ThreadSettings, host: Host, ears: ThreadEars) => RenewingThread;

/** A registration that was answered: whose lease it is, how long, and its end on the boot clock. */
export interface Serving {
  readonly worker: string;
  readonly leaseMs: number;
  readonly endsAtBootMs: number;
}

/** What a handler said; what is null stays as it was. */
export interface ProgressSaid {
  readonly fraction: number | null;
  readonly text: string | null;
  readonly counts: ToldCounts | null;
}

export type ToThread =
  | { readonly kind: 'serve'; readonly serving: Serving }
  | { readonly kind: 'hold'; readonly added: readonly AttemptKey[]; readonly dropped: readonly AttemptKey[] }
  | {
      readonly kind: 'progress';
      readonly key: AttemptKey;
      readonly said: ProgressSaid;
    }
  | { readonly kind: 'stop' };

export type FromThread =
  /** The lease lives until `endsAtBootMs`. */
  | {
      readonly kind: 'renewed';
      readonly endsAtBootMs: number;
      readonly cancel: readonly AttemptKey[];
      readonly lost: readonly AttemptKey[];
    }
  /** The lease comes to its end: what would be done again elsewhere must stop now. */
  | { readonly kind: 'near_end' }
  /** The server does not know the worker; it must register again. */
  | { readonly kind: 'unknown'; readonly worker: string }
  | { readonly kind: 'trouble'; readonly code: string };

/**
 * So long before the end of a lease nothing may run any more that would be done again elsewhere. Never more than a
 * third of it: a lease that is renewed in time stays safe.
 */
export function safetyOf(leaseMs: number, safetyMs: number | null): number {
  return Math.min(safetyMs ?? Math.min(leaseMs / 6, 10_000), leaseMs / 3);
}
