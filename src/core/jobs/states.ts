/**
 * The states of a job and every legal move between them. Law: a job changes its state only by a move of this
 * table; `docs/architecture.md` draws its diagram from it (npm run generate).
 */
export const moves = {
  draft: { submit: ['waiting', 'ready'], cancel: ['cancelled'] },
  waiting: {
    satisfy: ['ready', 'waiting'],
    hold: ['waiting'],
    cancel: ['cancelled'],
    expire: ['expired'],
    deny: ['denied'],
    gather: ['running', 'succeeded', 'failed', 'cancelled'],
  },
  ready: {
    hold: ['waiting'],
    offer: ['offered'],
    start: ['running'],
    cancel: ['cancelled'],
    expire: ['expired'],
    deny: ['denied'],
  },
  offered: {
    start: ['running'],
    return: ['ready', 'waiting'],
    cancel: ['cancelled'],
    expire: ['expired'],
    deny: ['denied'],
  },
  running: {
    finish: ['succeeded', 'failed', 'cancelled'],
    again: ['ready', 'waiting'],
    return: ['ready', 'waiting'],
    lose: ['lost'],
    cancel: ['running', 'cancelled'],
    gather: ['succeeded', 'failed', 'cancelled'],
  },
  lost: {
    finish: ['succeeded', 'failed', 'cancelled'],
    again: ['ready', 'waiting'],
    return: ['ready', 'waiting'],
    resume: ['running'],
    cancel: ['cancelled'],
  },
  succeeded: { gather: ['running'] },
  failed: { retry: ['ready', 'waiting'], gather: ['running'] },
  cancelled: { retry: ['ready', 'waiting'], gather: ['running'] },
  expired: { retry: ['ready', 'waiting'] },
  denied: { retry: ['ready', 'waiting'] },
} as const satisfies Record<string, Readonly<Record<string, readonly string[]>>>;

export type JobState = keyof typeof moves;
export type FinalState = 'succeeded' | 'failed' | 'cancelled' | 'expired' | 'denied';
export type LiveState = Exclude<JobState, FinalState>;

export const jobStates = Object.keys(moves) as readonly JobState[];
export const finalStates = [
  'succeeded',
  'failed',
  'cancelled',
  'expired',
  'denied',
] as const satisfies readonly FinalState[];

export function isFinal(state: JobState): state is FinalState {
  return (finalStates as readonly JobState[]).includes(state);
}

/** Whether `move` leads from one state to another; the model and the tests ask this of every step taken. */
export function isLegal(from: JobState, move: string, to: JobState): boolean {
  const targets: readonly string[] | undefined = (moves[from] as Readonly<Record<string, readonly string[]>>)[
    move
  ];
  return targets?.includes(to) ?? false;
}

/** Why a waiting job waits. */
export const waitReasons = {
  dependency: 'it comes after jobs that have not ended',
  time: 'its time has not come',
  retry_delay: 'it failed and pauses before the next attempt',
  held: 'somebody holds it',
  children: 'it has no work of its own and waits for children',
} as const;
export type WaitReason = keyof typeof waitReasons;

/** Why a job ended as it did, where the exit code alone does not tell. */
export const endReasons = {
  exit_code: 'the command ended with a code other than 0',
  signal: 'the command was ended by a signal',
  not_started: 'the command could not be started',
  handler_error: 'the handler threw an error',
  attempt_time_limit: 'an attempt took longer than it may',
  total_time_limit: 'the job took longer than it may',
  start_time_limit: 'it did not start in time',
  lease_lost: 'the worker was not heard of before its lease ended',
  worker_stopped: 'the worker was stopped',
  worker_forgot: 'the worker no longer knew of it',
  restored: 'the storage was restored from a backup made while it ran',
  requested: 'somebody cancelled it',
  dependency_failed: 'a job it comes after did not end as it had to',
  children_failed: 'a child failed',
  children_cancelled: 'its children were cancelled',
  owner_refused: 'its owner may no longer run jobs in the project',
  reported: 'the worker reported it so',
  resolved: 'its worker was lost, and somebody said what became of it',
} as const;
export type EndReason = keyof typeof endReasons;

export function isEndReason(reason: string): reason is EndReason {
  return Object.hasOwn(endReasons, reason);
}

/** Whether the job is, or was last, in a worker’s hands. */
export function isAtWork(state: JobState): boolean {
  return state === 'offered' || state === 'running' || state === 'lost';
}
