/** What ties and mentions of files tell: every file and every tie is looked at. */
import { graphBounds } from '../../core/files/graph.ts';
import type { Step, StepTie } from '../../core/files/methods.ts';
import { pathOf, placesOf } from '../../core/files/place.ts';
import { type JobPlace, writeReference } from '../../core/jobs/reference.ts';
import type {
  Graph,
  GraphEdge,
  GraphNode,
  ProvenanceStorage,
  Sighting,
} from '../../ports/records/provenance.ts';
import type { Page } from '../../ports/storage.ts';
import { lastAttempt } from './attempts.ts';
import type { StoredFile } from './files.ts';
import { byNumber, pageOf } from './pages.ts';
import { jobAt, jobOf, type State } from './state.ts';
import type { StoredTie } from './ties.ts';

type ParamsOf<Verb extends keyof ProvenanceStorage> = Parameters<ProvenanceStorage[Verb]>[0];

/** Newest first, with their ids. */
function sightings(
  state: State,
  { key, role, only }: Omit<ParamsOf<'listSightings'>, 'limit'>,
): readonly { readonly id: number; readonly sighting: Sighting }[] {
  const places = 'path' in key ? placesOf(key.path, [...state.directories.values()]) : [];
  return [...state.files.values()]
    .filter((file) =>
      'path' in key ? file.place !== null && places.includes(file.place) : file.sha256 === key.sha256,
    )
    .filter((file) => (role === null || file.role === role) && mayRead(state, file.jobId, only))
    .filter((file) => !wasWritten(state, file, 'sha256' in key))
    .sort((one, other) => other.id - one.id)
    .map((file) => ({ id: file.id, sighting: sightingOf(state, file) }));
}

/** Whether this is an output that was declared, and written since: what was written is shown in its place. */
function wasWritten(state: State, file: StoredFile, byContent: boolean): boolean {
  if (file.role === 'input' || file.attempt !== null) return false;
  return [...state.files.values()].some(
    ({ jobId, role, attempt, place, sha256 }) =>
      jobId === file.jobId &&
      role === 'output' &&
      attempt !== null &&
      place === file.place &&
      (!byContent || sha256 === file.sha256),
  );
}

export function mayRead(state: State, jobId: number, only: readonly string[] | null): boolean {
  return only === null || only.includes(jobOf(state, jobId).record.project);
}

function refOf(state: State, jobId: number): string {
  return writeReference(jobOf(state, jobId).record);
}

/** Where a file is, as directories stand now. */
export function pathNow(state: State, { place, path }: StoredFile): string {
  return (place === null ? null : pathOf(place, state.directories)) ?? path;
}

function sightingOf(state: State, file: StoredFile): Sighting {
  const { record } = jobOf(state, file.jobId);
  return {
    ref: writeReference(record),
    attempt: file.attempt,
    role: file.role,
    path: pathNow(state, file),
    size: file.size ?? null,
    sha256: file.sha256 ?? null,
    kind: file.kind ?? null,
    at: file.madeAt ?? record.startedAt ?? record.createdAt,
    state: record.state,
  };
}

export function traceJobs(state: State, it: ParamsOf<'traceJobs'>): Graph {
  const roots = rootsOf(state, it.of, it.only);
  const depths = new Map(roots.map((id) => [id, 0]));
  const ties = new Set<StoredTie>();
  let complete = true;
  const follow = (up: boolean): void => {
    let level: readonly number[] = roots;
    for (let distance = 1; level.length > 0; distance++) {
      const at = state.ties.filter((tie) => level.includes(up ? tie.jobId : tie.made.jobId));
      const next = new Set<number>();
      for (const tie of at.sort(up ? byReader : byMaker)) {
        ties.add(tie);
        const id = up ? tie.made.jobId : tie.jobId;
        if (tie.cyclic || depths.has(id)) continue;
        if (distance > it.depth || depths.size >= it.limit) complete = false;
        else {
          depths.set(id, distance);
          next.add(id);
        }
      }
      level = [...next];
    }
  };
  if (it.direction !== 'descendants') follow(true);
  if (it.direction !== 'ancestors') follow(false);
  const shown = [...depths].filter(([id]) => mayRead(state, id, it.only));
  const nodes = shown
    .sort(([one, a], [other, b]) => a - b || one - other)
    .map(([id, depth]) => nodeOf(state, id, depth));
  const refs = nodes.map(({ ref }) => ref);
  const edges = new Map<string, GraphEdge>();
  for (const tie of [...ties].sort(byReader)) {
    const edge = edgeOf(state, tie);
    if (refs.includes(edge.from) && refs.includes(edge.to))
      edges.set(JSON.stringify([edge.from, edge.to, edge.file]), edge);
  }
  return {
    nodes,
    edges: [...edges].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, edge]) => edge),
    complete: complete && nodes.length === depths.size,
  };
}

const byReader = (one: StoredTie, other: StoredTie): number =>
  one.jobId - other.jobId || one.attempt - other.attempt || one.file - other.file;
const byMaker = (one: StoredTie, other: StoredTie): number =>
  one.made.jobId - other.made.jobId || byReader(one, other);

function rootsOf(
  state: State,
  of: JobPlace | { readonly path: string },
  only: readonly string[] | null,
): readonly number[] {
  if (!('path' in of)) return [jobAt(state, of).record.id];
  const last = lastMaker(state, of.path);
  if (last !== null) return [last.jobId];
  const places = placesOf(of.path, [...state.directories.values()]);
  const readers = [...state.files.values()]
    .filter(({ role, place }) => role === 'input' && place !== null && places.includes(place))
    .filter(({ jobId }) => mayRead(state, jobId, only))
    .sort((one, other) => other.id - one.id)
    .slice(0, graphBounds.readersMax);
  return [...new Set(readers.map(({ jobId }) => jobId))];
}

function nodeOf(state: State, id: number, depth: number): GraphNode {
  const { record, document } = jobOf(state, id);
  const { title, task, startedAt, finishedAt } = record;
  const { command } = document;
  return {
    ref: writeReference(record),
    title,
    task,
    command,
    state: record.state,
    startedAt,
    finishedAt,
    depth,
  };
}

function edgeOf(state: State, { jobId, file, made, by, cyclic }: StoredTie): GraphEdge {
  const read = state.files.get(file);
  const path = read === undefined ? '' : pathNow(state, read);
  return { from: refOf(state, made.jobId), to: refOf(state, jobId), file: path, by, cyclic };
}

export function lastMaker(state: State, path: string): StoredFile | null {
  const places = placesOf(path, [...state.directories.values()]);
  const made = [...state.files.values()].filter(
    ({ place, madeAt }) => place !== null && madeAt !== null && places.includes(place),
  );
  const [last = null] = made.sort((a, b) => (b.madeAt ?? 0) - (a.madeAt ?? 0) || b.id - a.id);
  return last;
}

/** The job and all that it rests on, by age. */
export function listSteps(
  state: State,
  { of, limit, only }: ParamsOf<'listSteps'>,
): { readonly steps: readonly Step[]; readonly ties: readonly StepTie[]; readonly complete: boolean } {
  const depth = graphBounds.depthMax;
  const graph = traceJobs(state, { of, limit, only, direction: 'ancestors', depth });
  const jobs = [...state.jobs.values()].filter(({ record }) =>
    graph.nodes.some(({ ref }) => ref === writeReference(record)),
  );
  const steps = jobs.map((job): Step => {
    const { record, document, databases: all } = job;
    const { title, task, state: reached } = record;
    const { command, parameters } = document;
    const { executable = null, version = null } = lastAttempt(state, job)?.run ?? {};
    const [asked = null] = document.asks?.version?.command ?? [];
    const program = { executable: executable?.path ?? null, version, asked };
    const databases = all
      .filter(({ attempt }) => attempt === record.attempts)
      .map(({ path, release }) => ({ path, release }));
    const request = { ref: writeReference(record), title, task, command, parameters };
    return { ...request, ...program, state: reached, databases };
  });
  return { steps, ties: graph.edges.filter(({ cyclic }) => !cyclic), complete: graph.complete };
}

export function listSightings(state: State, params: ParamsOf<'listSightings'>): Page<Sighting> {
  return pageOf(
    state,
    sightings(state, params),
    params,
    byNumber(({ id }) => id, true),
    ({ sighting }) => sighting,
  );
}
