import type { UseCases } from '../../../app/use-cases.ts';
import type { Counts } from '../metrics.ts';
import type { OneTimeCodes } from '../one-time-codes.ts';

/** What every topic’s plugin is given. */
export interface Surroundings {
  readonly useCases: UseCases;
  readonly version: string;
  readonly oneTimeCodes: OneTimeCodes;
  readonly counts: Counts;
  /** Aborted when the server begins to close. */
  readonly closing: AbortSignal;
}
