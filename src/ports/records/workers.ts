/** Workers, and the protocol by which attempts come into their hands and end there. */
import type { WorkerAbility } from '../../core/dispatch/classes.ts';
import type { FaultCode } from '../../core/faults.ts';
import type { FileMention, JobDocument, ProgressSaid } from '../../core/jobs/job.ts';
import type { Report } from '../../core/jobs/steps.ts';
import type { OfferedLock } from '../../core/locks/offered.ts';
import type { Page } from '../storage.ts';

export interface WorkerProfile {
  readonly name: string;
  readonly principal: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tasks: readonly string[];
  readonly capacity: number;
  readonly accept: readonly string[];
  /** Where it runs, as it says; null or absent where it does not. */
  readonly host?: string | null | undefined;
  readonly account?: string | null | undefined;
  /** Which of those of one name it is: the same as long as its folder is; null or absent where it does not say. */
  readonly instance?: string | null | undefined;
}

export interface WorkerRecord extends Omit<WorkerProfile, 'instance'> {
  readonly id: number;
  readonly registeredAt: number;
  readonly leaseEndsAt: number;
  readonly state: 'connected' | 'lost';
  /** Attempts in its hands. */
  readonly holding: number;
}

export interface HeldAttempt {
  readonly attempt: string;
  readonly epoch: number;
  readonly state: 'offered' | 'running' | 'finished';
}

export interface RegisteredWorker {
  readonly worker: number;
  readonly leaseMs: number;
  /** No epoch above this one has been given yet. */
  readonly epoch: number;
}

export interface Claim {
  readonly worker: number;
  readonly principal: string;
  /** How many jobs it takes now. */
  readonly capacity: number;
  /**
   * What it holds, to be compared with the record. Null: nothing is compared, only cancellations are told and jobs
   * handed out. So asks again who waits: what was true when the wait began need not be true any more. `started`: all
   * that it started by the record, and no offer; so asks who keeps no list, and what was offered to it goes back.
   */
  readonly held: readonly HeldAttempt[] | 'started' | null;
  /**
   * The highest epoch that the worker had been told when it asked, by its registration or in an offer. What it runs under
   * a later one is not forgotten because an old claim does not name it. Null: not told.
   */
  readonly seen?: number | null | undefined;
  /** In process only: hand out started, without offer and confirmation. */
  readonly startAtOnce?: boolean;
}

/** One job as it is handed to a worker. */
export interface OfferedJob {
  readonly attempt: string;
  readonly epoch: number;
  readonly jobId: number;
  readonly project: string;
  readonly number: string;
  readonly attemptNumber: number;
  readonly task: string | null;
  readonly title: string | null;
  readonly owner: string;
  readonly leaseMs: number;
  readonly document: JobDocument;
  readonly projectDirectory: string | null;
  /** What it holds under its epoch; absent for nothing. */
  readonly databases?: readonly OfferedLock[];
}

export interface ClaimAnswer {
  readonly offers: readonly OfferedJob[];
  /** What the worker holds and should drop: it is no longer its own. */
  readonly abandon: readonly string[];
  /** Attempts that somebody asked to cancel. */
  readonly cancel: readonly string[];
  readonly leaseMs: number;
  /** What the worker may serve; null if it is given nothing, since its lease is over. */
  readonly serves: WorkerAbility | null;
}

export interface AttemptClaim {
  readonly attempt: string;
  readonly epoch: number;
}

export interface ConfirmAnswer {
  readonly start: readonly string[];
  readonly refused: readonly { readonly attempt: string; readonly code: FaultCode }[];
}

export interface ProgressReport extends AttemptClaim, ProgressSaid {}

export interface RenewAnswer {
  readonly leaseMs: number;
  readonly cancel: readonly string[];
  /** Attempts that are no longer the worker’s. */
  readonly lost: readonly string[];
}

export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr' | 'note';
  readonly sequence: number;
  readonly data: Uint8Array;
}

export interface OutputAnswer {
  /** Bytes kept for the attempt so far, at most the cap. */
  readonly kept: number;
  readonly capped: boolean;
}

export interface FinishedAttempt extends AttemptClaim, Report {
  readonly outputs: readonly FileMention[];
  /** The last that it said of itself; absent for nothing new. */
  readonly progress?: ProgressSaid | undefined;
  /** Out of its log: they become numbers of the job. */
  readonly numbers?: Readonly<Record<string, number>> | undefined;
}

export interface FinishResult {
  readonly attempt: string;
  /** False: recorded as a late report, and nothing changed. */
  readonly applied: boolean;
  readonly code: FaultCode | null;
}

export interface WorkerStorage {
  /**
   * Registers a worker under its principal and name, or renews it: the same two give the same id. Another instance is
   * refused as long as the lease of the one before lasts.
   */
  registerWorker(params: { readonly profile: WorkerProfile }): Promise<RegisteredWorker>;
  listWorkers(params: { readonly limit: number; readonly after?: string }): Promise<Page<WorkerRecord>>;
  /** Compares what the worker holds with the record, mends both, and hands out jobs by rank. */
  claimJobs(params: Claim): Promise<ClaimAnswer>;
  /** Starts what is still this worker’s offer; repeating a confirmation that was applied answers the same. */
  confirmAttempts(params: {
    readonly worker: number;
    readonly principal: string;
    readonly attempts: readonly AttemptClaim[];
  }): Promise<ConfirmAnswer>;
  /** Extends the worker’s one lease and stores progress. */
  renewAttempts(params: {
    readonly worker: number;
    readonly principal: string;
    readonly progress: readonly ProgressReport[];
  }): Promise<RenewAnswer>;
  /** Appends output; a sequence number that is there already is left as it is. */
  appendOutput(params: {
    readonly principal: string;
    readonly attempt: string;
    readonly epoch: number;
    readonly chunks: readonly OutputChunk[];
  }): Promise<OutputAnswer>;
  /** Ends attempts; what carries an old epoch is recorded as late and changes nothing. */
  finishAttempts(params: {
    readonly principal: string;
    readonly attempts: readonly FinishedAttempt[];
  }): Promise<readonly FinishResult[]>;
}
