import type { JobMoved } from '../../core/events/event.ts';
import { writeReference } from '../../core/jobs/reference.ts';
import type { JobState } from '../../core/jobs/states.ts';

/** A job of an event, whose project the event names. */
export interface Moved {
  readonly number: string;
  readonly state: JobState;
  readonly revision: number;
  /** Set where the job is in the trash, or purged. */
  readonly trashed?: true;
}

/**
 * Jobs that moved alike, in order: each a number such as `12.1`, or the first and the last of several, `12-17`; before
 * them `true` where they are in the trash.
 */
type Run = [state: JobState, revision: number, ...rest: (string | true)[]];

/** The jobs of an event as text. Most of them moved alike, and were numbered one after another. */
export function writeMoves(jobs: readonly Moved[]): string {
  const runs: Run[] = [];
  let run: Run | undefined;
  let first = '';
  let last = Number.NaN;
  for (const { number, state, revision, trashed } of jobs) {
    if (run?.[0] !== state || run[1] !== revision || (run[2] === true) !== (trashed === true)) {
      run = trashed ? [state, revision, true] : [state, revision];
      runs.push(run);
      last = Number.NaN;
    }
    const value = number.includes('.') ? Number.NaN : Number(number);
    if (value === last + 1) run[run.length - 1] = `${first}-${number}`;
    else {
      run.push(number);
      first = number;
    }
    last = value;
  }
  return JSON.stringify(runs);
}

export function readMoves(text: string, project: string | null): readonly JobMoved[] {
  const runs = JSON.parse(text) as readonly Run[];
  return runs.flatMap(([state, revision, ...rest]) => {
    const moved = rest[0] === true ? ({ state, revision, trashed: true } as const) : { state, revision };
    return rest
      .flatMap((numbers) => (numbers === true ? [] : numbersOf(numbers)))
      .map((number) => ({ ref: writeReference({ project: project ?? '', number }), ...moved }));
  });
}

function numbersOf(range: string): readonly string[] {
  const [first = '', last] = range.split('-');
  if (last === undefined) return [first];
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, n) => String(Number(first) + n));
}
