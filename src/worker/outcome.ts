/** How an attempt ended, in the words of a report. Pure. */
import { Fault } from '../core/faults.ts';
import type { EndReason } from '../core/jobs/states.ts';
import type { FinishedAttempt, OnLost } from './connection.ts';
import type { ExitRecord } from './supervisor/attempt-folder.ts';

export type Report = Omit<FinishedAttempt, 'attempt' | 'epoch'>;

/** Why the worker asked an attempt to end. */
export type EndCause =
  | 'cancelled'
  | 'worker_stopped'
  /** The server said that it is no longer this worker’s. */
  | 'not_ours'
  | 'lease_lost'
  | 'attempt_time_limit';

const errorLengthMax = 4_000;

/** `cause` is why it was interrupted, null if it came to its end by itself. */
export function judgeCommand(exit: ExitRecord, cause: EndCause | null, onLost: OnLost): Report {
  if (exit.error !== null) return failed('not_started', exit.error);
  const why = exit.endedBy ?? cause;
  const code = exit.exitCode === null ? {} : { exitCode: exit.exitCode };
  if (why !== null) return { ...interrupted(why, onLost), ...code };
  if (exit.signal !== null) return failed('signal', `ended by ${exit.signal}`);
  if (exit.exitCode === 0) return { outcome: 'succeeded', exitCode: 0 };
  return { ...failed('exit_code', `ended with exit code ${exit.exitCode}`), ...code };
}

/** A handler that threw; `cause` is why it had been asked to end, if it had. */
export function judgeThrown(error: unknown, cause: EndCause | null, onLost: OnLost): Report {
  return cause === null ? failed('handler_error', errorText(error)) : interrupted(cause, onLost);
}

/** What was cut short. What the policy lets be done again goes back uncounted: the job itself has not failed. */
export function interrupted(cause: EndCause, onLost: OnLost): Report {
  switch (cause) {
    case 'cancelled':
      return { outcome: 'cancelled' };
    case 'attempt_time_limit':
      return failed('attempt_time_limit', 'it took longer than an attempt may');
    case 'worker_stopped':
      return onLost === 'retry'
        ? { outcome: 'returned' }
        : failed('worker_stopped', 'the worker was stopped');
    case 'lease_lost':
    case 'not_ours':
      return onLost === 'retry'
        ? { outcome: 'returned' }
        : failed('lease_lost', 'ended because it was no longer this worker’s');
  }
}

/** What was never started, though the server may think so. */
export function unstarted(cause: EndCause | null): Report {
  return cause === 'cancelled' ? { outcome: 'cancelled' } : { outcome: 'returned' };
}

export function failed(reason: EndReason, error: string): Report {
  return { outcome: 'failed', reason, error: error.slice(0, errorLengthMax) };
}

/** The error and what caused it, without the stack: the submitter cannot do much with that. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error instanceof Fault ? error.message : `${error.name}: ${error.message}`;
  return error.cause === undefined ? text : `${text} (caused by ${errorText(error.cause).slice(0, 1_000)})`;
}
