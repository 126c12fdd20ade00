/** Why a job is not running, or what became of it, in one sentence for people. */
import type { LockHolder, LockWait } from '../locks/holder.ts';
import type { DependencyKind, JobRecord, LiveJob } from './job.ts';
import { writeReference } from './reference.ts';
import { endReasons, isEndReason, isFinal, type JobState } from './states.ts';
import { limitPassed } from './steps.ts';

export const aheadMax = 1_000;

export interface Situation {
  readonly job: JobRecord;
  readonly live: LiveJob | null;
  readonly unmet: readonly { readonly ref: string; readonly state: JobState; readonly on: DependencyKind }[];
  /** Ready jobs before this one, in its own class; counted up to `aheadMax`. */
  readonly ahead: number;
  /** Connected workers that may serve it. */
  readonly servingWorkers: number;
  /** Connected workers in all. */
  readonly workers: number;
  /** The worker that holds it. */
  readonly worker: string | null;
  /** Of a child whose parent limits how many are with workers at one time: how many may be, and are. */
  readonly limit: { readonly max: number; readonly atWork: number } | null;
  /** What the last attempt of a job that failed said of it. */
  readonly error: string | null;
  /** Of a ready job: who keeps it from the locks that it asks for. */
  readonly lockWait: LockWait | null;
  /** Of a ready job, after a restore: how long nothing is handed out yet. */
  readonly handsOutInMs: number | null;
}

export function why(it: Situation): string {
  const ref = writeReference(it.job);
  switch (it.job.state) {
    case 'draft':
      return `${ref} is a draft: it was not submitted yet.`;
    case 'waiting':
      return whyWaiting(ref, it);
    case 'ready':
      return whyReady(it);
    case 'offered':
      return `${ref} was offered to ${named(it.worker)} and starts as soon as that confirms it.`;
    case 'running':
      return whyRunning(ref, it);
    case 'lost':
      if (it.job.origin === 'recorded')
        return `${ref} is lost: its recorder was not heard of before its lease ended; it goes on when that is heard of again, or say what became of it with labkeep resolve.`;
      return `${ref} is lost: ${named(it.worker)} was not heard of before its lease ended; wait for the worker’s report, or say what became of it with labkeep resolve.`;
    case 'succeeded':
      return `${ref} succeeded${on(it.job.finishedAt)}.`;
    case 'failed':
    case 'cancelled':
    case 'expired':
    case 'denied':
      return whyEnded(ref, it);
  }
}

function whyWaiting(ref: string, it: Situation): string {
  switch (it.job.reason) {
    case 'dependency':
      return `${ref} waits for ${dependencies(it.unmet)}.`;
    case 'time':
      return `${ref} waits until its time comes${on(it.live?.notBefore ?? null)}.`;
    case 'retry_delay':
      return `${ref} failed in attempt ${it.job.attempts} and pauses before the next${on(it.live?.notBefore ?? null)}.`;
    case 'held':
      return `${ref} is held: it waits until somebody releases it.`;
    case 'children':
      return `${ref} has no work of its own and waits for children.`;
    default:
      return `${ref} waits.`;
  }
}

function dependencies(unmet: Situation['unmet']): string {
  const [first, ...others] = unmet;
  if (first === undefined) return 'jobs that it comes after';
  if (others.length === 0) return `${first.ref}${mustFail(first.on)}, which ${stands(first.state)}`;
  const shown = unmet.slice(0, 3).map((it) => `${it.ref}${mustFail(it.on)} (${it.state})`);
  const more = unmet.length - shown.length;
  return `${count(unmet.length, 'job')}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function stands(state: JobState): string {
  switch (state) {
    case 'succeeded':
    case 'failed':
    case 'expired':
      return state;
    case 'cancelled':
    case 'denied':
      return `was ${state}`;
    default:
      return `is ${state}`;
  }
}

function mustFail(kind: DependencyKind): string {
  return kind === 'failure' ? ' to fail' : '';
}

function whyReady(it: Situation): string {
  if (it.handsOutInMs !== null)
    return `The storage was restored, or failed over, a moment ago; jobs are handed out again in ${Math.ceil(it.handsOutInMs / 1_000)} s.`;
  if (it.workers === 0) return 'No worker is connected; start one with labkeep worker.';
  if (it.servingWorkers === 0) {
    const task = it.job.task === null ? '' : ` with task ${it.job.task}`;
    return `No connected worker runs jobs of ${it.job.owner}${task}; start one with labkeep worker.`;
  }
  const serve = `${count(it.servingWorkers, 'worker')} may serve it`;
  if (it.limit !== null && it.limit.atWork >= it.limit.max) return whyFull(it, it.limit.max);
  if (it.lockWait !== null) return whyLocked(it.lockWait, it.ahead);
  if (it.ahead === 0) return `It is the next in its line; ${serve}.`;
  const many =
    it.ahead >= 1_000 ? 'at least 1,000 jobs are' : it.ahead === 1 ? '1 job is' : `${it.ahead} jobs are`;
  return `${many.charAt(0).toUpperCase()}${many.slice(1)} before it; ${serve}.`;
}

function whyLocked({ path, isOff, holders, holdersInAll, position }: LockWait, ahead: number): string {
  if (isOff) return `It waits for ${path}, which is off or no longer in the catalogue.`;
  const [first] = holders;
  const place = position + ahead;
  const before = place === 1 ? 'it is the next in the line' : `${count(place - 1, 'request')} before it`;
  if (first?.kind === 'closure') {
    const reason = first.reason === null ? '' : `: ${first.reason}`;
    const until = first.until === null ? '' : `; it is said to be open again at ${moment(first.until)}`;
    return `It waits for ${path}: ${first.principal} closes ${first.database}${reason}${until}; ${before}.`;
  }
  if (first === undefined) return `It waits for ${path}; ${before}.`;
  const more = holdersInAll - holders.length;
  const all = `${holders.map(holderInWords).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `It waits for ${path}, held by ${all}; ${before}.`;
}

function holderInWords(holder: LockHolder): string {
  switch (holder.kind) {
    case 'job': {
      const { ref, principal, worker, progress } = holder;
      const where = worker === null ? '' : ` on ${worker}`;
      const done = progress === null ? '' : `, ${Math.round(progress.fraction * 100)} % done`;
      return `${ref} of ${principal}${where}${done}`;
    }
    case 'session':
      return `${holder.name} of ${holder.principal}${holder.host === null ? '' : ` on ${holder.host}`}`;
    case 'closure':
      return `a closure by ${holder.principal}`;
  }
}

function whyFull({ job }: Situation, max: number): string {
  const parent = job.parent === null ? 'Its parent' : `${job.project}/${job.parent}`;
  return `${parent} has at most ${count(max, 'child', 'children')} at work at one time, and as many are.`;
}

function whyRunning(ref: string, it: Situation): string {
  if (it.live?.classId === null) return `${ref} has no work of its own; its children are not finished.`;
  const where = it.worker === null ? '' : ` on ${it.worker}`;
  const limit = limitPassed(it.job);
  const because = limit === null ? '' : `: ${endReasons[limit]}`;
  const stopping = it.job.cancelRequestedAt === null ? '' : ` and was asked to stop${because}`;
  return `${ref} is running${where}${since(it.job.startedAt)}${stopping}.`;
}

function whyEnded(ref: string, it: Situation): string {
  const { state, reason, exitCode, finishedAt } = it.job;
  return `${ref} ${stands(state)}${on(finishedAt)}${cause(reason, exitCode, it)}.`;
}

/** So much of an error is quoted. */
const quotedMax = 300;

function cause(
  reason: JobRecord['reason'],
  exitCode: number | null,
  { unmet, error }: Pick<Situation, 'unmet' | 'error'>,
): string {
  if (reason === 'exit_code' && exitCode !== null) return `: the command ended with code ${exitCode}`;
  if (reason === 'dependency_failed') {
    const culprit = unmet.find((it) => isFinal(it.state));
    if (culprit !== undefined) return `: it comes after ${culprit.ref}, which ${stands(culprit.state)}`;
  }
  if (reason === null || !isEndReason(reason)) return '';
  const quoted = reason === 'not_started' || reason === 'handler_error' ? error : null;
  const [first = ''] = (quoted ?? '').trim().split('\n', 1);
  const words = first.slice(0, quotedMax).replace(/\.$/, '');
  return `: ${endReasons[reason]}${words === '' ? '' : `: ${words}`}`;
}

function named(worker: string | null): string {
  return worker === null ? 'a worker' : `worker ${worker}`;
}

function count(many: number, noun: string, nouns = `${noun}s`): string {
  return `${many} ${many === 1 ? noun : nouns}`;
}

function on(instant: number | null): string {
  return instant === null ? '' : ` (${moment(instant)})`;
}

function since(instant: number | null): string {
  return instant === null ? '' : ` since ${moment(instant)}`;
}

/** Such as 2026-11-21 19:40:05 UTC. */
function moment(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
