/** Jobs in the order of a list, a stretch at a time, whether or not they are selected. */
import type { Range } from '../../../core/select/criterion.ts';
import type { SelectedPlace } from '../../../core/select/position.ts';
import { integer } from '../rows.ts';
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
    const found = new Set<number>();
    const ends: number[] = [];
    for (const source of cover) {
      const rows = yield* pickOne(projectId, source, within, descending, size);
      for (const row of rows) found.add(integer(row.id));
      const last = rows.at(-1);
      if (rows.length >= size && last !== undefined) ends.push(integer(last.id));
    }
    const sorted = [...found].sort((one, other) => (descending ? other - one : one - other));
    // Behind the end of a source that goes on, others may lie that were not read yet.
    const end = descending ? Math.max(...ends) : Math.min(...ends);
    const sure = sorted.filter((id) => ends.length === 0 || (descending ? id >= end : id <= end));
    return { places: sure.map(placeOf), complete: ends.length === 0 };
  };
}

function* pickOne(
  projectId: number,
  { name, keys, ordered }: Source,
  { low, high }: Ids,
  descending: boolean,
  size: number,
): Script<readonly Row[]> {
  if (ordered)
    return yield* select(
      `pick-${name}-${descending ? 'newest' : 'oldest'}`,
      projectId,
      ...keys,
      low,
      high,
      size,
    );
  const rows = yield* select(`gather-${name}`, projectId, ...keys, size);
  return rows.length >= size ? rows : rows.filter(({ id }) => integer(id) > low && integer(id) < high);
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
 * within one transaction by a clock that never runs backwards; so the ends are found by halving.
 */
export function* idsCreatedWithin(projectId: number, range: Range): Script<Ids> {
  const last = (yield* selectOne('find-last-job', projectId))?.id;
  if (last === null || last === undefined) return { low: 0, high: 0 };
  const first = yield* firstFrom(projectId, range.from, integer(last));
  const beyond = yield* firstFrom(projectId, range.to + 1, integer(last));
  return { low: first - 1, high: beyond };
}

/** The id of the first job that was not created before an instant; one more than the last id if there is none. */
function* firstFrom(projectId: number, instant: number, last: number): Script<number> {
  let low = 1;
  let high = last + 1;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const row = yield* selectOne('find-job-from', projectId, middle);
    if (row === undefined || integer(row.created_at) >= instant) high = middle;
    else low = integer(row.id) + 1;
  }
  return low;
}
