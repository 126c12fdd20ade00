import type { JobPlace } from '../../core/jobs/reference.ts';
import type { Actor } from '../storage.ts';

export interface TrashStorage {
  /**
   * Takes jobs that are in the trash out of the record for good, with all below them; their numbers are not given
   * again. Refused while other jobs rest on them, unless `force` is set.
   */
  purgeJobs(params: {
    readonly by: Actor;
    readonly places: readonly JobPlace[];
    readonly force: boolean;
  }): Promise<void>;
}
