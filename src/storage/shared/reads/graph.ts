import { graphBounds } from '../../../core/files/graph.ts';
import type { Step, StepTie } from '../../../core/files/methods.ts';
import { type JobPlace, writeReference } from '../../../core/jobs/reference.ts';
import type { Direction, Graph, GraphEdge, GraphNode } from '../../../ports/records/provenance.ts';
import { integer, integerOrNull, json, oneOf, stateOf, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select } from '../script.ts';
import { jobRow } from './job-row.ts';
import { pathsNow, placesAt, sightingRows } from './sightings.ts';
import { type Side, TieReader } from './ties.ts';

export interface Trace {
  readonly of: JobPlace | { readonly path: string };
  readonly direction: Direction;
  readonly depth: number;
  readonly limit: number;
  readonly only: readonly string[] | null;
}

export type StepsOf = Pick<Trace, 'limit' | 'only'> & { readonly of: JobPlace };

/** What was found so far. Jobs are known by id. */
interface Found {
  readonly depths: Map<number, number>;
  readonly ties: Row[];
  complete: boolean;
}

const jobsAtOnce = 500;

/** Breadth first: a job is visited once, whatever leads to it. */
export function* traceJobs(it: Trace): Script<Graph> {
  return yield* describe(yield* find(it), it.only);
}

/** The job and all that it rests on, with what each ran. */
export function* listSteps({ of, limit, only }: StepsOf): Script<{
  readonly steps: readonly Step[];
  readonly ties: readonly StepTie[];
  readonly complete: boolean;
}> {
  const found = yield* find({ of, limit, only, direction: 'ancestors', depth: graphBounds.depthMax });
  const { edges, complete } = yield* describe(found, only);
  const ids = [...found.depths.keys()].sort(byAge);
  const steps: Step[] = [];
  for (let from = 0; from < ids.length; from += jobsAtOnce) {
    const some = ids.slice(from, from + jobsAtOnce);
    const uses = Map.groupBy(yield* select('list-uses-of-jobs', some), ({ job_id: id }) => integer(id));
    for (const row of yield* select('list-steps', some))
      if (only === null || only.includes(text(row.project)))
        steps.push(stepOf(row, uses.get(integer(row.id)) ?? []));
  }
  return { steps, ties: edges.filter(({ cyclic }) => !cyclic), complete };
}

function* find(it: Trace): Script<Found> {
  const roots = yield* rootsOf(it);
  const found: Found = { depths: new Map(roots.map((id) => [id, 0])), ties: [], complete: true };
  if (it.direction !== 'descendants') yield* follow(found, roots, 'up', it);
  if (it.direction !== 'ancestors') yield* follow(found, roots, 'down', it);
  return found;
}

function* rootsOf({ of, only }: Trace): Script<readonly number[]> {
  if (!('path' in of)) return [integer((yield* jobRow(of)).id)];
  const places = (yield* placesAt(of.path)).map((place) => `0 ${place}`);
  const made = yield* select('list-makers-at', places, Number.MAX_SAFE_INTEGER);
  const last = newest(made);
  if (last !== undefined) return [integer(last.job_id)];
  const key = { path: of.path };
  const readers = yield* sightingRows(
    { key, role: 'input', only },
    Number.MAX_SAFE_INTEGER,
    graphBounds.readersMax,
  );
  return [...new Set(readers.map((row) => integer(row.job_id)))];
}

/** Of outputs, the one that was made last. */
export function newest(made: readonly Row[]): Row | undefined {
  const order = (one: Row, other: Row): number =>
    integer(other.made_at) - integer(one.made_at) || integer(other.id) - integer(one.id);
  return made.toSorted(order)[0];
}

function* follow(found: Found, roots: readonly number[], side: Side, { depth, limit }: Trace): Script<void> {
  const reader = new TieReader(side, depth + 1);
  let level = roots;
  for (let distance = 1; level.length > 0; distance++) {
    const next: number[] = [];
    const room = graphBounds.edgesMax - found.ties.length;
    const rows = yield* reader.of(level, room + 1);
    if (rows.length > room) found.complete = false;
    for (const row of rows.slice(0, room)) {
      found.ties.push(row);
      const id = integer(side === 'up' ? row.producer_job : row.job_id);
      if (row.cyclic === 1 || found.depths.has(id)) continue;
      if (distance > depth || found.depths.size >= limit) found.complete = false;
      else {
        found.depths.set(id, distance);
        next.push(id);
      }
    }
    level = next.sort(byAge);
  }
}

const byAge = (one: number, other: number): number => one - other;

function* describe({ depths, ties, complete }: Found, only: readonly string[] | null): Script<Graph> {
  const ids = [...depths.keys()];
  const nodes = new Map<number, GraphNode>();
  for (let from = 0; from < ids.length; from += jobsAtOnce)
    for (const row of yield* select('list-nodes', ids.slice(from, from + jobsAtOnce)))
      if (only === null || only.includes(text(row.project)))
        nodes.set(integer(row.id), nodeOf(row, depths.get(integer(row.id)) ?? 0));
  const edges = new Map<string, GraphEdge>();
  const files = yield* pathsNow(ties);
  for (const [index, row] of ties.entries()) {
    const from = nodes.get(integer(row.producer_job));
    const to = nodes.get(integer(row.job_id));
    if (from === undefined || to === undefined) continue;
    const edge = {
      from: from.ref,
      to: to.ref,
      file: files[index] ?? text(row.path),
      by: oneOf(row.found_by, ['path', 'content']),
      cyclic: row.cyclic === 1,
    } as const;
    edges.set(JSON.stringify([edge.from, edge.to, edge.file]), edge);
  }
  const ordered = [...nodes].sort(([one, a], [other, b]) => a.depth - b.depth || one - other);
  return {
    nodes: ordered.map(([, node]) => node),
    edges: [...edges].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, edge]) => edge),
    complete: complete && nodes.size === depths.size,
  };
}

function nodeOf(row: Row, depth: number): GraphNode {
  return {
    ref: writeReference({ project: text(row.project), number: text(row.number) }),
    title: textOrNull(row.title),
    task: textOrNull(row.task),
    command: row.command === null ? null : json<readonly string[] | null>(row.command),
    state: stateOf(row.state),
    startedAt: integerOrNull(row.started_at),
    finishedAt: integerOrNull(row.finished_at),
    depth,
  };
}

function stepOf(row: Row, uses: readonly Row[]): Step {
  return {
    ref: writeReference({ project: text(row.project), number: text(row.number) }),
    title: textOrNull(row.title),
    task: textOrNull(row.task),
    command: row.command === null ? null : json<readonly string[] | null>(row.command),
    parameters: row.parameters === null ? null : json(row.parameters),
    executable: textOrNull(row.executable),
    asked: textOrNull(row.asked),
    version: textOrNull(row.version),
    state: stateOf(row.state),
    databases: uses.map((use) => ({ path: text(use.path), release: textOrNull(use.release) })),
  };
}
