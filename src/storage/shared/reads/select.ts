import type { JobRecord } from '../../../core/jobs/job.ts';
import { readPlace, type SelectedPlace, writePlace } from '../../../core/select/position.ts';
import { oldestFirst } from '../../../core/select/sort.ts';
import type { Selected, SelectJobs, SelectStorage } from '../../../ports/records/select.ts';
import type { Page } from '../../../ports/storage.ts';
import { integer, recordOf, text } from '../rows.ts';
import { type Script, select } from '../script.ts';
import { allowanceOf, findPlaces, looksOfCount, looksOfPage, type Sought } from '../select/find-places.ts';
import { resolve } from '../select/resolve.ts';
import { position } from './position.ts';
import { projectIdOf } from './project.ts';

type NamesRequest = Parameters<SelectStorage['listNames']>[0];

export function* selectJobs(it: SelectJobs): Script<Page<JobRecord>> {
  const { incarnation, sequence } = yield* position();
  const sought = yield* soughtIn(it);
  const after = it.after === undefined ? null : readPlace(it.after);
  const allowance = allowanceOf(it.limit + 1, it.looks ?? looksOfPage);
  const { places, end } = yield* findPlaces(sought, it.sort, after, allowance);
  const shown = places.slice(0, it.limit);
  const next = places.length > it.limit ? (shown.at(-1) ?? null) : end;
  return {
    items: yield* recordsOf(shown, it.project),
    next: next === null ? null : writePlace(next),
    asOf: { incarnation, sequence },
  };
}

export function* countSelected(
  it: Selected,
): Script<{ readonly count: number; readonly next: string | null }> {
  const sought = yield* soughtIn(it);
  const after = it.after === undefined ? null : readPlace(it.after);
  const allowance = allowanceOf(Number.POSITIVE_INFINITY, it.looks ?? looksOfCount);
  const { places, end } = yield* findPlaces(sought, oldestFirst, after, allowance);
  return { count: places.length, next: end === null ? null : writePlace(end) };
}

export function* listNames({ project, kind, limit }: NamesRequest): Script<readonly string[]> {
  const projectId = yield* projectIdOf(project);
  return (yield* select(`list-names-${kind}`, projectId, limit)).map((row) => text(row.name));
}

function* soughtIn({ project, criterion, trash }: Selected): Script<Sought> {
  return { projectId: yield* projectIdOf(project), criterion: yield* resolve(criterion), trash };
}

function* recordsOf(places: readonly SelectedPlace[], project: string): Script<readonly JobRecord[]> {
  if (places.length === 0) return [];
  const rows = yield* select(
    'list-jobs-by-id',
    places.map(({ id }) => id),
  );
  const records = new Map(rows.map((row) => [integer(row.id), recordOf(row, project)]));
  return places.flatMap(({ id }) => records.get(id) ?? []);
}
