/**
 * Every move of an unfinished job, as pure functions of (job, what happened, now). A storage reads the job, calls
 * one of these, and writes the step that comes back; it never decides by itself. Three laws:
 * - a step is one move of the table in states.ts, and raises the revision by one;
 * - an attempt is counted when it starts, never when it is offered;
 * - whoever leaves a worker’s hands loses its epoch, so that a late report finds nothing to change.
 */
import { Fault } from '../faults.ts';
import type { AttemptOutcome, EndedJob, LiveJob, RetryPolicy, RunFacts } from './job.ts';
import { place, placeBack } from './place.ts';
import { type EndReason, type FinalState, isLegal, type JobState } from './states.ts';

export interface AttemptEnd {
  readonly attempt: number;
  readonly epoch: number;
  readonly workerId: number | null;
  readonly startedAt: number | null;
  readonly outcome: AttemptOutcome;
  readonly exitCode: number | null;
  readonly reason: EndReason | null;
  readonly error: string | null;
  readonly executable: RunFacts['executable'];
  readonly version: string | null;
}

export type Step = Stay | End;

/** The job goes on unfinished. */
export interface Stay {
  readonly kind: 'stay';
  readonly from: JobState;
  readonly live: LiveJob;
  readonly attempt: AttemptEnd | null;
}

/** The job is final. */
export interface End {
  readonly kind: 'end';
  readonly from: LiveJob;
  readonly state: FinalState;
  readonly reason: EndReason | null;
  readonly exitCode: number | null;
  readonly attempt: AttemptEnd | null;
}

/** What a worker says at the end of an attempt. */
export interface Report {
  readonly outcome: 'succeeded' | 'failed' | 'cancelled' | 'returned';
  readonly exitCode: number | null;
  readonly reason: EndReason | null;
  readonly error: string | null;
  readonly executable?: RunFacts['executable'] | undefined;
  readonly version?: string | null | undefined;
}

export interface Offer {
  readonly workerId: number;
  readonly epoch: number;
  readonly offerMs: number;
}

/** `chance` is a number in [0, 1): the jitter of a retry’s delay. */
export interface Moment {
  readonly now: number;
  readonly chance: number;
}

/** Lost attempts are repeated (`onLost: retry`) at most this often where no retry policy says otherwise. */
const lostAttemptsMax = 10;

const atNoWorker = {
  epoch: null,
  workerId: null,
  offerEndsAt: null,
  attemptEndsAt: null,
  startedAt: null,
  cancelRequestedAt: null,
  leaseEndsAt: null,
} as const;

export function submit(live: LiveJob, now: number): Stay {
  refuseUnless(live.state === 'draft', live, 'submitted', 'a draft');
  return stay('submit', live, place(live, now));
}

/** Looks again whether anything is missing: after a dependency was met or a time has come. */
export function reconsider(live: LiveJob, now: number): Step | null {
  if (live.state !== 'waiting') return null;
  const next = place(live, now);
  return next.state === live.state && next.reason === live.reason ? null : stay('satisfy', live, next);
}

export function offer(live: LiveJob, to: Offer, now: number): Stay {
  return stay('offer', live, {
    state: 'offered',
    reason: null,
    rank: null,
    workerId: to.workerId,
    epoch: to.epoch,
    offerEndsAt: now + to.offerMs,
  });
}

/** Starts an attempt: by confirmation of an offer, or, in process, straight from ready. */
export function start(
  live: LiveJob,
  to: { readonly workerId: number; readonly epoch: number },
  now: number,
): Stay {
  return stay('start', live, {
    state: 'running',
    reason: null,
    rank: null,
    workerId: to.workerId,
    epoch: to.epoch,
    attempt: live.attempt + 1,
    startedAt: now,
    offerEndsAt: null,
    attemptEndsAt: live.policy.attemptMs === null ? null : now + live.policy.attemptMs,
  });
}

/** Takes back an offer that was not confirmed: nothing has run, so nothing is counted. */
export function takeBack(live: LiveJob, now: number): Step {
  return stay('return', live, { ...atNoWorker, ...placeBack({ ...live, ...atNoWorker }, now) });
}

/** Applies a report that carries the current epoch. */
export function settle(live: LiveJob, report: Report, moment: Moment): Step {
  if (live.state === 'offered') return takeBack(live, moment.now);
  switch (report.outcome) {
    case 'succeeded':
      return end(live, 'succeeded', null, report.exitCode, attemptEnd(live, 'succeeded', report));
    case 'cancelled':
      if (limitPassed(live) !== null) return failOrRepeat(live, report, moment);
      return end(
        live,
        'cancelled',
        live.cancelRequestedAt === null ? 'reported' : 'requested',
        report.exitCode,
        attemptEnd(live, 'cancelled', report),
      );
    case 'failed':
      return failOrRepeat(live, report, moment);
    case 'returned': {
      if (live.cancelRequestedAt !== null) return failOrRepeat(live, report, moment);
      const back = { ...live, ...atNoWorker, attempt: live.attempt - 1 };
      return stay('return', live, { ...back, ...placeBack(back, moment.now) });
    }
  }
}

/** The lease of the worker that holds this job has run out. */
export function lose(live: LiveJob, reason: EndReason, moment: Moment): Step {
  if (live.state === 'offered') return takeBack(live, moment.now);
  const report: Report = { outcome: 'failed', exitCode: null, reason, error: null };
  const lost = attemptEnd(live, 'lost', report);
  if (isCancelled(live)) return end(live, 'cancelled', 'requested', null, lost);
  const limit = limitPassed(live);
  if (limit !== null)
    return live.policy.onLost === 'retry' && mayRepeat(live, moment.now)
      ? again(live, lost, moment)
      : end(live, 'failed', limit, null, lost);
  switch (live.policy.onLost) {
    case 'ask':
      return stay('lose', live, { state: 'lost', reason });
    case 'fail':
      return end(live, 'failed', reason, null, lost);
    case 'retry': {
      const max = live.policy.retry.max > 0 ? live.policy.retry.max : lostAttemptsMax;
      return live.attempt <= max ? again(live, lost, moment) : end(live, 'failed', reason, null, lost);
    }
  }
}

/** The worker of a lost job, whose policy is to ask, was heard of again. */
export function resume(live: LiveJob): Stay {
  return stay('resume', live, { state: 'running', reason: null });
}

/** What a person may say became of a lost job, and how the record of its attempt words it. */
const verdicts = {
  resolve_succeeded: { verdict: 'succeeded', said: 'said that it had succeeded' },
  resolve_failed: { verdict: 'failed', said: 'said that it had failed' },
  resolve_retry: { verdict: 'retry', said: 'had it tried again' },
} as const;
export type Resolution = keyof typeof verdicts;

export function isResolution(act: string): act is Resolution {
  return Object.hasOwn(verdicts, act);
}

/** A person decides on a lost job. Its attempt stays a lost one, and tells who decided. */
export function resolve(
  live: LiveJob,
  resolution: Resolution,
  it: { readonly by: string; readonly isRecorded: boolean },
  now: number,
): Step {
  refuseUnless(live.state === 'lost', live, 'resolved', 'lost');
  const { verdict, said } = verdicts[resolution];
  const error = `${it.by} ${said}`;
  const lost = attemptEnd(live, 'lost', { outcome: 'failed', exitCode: null, reason: lostFor(live), error });
  if (verdict !== 'retry') return end(live, verdict, 'resolved', null, lost);
  if (it.isRecorded)
    throw new Fault('state_conflict', {
      detail: `Job ${live.number} cannot be tried again`,
      found: 'a recorded run',
      expected: 'a job that workers run; say what became of it, then rerun makes one of it',
    });
  const next = { ...live, ...atNoWorker, notBefore: null };
  return { ...stay('again', live, { ...next, ...place(next, now) }), attempt: lost };
}

/** Time has passed: what becomes of the job whose `dueAt` lies behind. Null if nothing does. */
export function due(live: LiveJob, moment: Moment): Step | null {
  const past = (instant: number | null): boolean => instant !== null && instant <= moment.now;
  const atWork = live.state === 'running';
  const unstarted = live.state === 'waiting' || live.state === 'ready' || live.state === 'offered';
  if (atWork && past(live.leaseEndsAt)) return lose(live, 'lease_lost', moment);
  if (atWork && live.cancelRequestedAt === null) {
    if (past(live.finishBy)) return askToEnd(live, 'total_time_limit', moment.now);
    if (past(live.attemptEndsAt)) return askToEnd(live, 'attempt_time_limit', moment.now);
  }
  if (unstarted && past(live.finishBy)) return end(live, 'expired', 'total_time_limit', null, null);
  if (unstarted && live.attempt === 0 && past(live.startBy))
    return end(live, 'expired', 'start_time_limit', null, null);
  if (live.state === 'offered' && past(live.offerEndsAt)) return takeBack(live, moment.now);
  return reconsider(live, moment.now);
}

/** Cancels: at once where nothing runs; else the worker is asked to stop. Null if that was asked before. */
export function cancel(live: LiveJob, now: number): Step | null {
  if (live.state === 'lost') {
    const lost: Report = { outcome: 'failed', exitCode: null, reason: lostFor(live), error: null };
    return end(live, 'cancelled', 'requested', null, attemptEnd(live, 'lost', lost));
  }
  if (live.state !== 'running') return end(live, 'cancelled', 'requested', null, null);
  if (isCancelled(live)) return null;
  return stay('cancel', live, { cancelRequestedAt: now, reason: null });
}

/**
 * A limit has passed: the worker is asked to stop. Until it says that it has, or its lease ends, the command may go on,
 * so the job keeps its locks and is not tried again.
 */
function askToEnd(live: LiveJob, limit: TimeLimit, now: number): Stay {
  return stay('cancel', live, { cancelRequestedAt: now, reason: limit });
}

const timeLimits = ['total_time_limit', 'attempt_time_limit'] as const satisfies readonly EndReason[];
type TimeLimit = (typeof timeLimits)[number];

/** The limit for which the worker of a running job was asked to stop. */
export function limitPassed(live: Pick<LiveJob, 'reason'>): TimeLimit | null {
  return timeLimits.find((limit) => limit === live.reason) ?? null;
}

/** Whether somebody asked for its end. */
function isCancelled(live: LiveJob): boolean {
  return live.cancelRequestedAt !== null && limitPassed(live) === null;
}

/** Why a lost job was lost: what `lose` wrote down. */
function lostFor(live: LiveJob): EndReason {
  const reasons: readonly EndReason[] = ['lease_lost', 'worker_forgot', 'restored'];
  return reasons.find((reason) => reason === live.reason) ?? 'lease_lost';
}

/** Ends a job whose dependency can never be met. */
export function abandon(live: LiveJob): End {
  return end(live, 'cancelled', 'dependency_failed', null, null);
}

/** Ends a job that its owner may not run. */
export function deny(live: LiveJob): End {
  return end(live, 'denied', 'owner_refused', null, null);
}

export function hold(live: LiveJob, now: number): Step | null {
  refuseUnless(live.state === 'waiting' || live.state === 'ready', live, 'held', 'waiting or ready');
  if (live.held) return null;
  const held = { ...live, held: true };
  return stay('hold', live, { held: true, ...place(held, now) });
}

export function release(live: LiveJob, now: number): Step | null {
  refuseUnless(live.held, live, 'released', 'held');
  const freed = { ...live, held: false };
  return stay(
    live.state === 'draft' ? 'edit' : 'satisfy',
    live,
    live.state === 'draft' ? { held: false } : { held: false, ...place(freed, now) },
  );
}

/** Changes the priority; a ready job keeps the age that it has. */
export function prioritise(live: LiveJob, priority: number, priorityStepMs: number): Stay {
  const rank = live.rank === null ? null : live.rank + (live.priority - priority) * priorityStepMs;
  return {
    kind: 'stay',
    from: live.state,
    live: { ...live, priority, rank, revision: live.revision + 1 },
    attempt: null,
  };
}

/** Another attempt of an ended job: the only move out of failed, expired, denied and cancelled. */
export function retry(
  ended: EndedJob,
  fresh: Omit<LiveJob, 'state' | 'reason' | 'rank' | 'readyAt' | 'revision' | 'attempt'>,
  now: number,
): Stay {
  if (ended.state === 'succeeded')
    throw new Fault('state_conflict', {
      detail: 'A job that succeeded is not retried; rerun makes a new job of it',
      found: ended.state,
      expected: 'failed, expired, denied or cancelled',
    });
  const revived: LiveJob = {
    ...fresh,
    state: 'waiting',
    reason: null,
    rank: null,
    readyAt: null,
    attempt: ended.attempts,
    revision: ended.revision + 1,
  };
  const live = { ...revived, ...place(revived, now) };
  assertLegal(ended.state, 'retry', live.state);
  return { kind: 'stay', from: ended.state, live, attempt: null };
}

/** The pause (ms) before an attempt that follows `attempts` counted ones: grows by `factor`, capped, ±10 % jitter. */
function retryDelayMs(policy: RetryPolicy, attempts: number, chance: number): number {
  const grown = policy.delayMs * policy.factor ** Math.max(0, attempts - 1);
  return Math.round(Math.min(grown, policy.delayMsMax) * (0.9 + 0.2 * chance));
}

/** Whoever asked for an end gets it: what was to be cancelled is not repeated. */
function failOrRepeat(live: LiveJob, report: Report, moment: Moment): Step {
  if (isCancelled(live))
    return end(live, 'cancelled', 'requested', report.exitCode, attemptEnd(live, 'cancelled', report));
  const reason = limitPassed(live) ?? report.reason ?? 'exit_code';
  const ended = attemptEnd(live, 'failed', { ...report, reason });
  if (mayRepeat(live, moment.now)) return again(live, ended, moment);
  return end(live, 'failed', reason, report.exitCode, ended);
}

function mayRepeat({ attempt, policy, finishBy }: LiveJob, now: number): boolean {
  return attempt <= policy.retry.max && (finishBy === null || finishBy > now);
}

function again(live: LiveJob, ended: AttemptEnd, moment: Moment): Stay {
  const delay = retryDelayMs(live.policy.retry, live.attempt, moment.chance);
  const next = { ...live, ...atNoWorker, notBefore: delay > 0 ? moment.now + delay : null };
  return { ...stay('again', live, { ...next, ...place(next, moment.now) }), attempt: ended };
}

function attemptEnd(live: LiveJob, outcome: AttemptOutcome, report: Report): AttemptEnd {
  return {
    attempt: live.attempt,
    epoch: live.epoch ?? 0,
    workerId: live.workerId,
    startedAt: live.startedAt,
    outcome,
    exitCode: report.exitCode,
    reason: report.reason,
    error: report.error,
    executable: report.executable ?? null,
    version: report.version ?? null,
  };
}

function stay(move: string, live: LiveJob, changes: Partial<LiveJob>): Stay {
  const next = { ...live, ...changes, revision: live.revision + 1 };
  if (move !== 'edit') assertLegal(live.state, move, next.state);
  return { kind: 'stay', from: live.state, live: next, attempt: null };
}

const moveTo = {
  succeeded: 'finish',
  failed: 'finish',
  cancelled: 'cancel',
  expired: 'expire',
  denied: 'deny',
} as const;

function end(
  live: LiveJob,
  state: FinalState,
  reason: EndReason | null,
  exitCode: number | null,
  attempt: AttemptEnd | null,
): End {
  const move = state === 'cancelled' && attempt !== null ? 'finish' : moveTo[state];
  assertLegal(live.state, move, state);
  return { kind: 'end', from: live, state, reason, exitCode, attempt };
}

function assertLegal(from: JobState, move: string, to: JobState): void {
  if (!isLegal(from, move, to)) throw new Error(`illegal move of a job: ${from} --${move}--> ${to}`);
}

function refuseUnless(allowed: boolean, live: LiveJob, act: string, expected: string): void {
  if (!allowed)
    throw new Fault('state_conflict', {
      detail: `Job ${live.number} cannot be ${act}`,
      found: live.state,
      expected,
    });
}
