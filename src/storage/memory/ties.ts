/** Which job made what an attempt read: found among all outputs, kept, and followed tie by tie. */
import { findMaker, type Made } from '../../core/files/ties.ts';
import type { LiveJob, MadeBy, TieBy } from '../../core/jobs/job.ts';
import { writeReference } from '../../core/jobs/reference.ts';
import type { Act } from './act.ts';
import { placesOfFile, storedFilesOf } from './files.ts';
import { jobOf, type State } from './state.ts';

export interface StoredTie {
  readonly jobId: number;
  readonly attempt: number;
  /** The input, and the output that it is. */
  readonly file: number;
  readonly made: Made;
  readonly by: TieBy;
  readonly provisional: boolean;
  readonly cyclic: boolean;
}

/** An attempt starts. */
export function tieAttempt(act: Act, live: LiveJob, before: number): void {
  tie(act, live.id, live.attempt, before, false);
}

/** A job waits: what its inputs are as things stand. */
export function tieProvisionally(act: Act, { id, attempt, state }: LiveJob): void {
  if (state !== 'draft' && attempt === 0) tie(act, id, 1, act.now, true);
}

function tie(act: Act, jobId: number, attempt: number, before: number, provisional: boolean): void {
  const { state } = act;
  const others = state.ties.filter((each) => each.jobId !== jobId || each.attempt !== attempt);
  state.ties = others;
  const outputs = outputsOf(state);
  const below = kinOf(state, jobId, 'descendants');
  const found = storedFilesOf(state, jobId).flatMap((input): StoredTie[] => {
    if (input.role === 'output') return [];
    const wanted = { jobId, places: placesOfFile(state, input), sha256: input.sha256 ?? null };
    const keys = [...wanted.places, ...(wanted.sha256 === null ? [] : [wanted.sha256])];
    const maker = findMaker(
      wanted,
      before,
      keys.flatMap((key) => outputs.get(key) ?? []),
    );
    if (maker === null) return [];
    const cyclic = below.has(maker.made.jobId);
    return [{ jobId, attempt, file: input.id, ...maker, provisional, cyclic }];
  });
  state.ties = [...others, ...found];
}

/** Every output, under its place and under its content. */
function outputsOf(state: State): ReadonlyMap<string, readonly Made[]> {
  const outputs = new Map<string, Made[]>();
  for (const { id: file, jobId, attempt, madeAt, place, sha256 = null } of state.files.values()) {
    if (attempt === null || madeAt === null) continue;
    for (const key of [place, sha256])
      if (key !== null)
        outputs.set(key, [...(outputs.get(key) ?? []), { file, jobId, attempt, madeAt, place, sha256 }]);
  }
  return outputs;
}

/** All that a job rests on, or all that rest on it, by ties that close no circle. */
export function kinOf(state: State, jobId: number, side: 'ancestors' | 'descendants'): ReadonlySet<number> {
  const kin = new Set<number>();
  const visit = (id: number): void => {
    for (const { jobId: reader, made, cyclic } of state.ties) {
      const [from, to] = side === 'ancestors' ? [reader, made.jobId] : [made.jobId, reader];
      if (cyclic || from !== id || kin.has(to)) continue;
      kin.add(to);
      visit(to);
    }
  };
  visit(jobId);
  return kin;
}

/** What the last attempt found of an input. */
export function madeByOf(state: State, jobId: number, file: number): MadeBy | null {
  const found = state.ties
    .filter((each) => each.jobId === jobId && each.file === file)
    .sort((one, other) => one.attempt - other.attempt)
    .at(-1);
  return found === undefined ? null : madeByTie(state, found);
}

export function madeByTie(state: State, { made, by, cyclic, provisional }: StoredTie): MadeBy {
  const ref = writeReference(jobOf(state, made.jobId).record);
  return { ref, attempt: made.attempt, by, cyclic, provisional };
}
