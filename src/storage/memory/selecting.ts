import { placesOf } from '../../core/files/place.ts';
import type { JobRecord } from '../../core/jobs/job.ts';
import { type JobFacts, matches } from '../../core/select/matches.ts';
import { comesBefore, readPlace, type SelectedPlace, writePlace } from '../../core/select/position.ts';
import { oldestFirst, type Sort } from '../../core/select/sort.ts';
import { wordsOf } from '../../core/select/words.ts';
import type { Selected, SelectJobs, SelectStorage } from '../../ports/records/select.ts';
import type { Page } from '../../ports/storage.ts';
import { storedFilesOf } from './files.ts';
import { findVisible, projectNamed, type State, type StoredJob } from './state.ts';
import { kinOf } from './ties.ts';

/** All that are selected, in order, behind a place. */
function selected(
  state: State,
  { project, criterion, trash, after }: Selected,
  sort: Sort,
): readonly JobRecord[] {
  projectNamed(state, project);
  const place = after === undefined ? null : readPlace(after);
  return [...state.jobs.values()]
    .filter((job) => isSelected(state, { project, criterion, trash }, job))
    .map(({ record }) => record)
    .filter((job) => place === null || comesBefore(place, placeOf(job, sort), sort))
    .sort((one, other) => (comesBefore(placeOf(one, sort), placeOf(other, sort), sort) ? -1 : 1));
}

export function isSelected(
  state: State,
  { project, criterion, trash }: Pick<Selected, 'project' | 'criterion' | 'trash'>,
  job: StoredJob,
): boolean {
  const { record } = job;
  if (record.project !== project || (record.trashedAt !== null) !== trash) return false;
  return matches(criterion, factsOf(state, job));
}

export function selectJobs(state: State, params: SelectJobs): Page<JobRecord> {
  const jobs = selected(state, params, params.sort);
  const items = jobs.slice(0, params.limit);
  const last = items.at(-1);
  return {
    items,
    next: jobs.length > params.limit && last !== undefined ? writePlace(placeOf(last, params.sort)) : null,
    asOf: { incarnation: state.incarnation, sequence: state.lastSequence },
  };
}

export function countSelected(
  state: State,
  params: Selected,
): { readonly count: number; readonly next: string | null } {
  return { count: selected(state, params, oldestFirst).length, next: null };
}

export function listNames(
  state: State,
  { project, kind, limit }: Parameters<SelectStorage['listNames']>[0],
): readonly string[] {
  projectNamed(state, project);
  const names = [...state.jobs.values()]
    .filter(({ record }) => record.project === project)
    .flatMap(({ record: { tags, task, numbers } }) =>
      kind === 'tag' ? tags : kind === 'task' ? (task ?? []) : Object.keys(numbers),
    );
  return [...new Set(names)].sort((one, other) => (one < other ? -1 : 1)).slice(0, limit);
}

function placeOf({ id, numbers }: JobRecord, { by }: Sort): SelectedPlace {
  return { value: by === 'created' ? null : (numbers[by.number] ?? null), id };
}

function factsOf(state: State, job: StoredJob): JobFacts {
  const comments = [...state.comments.values()].filter(({ jobId }) => jobId === job.record.id);
  const texts = [job.record.title ?? '', ...comments.map(({ comment }) => comment.text)];
  const directories = [...state.directories.values()];
  const files = storedFilesOf(state, job.record.id)
    .filter(({ role, attempt }) => role === 'input' || attempt !== null)
    .map((file) => ({
      ...file,
      isAt: (path: string) => file.place !== null && placesOf(path, directories).includes(file.place),
    }));
  return {
    job: job.record,
    words: texts.flatMap(wordsOf),
    files,
    isKin: (side, place) => {
      const other = findVisible(state, place);
      return other !== null && kinOf(state, other.record.id, side).has(job.record.id);
    },
  };
}
