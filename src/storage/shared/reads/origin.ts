import { graphBounds } from '../../../core/files/graph.ts';
import { contentOf } from '../../../core/files/ties.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import type { Maker, Origin, OriginInput } from '../../../ports/records/provenance.ts';
import { integer, integerOrNull, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select } from '../script.ts';
import { madeByOf } from './files.ts';
import { newest } from './graph.ts';
import { pathsNow, placesAt, sightingRows } from './sightings.ts';

export interface Question {
  readonly path: string;
  readonly sha256: string | null;
  readonly only: readonly string[] | null;
}

/** Who made a file last, from what, and where else its content was made. */
export function* findOrigin({ path, sha256, only }: Question): Script<Origin> {
  const mayRead = (row: Row): boolean => only === null || only.includes(text(row.project));
  const places = (yield* placesAt(path)).map((place) => `0 ${place}`);
  const made = newest(yield* select('list-makers-at', places, Number.MAX_SAFE_INTEGER));
  const [last] = made === undefined ? [] : (yield* select('list-makers', [integer(made.id)])).filter(mayRead);
  const content = contentOf({ sha256: sha256 ?? textOrNull(last?.sha256) });
  const [madeBy = null] = last === undefined ? [] : yield* makersOf([last]);
  return {
    path,
    madeBy,
    sameContent: content === null ? [] : yield* sameContent(content, integerOrNull(last?.id), only),
    inputs: last === undefined ? [] : yield* inputsOf(integer(last.job_id), integer(last.attempt)),
  };
}

function* sameContent(
  sha256: string,
  except: number | null,
  only: readonly string[] | null,
): Script<readonly Maker[]> {
  const limit = graphBounds.sameContentMax + 1;
  const key = { sha256 };
  const sightings = yield* sightingRows({ key, role: 'output', only }, Number.MAX_SAFE_INTEGER, limit);
  const ids = sightings
    .filter((row) => row.attempt !== null && row.id !== except)
    .map(({ id }) => integer(id));
  const rows = yield* select('list-makers', ids.slice(0, graphBounds.sameContentMax));
  return yield* makersOf(rows.toSorted((one, other) => integer(other.id) - integer(one.id)));
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

function* inputsOf(jobId: number, attempt: number): Script<readonly OriginInput[]> {
  const rows = yield* select('list-inputs-tied', jobId, attempt, graphBounds.inputsMax);
  const paths = yield* pathsNow(rows);
  return rows.map((row, index) => ({
    path: paths[index] ?? text(row.path),
    size: integerOrNull(row.size),
    sha256: textOrNull(row.sha256),
    kind: row.kind === 'directory' ? 'directory' : null,
    note: textOrNull(row.note),
    madeBy: row.found_by === null ? null : madeByOf(row),
  }));
}
