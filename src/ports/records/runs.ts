import type { Principal } from '../../core/access/roles.ts';
import type { JobRecord, ProgressSaid } from '../../core/jobs/job.ts';
import type { NewRun, RunEnd } from '../../core/jobs/record.ts';
import type { AttemptClaim } from './workers.ts';

export interface RecordedRun {
  readonly job: JobRecord;
  readonly attempt: string;
  readonly epoch: number;
  readonly leaseMs: number;
  /** Whether the run began a project. */
  readonly newProject: boolean;
}

/** Runs that somebody else runs and tells of. */
export interface RunStorage {
  /**
   * Records a run that goes on, or has ended already; the same key answers the same job for ever, and counts as a sign
   * of life. Without a project: the innermost one, of those that the principal may write in, whose directory holds the
   * folder, else a new one.
   */
  recordRun(params: { readonly by: Principal; readonly run: NewRun }): Promise<RecordedRun>;
  /** Extends the lease of a run; one that was lost goes on. */
  renewRun(
    params: AttemptClaim & {
      readonly by: Principal;
      readonly progress: ProgressSaid | null;
    },
  ): Promise<{ readonly leaseMs: number; readonly cancel: boolean }>;
  /** Ends a run, also one that was lost; repeating a report that was applied answers the same. */
  finishRun(params: AttemptClaim & { readonly by: Principal; readonly end: RunEnd }): Promise<JobRecord>;
}
