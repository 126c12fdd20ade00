/** The attempts that are behind a file, and what each of them read. */
import { graphBounds } from '../../../core/files/graph.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import type { OriginInput, OriginStep } from '../../../ports/records/provenance.ts';
import { integer, integerOrNull, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select } from '../script.ts';
import { madeByOf } from './files.ts';
import { pathsNow } from './sightings.ts';
import { TieReader } from './ties.ts';

export interface Attempt {
  readonly jobId: number;
  readonly attempt: number;
  /** One of the files that it made. */
  readonly file: number;
}

/** The attempt of a row of a file that it made. */
export function attemptFrom(row: Row): Attempt {
  return { jobId: integer(row.job_id), attempt: integer(row.attempt), file: integer(row.id) };
}

function keyOf({ jobId, attempt }: Pick<Attempt, 'jobId' | 'attempt'>): string {
  return `${jobId} ${attempt}`;
}

/** These attempts and those that made what they read, so many generations, in the order of these. */
export function* attemptsBehind(
  first: readonly Attempt[],
  depth: number,
): Script<{ readonly attempts: readonly Attempt[]; readonly complete: boolean }> {
  const found = new Map<string, Attempt>();
  const reader = new TieReader('up', depth);
  let level = first;
  let room = graphBounds.edgesMax;
  for (let generation = 1; level.length > 0; generation++) {
    if (generation > depth) return { attempts: [...found.values()], complete: false };
    for (const attempt of level) found.set(keyOf(attempt), attempt);
    const inLevel = new Set(level.map(keyOf));
    const jobs = [...new Set(level.map(({ jobId }) => jobId))].sort((one, other) => one - other);
    const rows = yield* reader.of(jobs, room + 1);
    const next = new Map<string, Attempt>();
    for (const row of rows) {
      const of = keyOf({ jobId: integer(row.job_id), attempt: integer(row.attempt) });
      if (row.cyclic === 1 || !inLevel.has(of)) continue;
      const maker = makerFrom(row);
      if (!found.has(keyOf(maker)) && !next.has(keyOf(maker))) next.set(keyOf(maker), maker);
    }
    room -= rows.length;
    if (room < 0 || found.size + next.size > graphBounds.nodesMax)
      return { attempts: [...found.values()], complete: false };
    level = [...next.values()];
  }
  return { attempts: [...found.values()], complete: true };
}

function makerFrom(row: Row): Attempt {
  const [jobId, attempt] = [integer(row.producer_job), integer(row.producer_attempt)];
  return { jobId, attempt, file: integer(row.producer_file) };
}

/** First so many attempts are looked at together, then more, as long as they read few files. */
const attemptsAtFirst = 20;
const attemptsAtOnce = 500;
const inputsAtOnce = 1_000;

/** What is known of attempts, each once, as far as their inputs are not too many together. */
export function* listSteps(
  attempts: readonly Attempt[],
  only: readonly string[] | null,
): Script<{ readonly steps: readonly OriginStep[]; readonly complete: boolean }> {
  const open = [...new Map(attempts.map((each) => [keyOf(each), each])).values()];
  const steps: OriginStep[] = [];
  let room = graphBounds.inputsTogetherMax;
  let size = attemptsAtFirst;
  for (let from = 0; from < open.length; ) {
    const slice = open.slice(from, from + size);
    const before = room;
    const made = yield* select(
      'list-makers',
      slice.map(({ file }) => file),
    );
    const makers = new Map(made.map((row) => [integer(row.id), row]));
    const inputs = yield* readInputs(slice);
    for (const attempt of slice) {
      const maker = makers.get(attempt.file);
      if (maker === undefined || (only !== null && !only.includes(text(maker.project)))) continue;
      const read = inputs.get(keyOf(attempt)) ?? [];
      room -= read.length;
      if (room < 0) return { steps, complete: false };
      steps.push(stepFrom(maker, read));
    }
    from += slice.length;
    size = before - room > inputsAtOnce ? attemptsAtFirst : Math.min(size * 5, attemptsAtOnce);
  }
  return { steps, complete: true };
}

function stepFrom(row: Row, inputs: readonly OriginInput[]): OriginStep {
  return {
    ref: writeReference({ project: text(row.project), number: text(row.number) }),
    attempt: integer(row.attempt),
    finishedAt: integer(row.made_at),
    host: textOrNull(row.host),
    inputs,
  };
}

export function* inputsOf(attempt: Attempt): Script<readonly OriginInput[]> {
  return [...(yield* readInputs([attempt])).values()].flat();
}

/** What each of these attempts read, by their keys. */
function* readInputs(attempts: readonly Attempt[]): Script<ReadonlyMap<string, readonly OriginInput[]>> {
  const rows = yield* select('list-inputs-tied', attempts.map(keyOf), graphBounds.inputsMax);
  const sources = rows.map((row) => ({ path: row.source_path ?? '', place: row.source_place ?? null }));
  const paths = yield* pathsNow([...rows, ...sources]);
  const inputs = rows.map((row, index): { readonly of: string; readonly input: OriginInput } => ({
    of: keyOf({ jobId: integer(row.job_id), attempt: integer(row.attempt) }),
    input: {
      path: paths[index] ?? text(row.path),
      size: integerOrNull(row.size),
      sha256: textOrNull(row.sha256),
      kind: row.kind === 'directory' ? 'directory' : null,
      note: textOrNull(row.note),
      madeBy: row.found_by === null ? null : madeByOf(row),
      source:
        row.source_path === null
          ? null
          : { path: paths[rows.length + index] ?? '', sha256: textOrNull(row.source_sha256) },
    },
  }));
  const groups = Map.groupBy(inputs, ({ of }) => of);
  return new Map([...groups].map(([of, group]) => [of, group.map(({ input }) => input)]));
}
