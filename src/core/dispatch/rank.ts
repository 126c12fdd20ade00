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

export interface Ranked {
  readonly rank: number | null;
  readonly id: number;
}

/** The order in which ready jobs are handed out: by rank, and among equals the older first. */
export function byRank(a: Ranked, b: Ranked): number {
  return (a.rank ?? 0) - (b.rank ?? 0) || a.id - b.id;
}
