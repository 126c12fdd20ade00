/**
 * Which jobs are selected, in order. A page costs the same at any size of the project: what it looks at lies in the
 * narrowest index that holds all that the selection can hold, and it looks at a bounded number of jobs. So it may give
 * fewer than were asked for, or none, though others follow.
 */
import { comesBefore, type SelectedPlace } from '../../../core/select/position.ts';
import type { Sort } from '../../../core/select/sort.ts';
import { integer } from '../rows.ts';
import { type Script, select, selectWhere } from '../script.ts';
import { clauseOf } from './clause.ts';
import {
  allIds,
  beyondPlace,
  byCreation,
  byNumber,
  type Ids,
  idsCreatedWithin,
  type Picker,
} from './pick.ts';
import type { Resolved } from './resolve.ts';
import { boundsOf, type Cover, coversOf, isOrdered } from './sources.ts';

export interface Sought {
  readonly projectId: number;
  readonly criterion: Resolved;
  readonly trash: boolean;
}

export interface Found {
  readonly places: readonly SelectedPlace[];
  /** Where the look ended with more to come; null if it saw all. */
  readonly end: SelectedPlace | null;
}

/** What may still be found, and how many jobs may still be looked at. */
export interface Allowance {
  wanted: number;
  looks: number;
  /** A cover of at most so many jobs is read whole. */
  readonly whole: number;
}

/** So many jobs are looked at for a page: a few milliseconds, also where no index helps. A step of a count is longer. */
export const looksOfPage = 2_000;
export const looksOfCount = 5_000;

export function allowanceOf(wanted: number, looks: number): Allowance {
  return { wanted, looks, whole: Math.ceil(looks / 5) };
}

const stretchMin = 100;
const stretchMax = 2_000;

export function* findPlaces(
  sought: Sought,
  sort: Sort,
  after: SelectedPlace | null,
  allowance: Allowance,
): Script<Found> {
  if (sort.by === 'created') return yield* findByCreation(sought, sort.descending, after, allowance);
  const { number } = sort.by;
  // Sorted by another order than that of the indexes, few jobs are cheaper read whole than sought in the order.
  const { whole } = yield* survey(sought, yield* createdBounds(sought), false, allowance.looks);
  if (whole !== null) return yield* sortWhole(sought, whole, sort, number, after, allowance.wanted);
  const range = boundsOf(sought.criterion, `number ${number}`);
  if (after === null || after.value !== null) {
    const all = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
    const picker = byNumber(sought.projectId, number, range ?? all, sort.descending);
    const found = yield* walk(sought, picker, after, allowance);
    if (found.end !== null || range !== null || allowance.wanted === 0) return found;
    const rest = yield* findWithout(sought, number, sort.descending, null, allowance);
    return { places: [...found.places, ...rest.places], end: rest.end };
  }
  return yield* findWithout(sought, number, sort.descending, after, allowance);
}

/** Those that have no number to sort by, behind those that have. */
function findWithout(
  { projectId, criterion, trash }: Sought,
  number: string,
  descending: boolean,
  after: SelectedPlace | null,
  allowance: Allowance,
): Script<Found> {
  const without: Resolved = { kind: 'range', of: { number }, ranges: [], none: true };
  const all: Resolved = { kind: 'all', of: [criterion, without] };
  return findByCreation({ projectId, criterion: all, trash }, descending, after, allowance);
}

function* findByCreation(
  sought: Sought,
  descending: boolean,
  after: SelectedPlace | null,
  allowance: Allowance,
): Script<Found> {
  const bounds = yield* createdBounds(sought);
  const ids = beyondPlace(bounds, after, descending);
  const { whole, narrowest } = yield* survey(sought, ids, descending, allowance.whole);
  if (whole !== null) {
    const selected = yield* filter(sought, whole);
    const places = selected.slice(0, allowance.wanted);
    allowance.wanted -= places.length;
    return { places, end: null };
  }
  const picker = byCreation(sought.projectId, narrowest ?? everyJob(sought), bounds, descending);
  return yield* walk(sought, picker, after, allowance);
}

function everyJob({ trash }: Sought): Cover {
  return [{ name: trash ? 'trash' : 'jobs', keys: [], ordered: true }];
}

function* createdBounds({ projectId, criterion }: Sought): Script<Ids> {
  const range = boundsOf(criterion, 'created');
  return range === null ? allIds : yield* idsCreatedWithin(projectId, range);
}

/**
 * Looks at the covers of a selection. `whole`: the jobs of the smallest, if they are few. Else `narrowest`: the one whose
 * first jobs stretch farthest.
 */
function* survey(
  sought: Sought,
  ids: Ids,
  descending: boolean,
  wholeMax: number,
): Script<{ readonly whole: readonly SelectedPlace[] | null; readonly narrowest: Cover | null }> {
  let whole: readonly SelectedPlace[] | null = null;
  let narrowest: Cover | null = null;
  let farthest = -1;
  const covers = [...coversOf(sought.criterion), ...(ids === allIds ? [] : [everyJob(sought)])];
  for (const cover of covers) {
    const { places, complete } = yield* byCreation(
      sought.projectId,
      cover,
      ids,
      descending,
    )(null, wholeMax + 1);
    if (complete && places.length <= wholeMax) {
      if (whole === null || places.length < whole.length) whole = places;
    } else if (cover.every(isOrdered)) {
      const stretch = Math.abs((places.at(-1)?.id ?? 0) - (places[0]?.id ?? 0)) / Math.max(1, places.length);
      if (stretch > farthest) [farthest, narrowest] = [stretch, cover];
    }
    if (whole !== null && whole.length * 10 <= wholeMax) break;
  }
  return { whole, narrowest };
}

/** Looks at stretch after stretch, until enough is found or enough was looked at. */
function* walk(
  sought: Sought,
  picker: Picker,
  from: SelectedPlace | null,
  allowance: Allowance,
): Script<Found> {
  const places: SelectedPlace[] = [];
  let size = Math.min(stretchMax, Math.max(stretchMin, allowance.wanted), allowance.looks);
  for (let after = from; ; size = Math.min(stretchMax, size * 2, allowance.looks)) {
    const stretch = yield* picker(after, size);
    const selected: readonly SelectedPlace[] = (yield* filter(sought, stretch.places)).slice(
      0,
      allowance.wanted,
    );
    places.push(...selected);
    allowance.wanted -= selected.length;
    allowance.looks -= stretch.places.length;
    after = stretch.places.at(-1) ?? null;
    if (stretch.complete || after === null || allowance.wanted === 0) return { places, end: null };
    if (allowance.looks <= 0) return { places, end: after };
  }
}

/** Those of these jobs that are selected, in the same order. */
export function* filter(
  { projectId, criterion, trash }: Sought,
  places: readonly SelectedPlace[],
): Script<readonly SelectedPlace[]> {
  if (places.length === 0) return [];
  const ids = places.map(({ id }) => id);
  const rows = yield* selectWhere('filter-jobs', clauseOf(criterion), ids, trash ? 1 : 0, projectId);
  const selected = new Set(rows.map((row) => integer(row.id)));
  return places.filter(({ id }) => selected.has(id));
}

function* sortWhole(
  sought: Sought,
  whole: readonly SelectedPlace[],
  sort: Sort,
  number: string,
  after: SelectedPlace | null,
  wanted: number,
): Script<Found> {
  const selected = yield* filter(sought, whole);
  const ids = selected.map(({ id }) => id);
  const rows = yield* select('list-values', number, ids);
  const values = new Map(rows.map((row) => [integer(row.id), Number(row.value)]));
  const places = ids
    .map((id): SelectedPlace => ({ value: values.get(id) ?? null, id }))
    .filter((place) => after === null || comesBefore(after, place, sort))
    .sort((one, other) => (comesBefore(one, other, sort) ? -1 : 1));
  return { places: places.slice(0, wanted), end: null };
}
