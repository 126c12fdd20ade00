import type { FaultCode } from '../../core/faults.ts';
import type { JobRecord } from '../../core/jobs/job.ts';
import type { Criterion } from '../../core/select/criterion.ts';
import type { NamedIn } from '../../core/select/names-in.ts';
import type { SelectedMove } from '../../core/select/selected-moves.ts';
import type { Sort } from '../../core/select/sort.ts';
import type { Actor, JobChanges, Page } from '../storage.ts';

export interface Selected {
  readonly project: string;
  readonly criterion: Criterion;
  /** Jobs in the trash, and no others; without it, those outside. */
  readonly trash: boolean;
  readonly after?: string;
  /** About how many jobs may be looked at; if left out, some thousands, fewer for a page than for a count. */
  readonly looks?: number;
}

export interface SelectJobs extends Selected {
  readonly sort: Sort;
  readonly limit: number;
}

export type SelectedAct = { readonly move: SelectedMove } | { readonly changes: JobChanges };

/** What became of one job. */
export interface ActedOn {
  readonly ref: string;
  readonly done: boolean;
  /** Why it was refused. */
  readonly code: FaultCode | null;
}

/** Jobs by what is asked of them. */
export interface SelectStorage {
  /** A page may hold fewer than asked for, or none, though others follow: only a bounded number of jobs is looked at. */
  selectJobs(params: SelectJobs): Promise<Page<JobRecord>>;
  /** How many are selected, counted up to `next`, where the look ended; null at the end. */
  countSelected(params: Selected): Promise<{ readonly count: number; readonly next: string | null }>;
  /** The first names of a kind that jobs of the project have, in the order of their code units. */
  listNames(params: {
    readonly project: string;
    readonly kind: NamedIn['kind'];
    readonly limit: number;
  }): Promise<readonly string[]>;
  /**
   * Acts on those of these jobs that are still selected: each is done whole or refused by itself, and all of them are one
   * act. With `owner`, the jobs of others are refused. `next` is kept with the answer, for who repeats it.
   */
  actOnSelected(
    params: Omit<Selected, 'after' | 'looks'> & {
      readonly by: Actor;
      readonly jobs: readonly number[];
      readonly owner: string | null;
      readonly act: SelectedAct;
      readonly next: string | null;
    },
  ): Promise<{ readonly items: readonly ActedOn[]; readonly next: string | null }>;
}
