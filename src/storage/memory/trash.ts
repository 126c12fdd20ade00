import { type JobPlace, writeReference } from '../../core/jobs/reference.ts';
import { refuseAtWork, refuseBelowTrashed, refuseInUse, refuseOutsideTrash } from '../../core/jobs/trash.ts';
import { type Act, tellOfJob } from './act.ts';
import { childrenOf, findJob, jobAt, jobOf, type State, type StoredJob } from './state.ts';

/** Moves jobs to the trash with all below them; `cancel` ends first what is unfinished. */
export function trashJobs(
  act: Act,
  ids: readonly number[],
  cancel: (act: Act, ids: readonly number[]) => void,
): void {
  const all = withThoseBelow(act.state, ids, (job) => job.record.trashedAt === null);
  for (const { record } of all) refuseAtWork(record, record.state);
  cancel(
    act,
    all.filter(({ live }) => live !== null).map(({ record }) => record.id),
  );
  for (const { record } of all) {
    const job = jobOf(act.state, record.id);
    if (job.record.trashedAt !== null) continue;
    const trashed = { ...job.record, trashedAt: act.now, revision: job.record.revision + 1 };
    act.state.jobs.set(record.id, { ...job, record: trashed });
    tellOfJob(act, 'jobs.trashed', trashed);
  }
}

export function restoreJobs(act: Act, ids: readonly number[]): void {
  const named = ids.filter((id) => jobOf(act.state, id).record.trashedAt !== null);
  for (const id of named) {
    const { record } = jobOf(act.state, id);
    const parent = record.parent === null ? null : parentOf(act.state, record);
    if (parent === null || named.includes(parent.record.id) || parent.record.trashedAt === null) continue;
    refuseBelowTrashed(record, writeReference(parent.record));
  }
  const all = withThoseBelow(
    act.state,
    named,
    (job, above) => job.record.trashedAt === above.record.trashedAt,
  );
  for (const job of all) {
    const record = { ...job.record, trashedAt: null, revision: job.record.revision + 1 };
    act.state.jobs.set(record.id, { ...job, record });
    tellOfJob(act, 'jobs.restored', record);
  }
}

export function purgeJobs(act: Act, places: readonly JobPlace[], force: boolean): void {
  const ids = places.map((place) => jobAt(act.state, place).record.id);
  const all = withThoseBelow(act.state, ids, (job) => job.record.trashedAt !== null);
  for (const { record, live } of all)
    if (record.trashedAt === null || live !== null) refuseOutsideTrash(record);
  const gone = new Set(all.map(({ record }) => record.id));
  if (!force) refuseInUse(restingOn(act.state, all, gone));
  for (const job of all) {
    act.state.jobs.delete(job.record.id);
    act.state.taskRuns.delete(job.record.id);
    tellOfJob(act, 'jobs.purged', { ...job.record, revision: job.record.revision + 1 });
  }
  for (const job of act.state.jobs.values())
    if (job.after.some((tie) => gone.has(tie.jobId)))
      act.state.jobs.set(job.record.id, { ...job, after: job.after.filter((tie) => !gone.has(tie.jobId)) });
  for (const [id, { jobId }] of act.state.comments) if (gone.has(jobId)) act.state.comments.delete(id);
  for (const [id, { jobId }] of act.state.files) if (gone.has(jobId)) act.state.files.delete(id);
  act.state.ties = act.state.ties.filter((tie) => !gone.has(tie.jobId) && !gone.has(tie.made.jobId));
}

/** Jobs that stay, and read the files of those who go, come after them, repeat them or are below them. */
function restingOn(state: State, all: readonly StoredJob[], gone: ReadonlySet<number>): readonly string[] {
  const refs = new Set(all.map(({ record }) => writeReference(record)));
  return [...state.jobs.values()]
    .filter(({ record }) => !gone.has(record.id))
    .filter(
      ({ record, after }) =>
        after.some((tie) => gone.has(tie.jobId)) ||
        (record.rerunOf !== null && refs.has(record.rerunOf)) ||
        (record.parent !== null && refs.has(`${record.project}/${record.parent}`)) ||
        state.ties.some((tie) => tie.jobId === record.id && gone.has(tie.made.jobId)),
    )
    .map(({ record }) => writeReference(record));
}

function withThoseBelow(
  state: State,
  ids: readonly number[],
  goes: (job: StoredJob, above: StoredJob) => boolean,
): readonly StoredJob[] {
  const all = new Map(ids.map((id) => [id, jobOf(state, id)]));
  for (const above of all.values())
    for (const job of childrenOf(state, above.record))
      if (!all.has(job.record.id) && goes(job, above)) all.set(job.record.id, job);
  return [...all.values()];
}

function parentOf(state: State, { project, parent }: StoredJob['record']): StoredJob | null {
  return parent === null ? null : findJob(state, { project, number: parent });
}
