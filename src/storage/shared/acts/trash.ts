import { noAnnotations } from '../../../core/annotations/annotations.ts';
import { countOf } from '../../../core/jobs/gather.ts';
import { type JobPlace, writeReference } from '../../../core/jobs/reference.ts';
import {
  refuseAtWork,
  refuseBelowTrashed,
  refuseInUse,
  refuseOutsideTrash,
  restingNamed,
} from '../../../core/jobs/trash.ts';
import { childrenOf, childrenValues } from '../apply-steps.ts';
import { annotationsOf, endedOf, integer, integerOrNull, liveOf, stateOf, text } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { writeAnnotations } from './annotations.ts';
import { cancelJobs } from './cancel-jobs.ts';
import { type Found, findJob } from './find-job.ts';
import { knowProjects } from './know.ts';

/** Moves jobs to the trash, and all below them; what is unfinished is cancelled first. */
export function* trashJobs(tx: Transaction, found: readonly Found[]): Script<void> {
  const all = yield* withThoseBelow(tx, found, (row) => row.trashed_at === null, 'list-kin-below');
  for (const { place, row, live } of all) refuseAtWork(place, stateOf(live?.state ?? row.state));
  yield* cancelJobs(
    tx,
    all.filter((it) => it.live !== null),
  );
  const moved = all.filter((it) => it.row.trashed_at === null);
  const cancelled = moved.filter((it) => it.live !== null).map((it) => integer(it.row.id));
  const ended = cancelled.length === 0 ? [] : yield* tx.select('list-ended-by-id', cancelled);
  const ends = new Map(ended.map((row) => [integer(row.id), row]));
  yield* tx.write(
    'trash-jobs',
    moved.map((it) => [integer(it.row.id), tx.now]),
  );
  for (const { row } of moved) {
    const { state, revision } = endedOf(ends.get(integer(row.id)) ?? row);
    const projectId = integer(row.project_id);
    tx.tally(projectId, state, -1);
    tx.moved('jobs.trashed', projectId, text(row.number), state, revision + 1, true);
  }
}

/** Takes jobs back, with what went to the trash with them. What is not there stays as it is. */
export function* restoreJobs(tx: Transaction, found: readonly Found[]): Script<void> {
  const named = found.filter((it) => it.row.trashed_at !== null);
  const ids = new Set(named.map((it) => integer(it.row.id)));
  for (const it of named) {
    const parentId = integerOrNull(it.row.parent_id);
    if (parentId === null || ids.has(parentId)) continue;
    const parent = yield* tx.selectOne('find-job-by-id', parentId);
    if (parent !== undefined && parent.trashed_at !== null) refuseBelowTrashed(it.place, refOf(parent));
  }
  const all = yield* withThoseBelow(
    tx,
    named,
    (row, above) => row.trashed_at === above.trashed_at,
    'list-kin-below',
  );
  yield* tx.write(
    'restore-jobs',
    all.map((it) => [integer(it.row.id)]),
  );
  for (const { row } of all) {
    const { state, revision } = endedOf(row);
    const projectId = integer(row.project_id);
    tx.tally(projectId, state, 1);
    tx.moved('jobs.restored', projectId, text(row.number), state, revision + 1);
  }
}

const tablesOfJobs = [
  'jobs',
  'documents',
  'dependencies',
  'containers',
  'attempts',
  'late-reports',
  'files',
  'progress',
  'log',
  'log-sizes',
  'database-uses',
  'task-runs',
  'runs',
  'ties',
  'annotations',
  'comments',
  'words',
] as const;

/** Takes jobs and all below them out of the record; refused before the first write. */
export function* purgeJobs(tx: Transaction, places: readonly JobPlace[], force: boolean): Script<null> {
  const found: Found[] = [];
  for (const place of places) found.push(yield* findJob(tx, place));
  yield* knowProjects(
    tx,
    found.map((it) => ({ projectId: integer(it.row.project_id) })),
  );
  const all = yield* withThoseBelow(tx, found, (row) => row.trashed_at !== null, 'list-rows-below');
  for (const { place, row, live } of all)
    if (row.trashed_at === null || live !== null) refuseOutsideTrash(place);
  const ids = all.map((it) => integer(it.row.id));
  if (!force) refuseInUse(yield* restingOn(tx, all, ids));
  yield* countOut(tx, all, new Set(ids));
  for (const { row } of all) {
    const job = { id: integer(row.id), projectId: integer(row.project_id) };
    if (row.tags !== null) yield* writeAnnotations(tx, job, annotationsOf(row), noAnnotations);
  }
  for (const table of tablesOfJobs)
    yield* tx.write(
      `purge-${table}`,
      ids.map((id) => [id]),
    );
  for (const { row } of all) {
    const { state, revision } = endedOf(row);
    tx.moved('jobs.purged', integer(row.project_id), text(row.number), state, revision + 1, true);
  }
  return null;
}

/** Jobs outside these that read their files, come after them, repeat them or are below them. */
function* restingOn(
  tx: Transaction,
  all: readonly Found[],
  ids: readonly number[],
): Script<readonly string[]> {
  const refs = all.map((it) => writeReference(it.place));
  const rows = yield* tx.select('list-resting', ids, refs, restingNamed + 1);
  return rows.map(refOf);
}

function refOf(row: Row): string {
  return writeReference({ project: text(row.project), number: text(row.number) });
}

/** A parent that stays counts only the children that stay. */
function* countOut(tx: Transaction, all: readonly Found[], ids: ReadonlySet<number>): Script<void> {
  const left = all.filter(({ row }) => row.parent_id !== null && !ids.has(integer(row.parent_id)));
  const parentIds = [...new Set(left.map(({ row }) => integer(row.parent_id)))];
  if (parentIds.length === 0) return;
  const rows = yield* tx.select('list-counted-parents', parentIds);
  yield* tx.write(
    'update-containers',
    rows.map((parent) => {
      const children = childrenOf(parent);
      for (const { row } of left) if (row.parent_id === parent.id) children[countOf(endedOf(row).state)] -= 1;
      return childrenValues(integer(parent.id), children);
    }),
  );
}

/** These jobs and those below them, of any depth, that go with them. */
function* withThoseBelow(
  tx: Transaction,
  found: readonly Found[],
  goes: (row: Row, above: Row) => boolean,
  statement: 'list-kin-below' | 'list-rows-below',
): Script<readonly Found[]> {
  const all = new Map(found.map((it) => [integer(it.row.id), it]));
  let level = [...all.values()];
  while (level.length > 0) {
    const rows = yield* tx.select(
      statement,
      level.map((it) => integer(it.row.id)),
    );
    const below = rows.filter((row) => {
      const above = all.get(integer(row.parent_id));
      return above !== undefined && !all.has(integer(row.id)) && goes(row, above.row);
    });
    const lives = yield* livesOf(tx, below);
    level = below.map((row) => ({
      place: { project: all.get(integer(row.parent_id))?.place.project ?? '', number: text(row.number) },
      row,
      live: lives.get(integer(row.id)) ?? null,
    }));
    for (const it of level) all.set(integer(it.row.id), it);
  }
  return [...all.values()];
}

function* livesOf(tx: Transaction, rows: readonly Row[]) {
  const ids = rows.filter((row) => row.live_state !== null).map((row) => integer(row.id));
  const lives = ids.length === 0 ? [] : (yield* tx.select('list-live-by-id', ids)).map(liveOf);
  return new Map(lives.map((live) => [live.id, live]));
}
