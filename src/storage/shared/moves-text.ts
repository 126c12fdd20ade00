import type { JobMoved } from '../../core/events/event.ts';
import { writeReference } from '../../core/jobs/reference.ts';
import type { JobState } from '../../core/jobs/states.ts';

/** A job of an event, whose project the event names. */
export interface Moved {
  readonly number: string;
  readonly state: JobState;
  readonly revision: number;
}

type Run = [state: JobState, revision: number, ...numbers: string[]];

/** The jobs of an event as text. Most of them moved alike, so neighbours of one state and revision share these. */
export function writeMoves(jobs: readonly Moved[]): string {
  const runs: Run[] = [];
  let last: Run | undefined;
  for (const { number, state, revision } of jobs) {
    if (last?.[0] === state && last[1] === revision) last.push(number);
    else {
      last = [state, revision, number];
      runs.push(last);
    }
  }
  return JSON.stringify(runs);
}

export function readMoves(text: string, project: string | null): readonly JobMoved[] {
  const runs = JSON.parse(text) as readonly Run[];
  return runs.flatMap(([state, revision, ...numbers]) =>
    numbers.map((number) => ({ ref: writeReference({ project: project ?? '', number }), state, revision })),
  );
}
