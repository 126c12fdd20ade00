import { allStale, isRemade, makerNow, type Remade, toMakeAnew } from '../../core/files/stale.ts';
import { writeReference } from '../../core/jobs/reference.ts';
import type { ProvenanceStorage, StaleInput, StaleJob } from '../../ports/records/provenance.ts';
import type { Page } from '../../ports/storage.ts';
import { placesOfFile, type StoredFile } from './files.ts';
import { byNumber, pageOf } from './pages.ts';
import { pathNow } from './provenance.ts';
import { jobOf, projectNamed, type State } from './state.ts';
import { kinOf, type StoredTie } from './ties.ts';

/** All of a project, with their ids. */
function staleJobs(
  state: State,
  project: string,
): readonly { readonly id: number; readonly stale: StaleJob }[] {
  projectNamed(state, project);
  const jobs = [...state.jobs.values()]
    .map(({ record }) => record)
    .filter(({ trashedAt }) => trashedAt === null);
  const isDirectly = (id: number): boolean => readBy(state, id).some((tie) => remadeAs(state, tie) !== null);
  const stale = allStale(
    jobs.map(({ id }) => id),
    isDirectly,
    (id) => readBy(state, id).map((tie) => restsOn(state, tie)),
  );
  const standing = jobs.filter(({ id }) => stale.has(id) && isCurrent(state, id)).map(({ id }) => id);
  const anew = toMakeAnew(standing, (id) =>
    readBy(state, id)
      .filter((tie) => remadeAs(state, tie) === null)
      .map((tie) => restsOn(state, tie))
      .filter((maker) => stale.has(maker)),
  );
  return jobs
    .filter((record) => record.project === project && anew.has(record.id))
    .map((record) => ({
      id: record.id,
      stale: { ref: writeReference(record), because: becauseOf(state, record.id, stale) },
    }));
}

/** What the last attempt read. */
function readBy(state: State, jobId: number): readonly StoredTie[] {
  const ties = state.ties.filter((tie) => tie.jobId === jobId && !tie.cyclic && !tie.provisional);
  const last = Math.max(...ties.map(({ attempt }) => attempt));
  return ties.filter(({ attempt }) => attempt === last).sort((one, other) => one.file - other.file);
}

function digestRead(state: State, tie: StoredTie): string | null {
  return state.files.get(tie.file)?.sha256 ?? tie.made.sha256;
}

/** What was made since in place of what was read. */
function remadeAs(state: State, tie: StoredTie): StoredFile | null {
  const last = madeLast(state, tie);
  if (last === null) return null;
  return isRemade(changeOf(state, tie, last), tie.jobId, () => belowReader(state, tie)) ? last : null;
}

/** The job by whose staleness the reader is stale. */
function restsOn(state: State, tie: StoredTie): number {
  const last = madeLast(state, tie);
  if (last === null) return tie.made.jobId;
  return makerNow(tie.made.jobId, changeOf(state, tie, last), tie.jobId, () => belowReader(state, tie));
}

function changeOf(state: State, tie: StoredTie, last: StoredFile): Remade {
  return {
    was: { file: tie.made.file, sha256: digestRead(state, tie) },
    now: { file: last.id, jobId: last.jobId, sha256: last.sha256 ?? null },
  };
}

function belowReader(state: State, { jobId }: StoredTie): ReadonlySet<number> {
  return kinOf(state, jobId, 'descendants');
}

/** What was made last where the input was read. */
function madeLast(state: State, { made: { place } }: StoredTie): StoredFile | null {
  if (place === null) return null;
  const places = placesOfFile(state, { place });
  const [last] = outputs(state)
    .filter((file) => file.place !== null && places.includes(file.place))
    .sort((a, b) => (b.madeAt ?? 0) - (a.madeAt ?? 0) || b.id - a.id);
  return last ?? null;
}

function outputs(state: State): readonly StoredFile[] {
  return [...state.files.values()].filter(({ madeAt }) => madeAt !== null);
}

/** Whether some output was made by nobody since. */
function isCurrent(state: State, id: number): boolean {
  const all = outputs(state);
  const isLater = (one: StoredFile, other: StoredFile): boolean =>
    (one.madeAt ?? 0) > (other.madeAt ?? 0) || (one.madeAt === other.madeAt && one.id > other.id);
  return all
    .filter(({ jobId }) => jobId === id)
    .some(
      (file) => file.place === null || !all.some((each) => each.place === file.place && isLater(each, file)),
    );
}

function becauseOf(state: State, id: number, stale: ReadonlySet<number>): readonly StaleInput[] {
  const refOf = (jobId: number): string => writeReference(jobOf(state, jobId).record);
  return readBy(state, id).flatMap((tie): StaleInput[] => {
    const file = state.files.get(tie.file);
    const path = file === undefined ? '' : pathNow(state, file);
    const sha256 = digestRead(state, tie);
    const now = remadeAs(state, tie);
    if (now !== null) {
      const was = { ref: refOf(tie.made.jobId), sha256 };
      return [{ path, was, now: { ref: refOf(now.jobId), sha256: now.sha256 ?? null } }];
    }
    const maker = restsOn(state, tie);
    return stale.has(maker) ? [{ path, was: { ref: refOf(maker), sha256 }, now: null }] : [];
  });
}

export function listStale(
  state: State,
  params: Parameters<ProvenanceStorage['listStale']>[0],
): Page<StaleJob> {
  return pageOf(
    state,
    staleJobs(state, params.project),
    params,
    byNumber(({ id }) => id),
    ({ stale }) => stale,
  );
}
