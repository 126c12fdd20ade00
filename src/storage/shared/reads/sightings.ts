import { pathOf, placesOf } from '../../../core/files/place.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import type { FileKey, Sighting } from '../../../ports/records/provenance.ts';
import type { Page } from '../../../ports/storage.ts';
import { directoriesAbove, directoriesOf } from '../acts/place-files.ts';
import { integer, integerOrNull, oneOf, stateOf, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select } from '../script.ts';
import { numericKey, pageOf, position, writeKey } from './position.ts';

export interface Sought {
  readonly key: FileKey;
  readonly role: 'input' | 'output' | null;
  readonly only: readonly string[] | null;
  readonly limit: number;
  readonly after?: string;
}

/** Mentions of a file, newest first: of each place and role one index is walked, and these are merged. */
export function* listSightings(it: Sought): Script<Page<Sighting>> {
  const asOf = yield* position();
  const before = it.after === undefined ? Number.MAX_SAFE_INTEGER : numericKey(it.after);
  const rows = yield* sightingRows(it, before, it.limit + 1);
  const page = pageOf(
    rows,
    it.limit,
    asOf,
    (row) => row,
    (row) => writeKey(integer(row.id)),
  );
  return { ...page, items: yield* sightingsOf(page.items) };
}

/** The newest mentions before one. */
export function* sightingRows(
  { key, role, only }: Pick<Sought, 'key' | 'role' | 'only'>,
  before: number,
  limit: number,
): Script<readonly Row[]> {
  const [name, keys] =
    'path' in key
      ? (['list-sightings-at', yield* placesAt(key.path)] as const)
      : (['list-sightings-of', [key.sha256]] as const);
  const rows: Row[] = [];
  for (const each of keys)
    for (const wanted of role === null ? ['input', 'output'] : [role])
      rows.push(...(yield* select(name, each, wanted, before, limit, only === null ? 0 : 1, only ?? [])));
  return rows.sort((one, other) => integer(other.id) - integer(one.id)).slice(0, limit);
}

/** Every place that a file at this path may have been given. */
export function* placesAt(path: string): Script<readonly string[]> {
  return placesOf(path, yield* directoriesAbove([path]));
}

function* sightingsOf(rows: readonly Row[]): Script<readonly Sighting[]> {
  const paths = yield* pathsNow(rows);
  return rows.map((row, index) => ({
    ref: writeReference({ project: text(row.project), number: text(row.number) }),
    attempt: integerOrNull(row.attempt),
    role: oneOf(row.role, ['input', 'output']),
    path: paths[index] ?? text(row.path),
    size: integerOrNull(row.size),
    sha256: textOrNull(row.sha256),
    kind: row.kind === 'directory' ? 'directory' : null,
    at: integer(row.made_at ?? row.started_at),
    state: stateOf(row.state),
  }));
}

/** Where files are, as directories stand now; as they were told where their folder is not known. */
export function* pathsNow(rows: readonly Row[]): Script<readonly string[]> {
  const directories = yield* directoriesOf(rows.flatMap((row) => textOrNull(row.place) ?? []));
  return rows.map((row) => {
    const place = textOrNull(row.place);
    return (place === null ? null : pathOf(place, directories)) ?? text(row.path);
  });
}
