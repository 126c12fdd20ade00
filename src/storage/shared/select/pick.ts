/** Jobs in the order of a list, a stretch at a time, whether or not they are selected. */
import type { Range } from '../../../core/select/criterion.ts';
import type { SelectedPlace } from '../../../core/select/position.ts';
import { integer, integerOrNull } from '../rows.ts';
import { type Row, type Script, select, selectOne, type Value } from '../script.ts';
import type { Cover, Source } from './sources.ts';

export interface Picked {
  readonly places: readonly SelectedPlace[];
  /** Nothing follows. */
  readonly complete: boolean;
}

/** Up to about `size` places behind one; without it, from the beginning. */
export type Picker = (after: SelectedPlace | null, size: number) => Script<Picked>;

/** Ids between two, both outside. */
export interface Ids {
  readonly low: number;
  readonly high: number;
}

export const allIds: Ids = { low: 0, high: Number.MAX_SAFE_INTEGER };

export function beyondPlace(ids: Ids, after: SelectedPlace | null, descending: boolean): Ids {
  if (after === null) return ids;
  return descending
    ? { low: ids.low, high: Math.min(ids.high, after.id) }
    : { low: Math.max(ids.low, after.id), high: ids.high };
}

const placeOf = (id: number): SelectedPlace => ({ value: null, id });

/** By the order of creation: the jobs that a cover holds. */
export function byCreation(projectId: number, cover: Cover, ids: Ids, descending: boolean): Picker {
  return function* (after, size) {
    const within = beyondPlace(ids, after, descending);
    if (within.low >= within.high) return { places: [], complete: true };
    // Many sources give less each.
    const each = Math.max(Math.ceil((2 * size) / Math.max(2, cover.length)), Math.min(size, 50));
    const found = new Set<number>();
    const ends: number[] = [];
    for (const source of cover) {
      const ids = yield* pickOne(projectId, source, within, descending, each);
      for (const id of ids) found.add(id);
      const last = ids.at(-1);
      if (ids.length >= each && last !== undefined) ends.push(last);
    }
    const sorted = [...found].sort((one, other) => (descending ? other - one : one - other));
    // Behind the end of a source that goes on, others may lie that were not read yet.
    const end = descending ? Math.max(...ends) : Math.min(...ends);
    const sure = sorted.filter((id) => ends.length === 0 || (descending ? id >= end : id <= end));
    return { places: sure.map(placeOf), complete: ends.length === 0 };
  };
}

/** At most `size` ids; of an unordered source all within the bounds, or just any `size`. */
function* pickOne(
  projectId: number,
  source: Source,
  { low, high }: Ids,
  descending: boolean,
  size: number,
): Script<readonly number[]> {
  const isWithin = (id: number): boolean => id > low && id < high;
  if ('ids' in source) {
    const ids = source.ids.filter(isWithin);
    return descending ? ids.slice(-size).reverse() : ids.slice(0, size);
  }
  const { name, keys, ordered } = source;
  if (ordered) {
    const direction = descending ? 'newest' : 'oldest';
    return idsOf(yield* select(`pick-${name}-${direction}`, projectId, ...keys, low, high, size));
  }
  const ids = idsOf(yield* select(`gather-${name}`, projectId, ...keys, size));
  return ids.length >= size ? ids : ids.filter(isWithin);
}

function idsOf(rows: readonly Row[]): readonly number[] {
  return rows.map((row) => integer(row.id));
}

/** By a number: the jobs that have it, within a range. */
export function byNumber(projectId: number, name: string, range: Range, descending: boolean): Picker {
  return function* (after, size) {
    const start: Value[] = descending
      ? [after?.value ?? Number.POSITIVE_INFINITY, after?.id ?? Number.MAX_SAFE_INTEGER]
      : [after?.value ?? Number.NEGATIVE_INFINITY, after?.id ?? 0];
    const rows = yield* select(
      `pick-${descending ? 'greatest' : 'least'}`,
      projectId,
      name,
      range.from,
      range.to,
      ...start,
      size,
    );
    const places = rows.map((row) => ({ value: Number(row.value), id: integer(row.id) }));
    return { places, complete: rows.length < size };
  };
}

/**
 * The ids of jobs that were created within a range of time. Ids rise with the instants of creation, since both are given
 * within one transaction by a clock that never runs backwards; so the ends are found by trying a few of them.
 */
export function* idsCreatedWithin(projectId: number, range: Range): Script<Ids> {
  const last = (yield* selectOne('find-last-job', projectId))?.id;
  if (last === null || last === undefined) return { low: 0, high: 0 };
  const first = yield* firstFrom(projectId, range.from, integer(last));
  const beyond = yield* firstFrom(projectId, range.to + 1, integer(last));
  return { low: first - 1, high: beyond };
}

/** How many ids one statement asks for. */
const probes = 32;

/** The id of the first job that was not created before an instant; one more than the last id if there is none. */
function* firstFrom(projectId: number, instant: number, last: number): Script<number> {
  let low = 1;
  let high = last + 1;
  while (low < high) {
    const step = Math.ceil((high - low) / probes);
    const ids = Array.from({ length: Math.ceil((high - low) / step) }, (_, at) => low + at * step);
    const rows = yield* select('list-created-from', projectId, ids);
    const created = new Map(rows.map((row) => [integer(row.id), integerOrNull(row.created_at)]));
    const isLate = (id: number): boolean => (created.get(id) ?? Number.POSITIVE_INFINITY) >= instant;
    const first = ids.findIndex(isLate);
    if (first >= 0) high = ids[first] ?? high;
    const before = ids[first < 0 ? ids.length - 1 : first - 1];
    if (before !== undefined) low = before + 1;
  }
  return low;
}
