import { integer } from '../rows.ts';
import { type Row, type Script, select } from '../script.ts';

export type Side = 'up' | 'down';

const jobsAtOnce = 500;
/** From a level of few jobs, so many more are read with it: a long chain then costs few statements, not one a link. */
const fewJobs = 100;
const jobsAhead = 1_000;
const tiesAhead = 5_000;

/** Ties of jobs: to what made what they read (up), or to those who read what they made (down). */
export class TieReader {
  readonly #side: Side;
  readonly #known = new Map<number, Row[]>();
  #looksAhead: boolean;

  /** `levels`: how many will be asked for, at most. */
  constructor(side: Side, levels: number) {
    this.#side = side;
    this.#looksAhead = levels > 3;
  }

  /** The ties of a level of jobs, in the order of these, at most so many. */
  *of(jobs: readonly number[], limit: number): Script<readonly Row[]> {
    const rows: Row[] = [];
    for (let from = 0; from < jobs.length && rows.length < limit; from += jobsAtOnce)
      rows.push(...(yield* this.#slice(jobs.slice(from, from + jobsAtOnce), limit - rows.length)));
    return rows;
  }

  *#slice(jobs: readonly number[], limit: number): Script<readonly Row[]> {
    const isNew = jobs.some((id) => !this.#known.has(id));
    if (isNew && this.#looksAhead && jobs.length <= fewJobs) yield* this.#lookAhead(jobs);
    if (jobs.some((id) => !this.#known.has(id))) return yield* select(`list-ties-${this.#side}`, jobs, limit);
    return jobs.flatMap((id) => this.#known.get(id) ?? []).slice(0, limit);
  }

  /** Once there are too many ties ahead to be read in vain, it is level by level. */
  *#lookAhead(jobs: readonly number[]): Script<void> {
    const rows = yield* select(`list-ties-ahead-${this.#side}`, jobs, jobs.length + jobsAhead, tiesAhead + 1);
    this.#looksAhead = rows.length <= tiesAhead;
    if (!this.#looksAhead) return;
    for (const [id, ties] of Map.groupBy(rows, (row) => integer(row.of_job)))
      this.#known.set(
        id,
        ties.filter((row) => row.job_id !== null),
      );
  }
}
