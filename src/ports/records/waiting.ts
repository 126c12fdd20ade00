import type { ReadyWork } from '../../core/dispatch/classes.ts';

/** What those who wait would have been told by hints. */
export interface News {
  /** Kinds of jobs that may be handed out, and maybe others; null for none. */
  readonly ready: ReadyWork | null;
  /** Those of the workers that have a job to cancel. */
  readonly workers: readonly number[];
}

export interface WaitingStorage {
  /** For all that wait at once, since hints may be lost. */
  newsFor(params: { readonly workers: readonly number[] }): Promise<News>;
}
