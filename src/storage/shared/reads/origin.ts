import { graphBounds } from '../../../core/files/graph.ts';
import { contentOf } from '../../../core/files/ties.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import type { Maker, Origin } from '../../../ports/records/provenance.ts';
import { integer, integerOrNull, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select } from '../script.ts';
import { attemptFrom, attemptsBehind, inputsOf, listSteps } from './behind.ts';
import { newest } from './graph.ts';
import { pathsNow, placesAt, sightingRows } from './sightings.ts';

export interface Question {
  readonly path: string;
  readonly sha256: string | null;
  readonly depth: number;
  readonly only: readonly string[] | null;
}

/** Who made a file last, from what, where else its content was made, and what is behind all that. */
export function* findOrigin({ path, sha256, depth, only }: Question): Script<Origin> {
  const mayRead = (row: Row): boolean => only === null || only.includes(text(row.project));
  const places = (yield* placesAt(path)).map((place) => `0 ${place}`);
  const made = newest(yield* select('list-makers-at', places, Number.MAX_SAFE_INTEGER));
  const [last] = made === undefined ? [] : (yield* select('list-makers', [integer(made.id)])).filter(mayRead);
  const content = contentOf({ sha256: sha256 ?? textOrNull(last?.sha256) });
  const copies = content === null ? [] : yield* sameContent(content, integerOrNull(last?.id), only);
  const [madeBy = null] = last === undefined ? [] : yield* makersOf([last]);
  const behind = yield* attemptsBehind((last === undefined ? copies : [last]).map(attemptFrom), depth);
  const beside = depth === 0 ? [] : copies.map(attemptFrom);
  const { steps, complete } = yield* listSteps([...behind.attempts, ...beside], only);
  return {
    path,
    madeBy,
    sameContent: yield* makersOf(copies),
    inputs: last === undefined ? [] : yield* inputsOf(attemptFrom(last)),
    steps,
    complete: complete && behind.complete,
  };
}

function* sameContent(
  sha256: string,
  except: number | null,
  only: readonly string[] | null,
): Script<readonly Row[]> {
  const limit = graphBounds.sameContentMax + 1;
  const key = { sha256 };
  const sightings = yield* sightingRows({ key, role: 'output', only }, Number.MAX_SAFE_INTEGER, limit);
  const ids = sightings
    .filter((row) => row.attempt !== null && row.id !== except)
    .map(({ id }) => integer(id));
  const rows = yield* select('list-makers', ids.slice(0, graphBounds.sameContentMax));
  return rows.toSorted((one, other) => integer(other.id) - integer(one.id));
}

function* makersOf(rows: readonly Row[]): Script<readonly Maker[]> {
  const paths = yield* pathsNow(rows);
  return rows.map((row, index) => ({
    ref: writeReference({ project: text(row.project), number: text(row.number) }),
    attempt: integer(row.attempt),
    finishedAt: integer(row.made_at),
    host: textOrNull(row.host),
    path: paths[index] ?? text(row.path),
    size: integerOrNull(row.size),
    sha256: textOrNull(row.sha256),
  }));
}
