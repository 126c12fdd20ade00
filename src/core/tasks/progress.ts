import { bytesText } from '../bytes-text.ts';
import { Fault } from '../faults.ts';
import type { Counts, JobRecord, Progress, ProgressSaid } from '../jobs/job.ts';
import { isFinal } from '../jobs/states.ts';
import { checkText } from '../text.ts';

export const progressBounds = { textLength: 1_000, unitLength: 40, count: Number.MAX_SAFE_INTEGER } as const;

/** What has not succeeded is never shown as done, whatever it says of itself. */
const nearlyDone = 0.99;

/** Progress as somebody tells it. */
export interface ToldProgress {
  readonly fraction?: number | null | undefined;
  readonly text?: string | null | undefined;
  readonly counts?:
    | {
        readonly done: number;
        readonly total?: number | null | undefined;
        readonly unit?: string | null | undefined;
      }
    | null
    | undefined;
}

/** Within its bounds; counts with a total say how far it is where nothing else does. `at` names its place. */
export function readProgress(told: ToldProgress, at: string): ProgressSaid {
  const { text = null } = told;
  if (text !== null) checkText(text, `${at}text`, progressBounds.textLength);
  const counts = told.counts == null ? null : readCounts(told.counts, `${at}counts.`);
  return { fraction: told.fraction ?? fractionOf(counts), text, counts };
}

function readCounts(
  { done, total = null, unit = null }: Counts | NonNullable<ToldProgress['counts']>,
  at: string,
): Counts {
  for (const [name, count] of Object.entries({ done, total }))
    if (count !== null && !(count >= 0 && count <= progressBounds.count))
      throw new Fault('invalid_field', {
        field: `${at}${name}`,
        found: count,
        expected: 'a number from 0 on',
      });
  if (total !== null && done > total)
    throw new Fault('invalid_field', {
      field: `${at}done`,
      found: done,
      expected: `at most the total, ${total}`,
    });
  if (unit !== null) checkText(unit, `${at}unit`, progressBounds.unitLength);
  return { done, total, unit };
}

function fractionOf(counts: Counts | null): number | null {
  if (counts === null || counts.total === null) return null;
  return counts.total === 0 ? null : counts.done / counts.total;
}

export function saysNothing({ fraction, text, counts }: ProgressSaid): boolean {
  return fraction === null && text === null && counts === null;
}

/** Progress after something new was said: the fraction never falls, what was not said stays. */
export function followProgress(before: Progress | null, said: ProgressSaid, now: number): Progress {
  const fraction = Math.max(before?.fraction ?? 0, Math.min(1, said.fraction ?? 0));
  return {
    fraction,
    text: said.text ?? before?.text ?? null,
    counts: said.counts ?? before?.counts ?? null,
    at: now,
  };
}

/** How far a run is, for others: 1 exactly when its success is on record. */
export function progressOfRun(
  { state, finishedAt }: Pick<JobRecord, 'state' | 'finishedAt'>,
  progress: Progress | null,
): Progress | null {
  if (state === 'succeeded' && finishedAt !== null)
    return { fraction: 1, text: progress?.text ?? null, counts: progress?.counts ?? null, at: finishedAt };
  if (progress === null || progress.fraction < 1) return progress;
  return { ...progress, fraction: nearlyDone };
}

/** When a job will have ended, if it goes on as so far; null where nothing can be said. */
export function expectedEnd(
  { state, startedAt }: Pick<JobRecord, 'state' | 'startedAt'>,
  progress: Progress | null,
): number | null {
  if (isFinal(state) || startedAt === null || progress === null) return null;
  const { fraction, at } = progress;
  return fraction > 0 && at > startedAt ? Math.round(startedAt + (at - startedAt) / fraction) : null;
}

/** `3 of 12 files`, `3.45 MB of 12.0 MB` */
export function countsText({ done, total, unit }: Counts): string {
  if (unit === 'bytes') return total === null ? bytesText(done) : `${bytesText(done)} of ${bytesText(total)}`;
  const part = total === null ? String(done) : `${done} of ${total}`;
  return unit === null ? part : `${part} ${unit}`;
}
