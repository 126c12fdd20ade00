import type { Facts, VerifyPart } from '../../core/verify/facts.ts';

export interface VerifyStorage {
  /**
   * A slice of one part of the record as it stands in one snapshot, to be judged by core/verify; and where the next
   * begins. Each costs about as much as a page of a list; of counts, as a count of one project's jobs.
   */
  lookAt(params: {
    readonly part: VerifyPart;
    readonly limit: number;
    readonly after?: string;
  }): Promise<{ readonly facts: Facts; readonly next: string | null }>;
}
