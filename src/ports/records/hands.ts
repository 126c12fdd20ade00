import type { JobPlace } from '../../core/jobs/reference.ts';
import type { AttemptClaim } from './workers.ts';

/** An attempt in the hands of a worker, by the record. */
export interface InHand extends AttemptClaim, JobPlace {
  readonly state: 'offered' | 'running' | 'lost';
  readonly cancelRequested: boolean;
}

export interface Hands {
  /** How many jobs the worker takes at one time, as it said when it registered. */
  readonly capacity: number;
  /** In the order of their jobs. */
  readonly attempts: readonly InHand[];
}

export interface HandStorage {
  /** What a worker has in its hands. */
  listInHand(params: { readonly worker: number; readonly principal: string }): Promise<Hands>;
  /** The last sequence number of the output of an attempt; null where there is none. */
  lastOutput(params: { readonly attempt: string }): Promise<number | null>;
}
