import { Fault } from '../../../core/faults.ts';
import { childrenIn } from '../../../core/jobs/gather.ts';
import {
  type Counts,
  type FileRecord,
  filesShown,
  type JobDetails,
  type JobRecord,
} from '../../../core/jobs/job.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';
import type { JobState } from '../../../core/jobs/states.ts';
import { lockKinds } from '../../../core/locks/wishes.ts';
import type { JobCounts, ListJobs, Page } from '../../../ports/storage.ts';
import { childrenOf } from '../apply-steps.ts';
import { documentFrom } from '../document.ts';
import { integer, json, oneOf, recordOf, stateOf, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { shelvesOf } from '../select/sources.ts';
import { runOf } from './attempts.ts';
import { fileRecords } from './files.ts';
import { jobRow } from './job-row.ts';
import { numericKey, pageOf, position, writeKey } from './position.ts';
import { projectIdOf } from './project.ts';

const farthest = Number.MAX_SAFE_INTEGER;

/**
 * Jobs of a project, or the children of one job, by the order of their creation. Every statement used here walks one index in that order, so a
 * page costs the same at any size; states that are kept in different indexes are read one by one and merged.
 */
export function* listJobs(it: ListJobs): Script<Page<JobRecord>> {
  const asOf = yield* position();
  const projectId = yield* projectIdOf(it.project);
  const newest = it.newestFirst === true;
  const after = it.after === undefined && newest ? farthest : numericKey(it.after);
  const order = newest ? 'newest' : 'oldest';
  const parentId = yield* parentIdOf(projectId, it.parent);
  const [kin, of] = parentId === null ? ['jobs', projectId] : ['children', parentId];
  const rows: Row[] = [];
  if (it.states === undefined || it.states.length === 0) {
    rows.push(...(yield* select(`list-${kin}-${order}`, of, after, it.limit + 1)));
  } else {
    for (const state of new Set(it.states))
      for (const shelf of shelvesOf(state))
        rows.push(...(yield* select(`list-${kin}-${shelf}-${order}`, of, state, after, it.limit + 1)));
    rows.sort((a, b) => (newest ? -1 : 1) * (integer(a.id) - integer(b.id)));
  }
  return pageOf(
    rows,
    it.limit,
    asOf,
    (row) => recordOf(row, it.project),
    (row) => writeKey(integer(row.id)),
  );
}

/** How many jobs of a project, outside the trash, are in which state. */
export function* countJobs(project: string): Script<JobCounts> {
  const projectId = yield* projectIdOf(project);
  const counts: Partial<Record<JobState, number>> = {};
  for (const row of yield* select('count-jobs-of', projectId)) {
    const state = stateOf(row.state);
    counts[state] = (counts[state] ?? 0) + integer(row.jobs);
  }
  return counts;
}

function* parentIdOf(projectId: number, number: string | undefined): Script<number | null> {
  if (number === undefined) return null;
  const parent = yield* selectOne('find-parent', projectId, number);
  if (parent === undefined) throw new Fault('job_unknown', { field: 'parent', found: number });
  return integer(parent.id);
}

export function* getJob(place: JobPlace): Script<JobDetails> {
  const row = yield* jobRow(place);
  const record = recordOf(row, place.project);
  const document = yield* selectOne('find-document', record.id);
  const files = yield* select('list-files', record.id, 0, filesShown);
  const progress = yield* selectOne('find-progress', record.id);
  const body = documentFrom(document?.body);
  return {
    ...record,
    document: body,
    run: yield* runOf(record),
    files: yield* fileRecords(record.id, files),
    databases: body.locks === undefined ? [] : yield* databaseUses(record),
    progress:
      progress === undefined
        ? null
        : {
            fraction: Number(progress.fraction ?? 0),
            text: textOrNull(progress.text),
            counts: progress.counts === null ? null : json<Counts>(progress.counts),
            at: integer(progress.at),
          },
    children: yield* rollUp(row),
  };
}

function* databaseUses({ id, attempts }: JobRecord): Script<JobDetails['databases']> {
  const rows = yield* select('list-database-uses', id, attempts);
  return rows.map((row) => ({
    attempt: integer(row.attempt),
    path: text(row.path),
    mode: oneOf(row.mode, lockKinds),
    release: textOrNull(row.release),
  }));
}

/** A job without work of its own counts its children as they end; those of others are counted when somebody asks. */
function* rollUp(row: Row): Script<JobDetails['children']> {
  const id = integer(row.id);
  const counted = row.class_id === null ? yield* selectOne('find-children', id) : undefined;
  if (counted !== undefined) return childrenOf(counted);
  if (row.children === 0) return null;
  const rows = yield* select('count-children', id);
  // Numbers that were given may be of children that were purged.
  if (rows.length === 0) return null;
  return childrenIn(rows.map((it) => [stateOf(it.state), integer(it.jobs)]));
}

export function* listFiles(
  it: JobPlace & { readonly limit: number; readonly after?: string },
): Script<Page<FileRecord>> {
  const asOf = yield* position();
  const jobId = integer((yield* jobRow(it)).id);
  const rows = yield* select('list-files', jobId, numericKey(it.after), it.limit + 1);
  const page = pageOf(
    rows,
    it.limit,
    asOf,
    (row) => row,
    (row) => writeKey(integer(row.id)),
  );
  return { ...page, items: yield* fileRecords(jobId, page.items) };
}
