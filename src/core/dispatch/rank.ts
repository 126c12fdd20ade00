/** One step of priority weighs as much as this much age: DESIGN of the queue, see docs/glossary.md “rank”. */
export const priorityStepMs = 60_000;
export const priorityMax = 100;

/**
 * The rank of a job that became ready at `readyAt` (ms): smaller is handed out first. Age counts by itself, since
 * later jobs get larger ranks; so no job starves and nothing is ever recomputed.
 */
export function rankOf(readyAt: number, priority: number): number {
  return readyAt - priority * priorityStepMs;
}

/**
 * The rank of a job that waited for locks which it could have now: before all others, and among these by ticket. It takes
 * the next free place of a worker, for it keeps others from the locks.
 */
export function dueRank(ticket: number): number {
  return Number.MIN_SAFE_INTEGER + ticket;
}

export function isDue(rank: number): boolean {
  return rank < dueBelow;
}

/** No rank of age and priority comes near this; tickets stay below 2^52. */
const dueBelow = -(2 ** 51);

export interface Ranked {
  readonly rank: number | null;
  readonly id: number;
}

/** The order in which ready jobs are handed out: by rank, and among equals the older first. */
export function byRank(a: Ranked, b: Ranked): number {
  return (a.rank ?? 0) - (b.rank ?? 0) || a.id - b.id;
}
