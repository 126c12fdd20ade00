import type { JobRecord, Progress } from '../jobs/job.ts';

/** What has not succeeded is never shown as done, whatever it says of itself. */
const nearlyDone = 0.99;

/** How far a run is, for others: 1 exactly when its success is on record. */
export function progressOfRun(
  { state, finishedAt }: Pick<JobRecord, 'state' | 'finishedAt'>,
  progress: Progress | null,
): Progress | null {
  if (state === 'succeeded' && finishedAt !== null)
    return { fraction: 1, text: progress?.text ?? null, at: finishedAt };
  if (progress === null || progress.fraction < 1) return progress;
  return { ...progress, fraction: nearlyDone };
}
