/** Files, who made them, and who read them. */
import Type, { type Static } from 'typebox';
import { graphBounds } from '../../../core/files/graph.ts';
import { bounds } from '../../../core/jobs/specify.ts';
import { after, closed, json, limit, listOf, name, nullable, oneOf, time } from './common.ts';
import { JobState, MadeBy } from './job-fields.ts';

const path = Type.String({ minLength: 1, maxLength: bounds.pathLength, description: 'Absolute' });
const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: '64 lower-case hexadecimal digits' });
const size = nullable(Type.Integer());
const digest = nullable(Type.String());
const kind = nullable(oneOf(['directory']), 'Null for a file');

export const FilesQuery = Type.Object(
  {
    path: Type.Optional(path),
    sha256: Type.Optional(sha256),
    role: Type.Optional(oneOf(['input', 'output'])),
    project: Type.Optional(name),
    limit: Type.Optional(limit),
    after: Type.Optional(after),
  },
  closed,
);

export const Sighting = Type.Object(
  {
    ref: Type.String(),
    attempt: nullable(Type.Integer(), 'The attempt that wrote it; null for what was declared, or read'),
    role: oneOf(['input', 'output']),
    path: Type.String({ description: 'Where it is, as directories stand now' }),
    size,
    sha256: digest,
    kind,
    at: Type.Unsafe<string>({ ...time, description: 'When it was made; of an input, when its job started' }),
    state: JobState,
  },
  { ...closed, 'x-name': 'Sighting', description: 'A mention of a file on the record' },
);
export type Sighting = Static<typeof Sighting>;
export const SightingList = listOf(Sighting, 'SightingList');

const traceBounds = {
  depth: Type.Optional(
    Type.Integer({ minimum: 0, maximum: graphBounds.depthMax, default: graphBounds.depth }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: graphBounds.nodesMax,
      default: graphBounds.nodes,
      description: 'Jobs at most',
    }),
  ),
};

export const TraceQuery = Type.Object(traceBounds, closed);

export const GraphQuery = Type.Object(
  {
    of: Type.String({
      minLength: 1,
      maxLength: bounds.pathLength,
      description: 'A reference such as toxd/12, or the absolute path of a file',
    }),
    direction: Type.Optional(oneOf(['both', 'ancestors', 'descendants'])),
    ...traceBounds,
  },
  closed,
);

export const GraphNode = Type.Object(
  {
    ref: Type.String(),
    title: nullable(Type.String()),
    task: nullable(Type.String()),
    command: nullable(Type.Array(Type.String())),
    state: JobState,
    startedAt: nullable(time),
    finishedAt: nullable(time),
    depth: Type.Integer({ description: 'Ties between it and what was asked for' }),
  },
  { ...closed, 'x-name': 'GraphNode' },
);

export const GraphEdge = Type.Object(
  {
    from: Type.String({ description: 'The job that made the file' }),
    to: Type.String({ description: 'The job that read it' }),
    file: Type.String(),
    by: oneOf(['path', 'content']),
    cyclic: Type.Boolean({ description: 'It would close a circle of jobs, and is not followed' }),
  },
  { ...closed, 'x-name': 'GraphEdge' },
);

export const Graph = Type.Object(
  {
    nodes: Type.Array(GraphNode),
    edges: Type.Array(GraphEdge),
    complete: Type.Boolean({
      description: 'Nothing was left out for a bound, or because it may not be read',
    }),
  },
  { ...closed, 'x-name': 'Graph' },
);
export type Graph = Static<typeof Graph>;

export const WhenceQuery = Type.Object(
  {
    path,
    sha256: Type.Optional(sha256),
    depth: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: graphBounds.depthMax,
        default: 0,
        description: 'Generations of attempts to tell of in steps',
      }),
    ),
  },
  closed,
);

export const FileMaker = Type.Object(
  {
    ref: Type.String(),
    attempt: Type.Integer(),
    finishedAt: time,
    host: nullable(Type.String(), 'The machine of a recorded run, the worker of a queued job'),
    path: Type.String(),
    size,
    sha256: digest,
  },
  { ...closed, 'x-name': 'FileMaker' },
);

export const WhenceInput = Type.Object(
  {
    path: Type.String(),
    size,
    sha256: digest,
    kind,
    note: nullable(Type.String()),
    madeBy: nullable(MadeBy),
    source: nullable(
      Type.Object({ path: Type.String(), sha256: digest }, { ...closed, 'x-name': 'WhenceSource' }),
      'The output that it was, as it was made',
    ),
  },
  { ...closed, 'x-name': 'WhenceInput' },
);

export const WhenceStep = Type.Object(
  {
    ref: Type.String(),
    attempt: Type.Integer(),
    finishedAt: time,
    host: nullable(Type.String()),
    inputs: Type.Array(WhenceInput),
  },
  { ...closed, 'x-name': 'WhenceStep', description: 'An attempt that made files, with what it read' },
);

export const Whence = Type.Object(
  {
    path: Type.String(),
    madeBy: nullable(FileMaker, 'The attempt that made it last'),
    sameContent: Type.Array(FileMaker, { description: 'Other outputs of this content, newest first' }),
    inputs: Type.Array(WhenceInput, { description: 'What that attempt read' }),
    steps: Type.Array(WhenceStep, {
      description:
        'The attempts behind it, back so many generations, beginning with the one that made it; of a file that nobody made, with those that made its content',
    }),
    complete: Type.Boolean({ description: 'The steps go back to the roots' }),
  },
  { ...closed, 'x-name': 'Whence' },
);
export type Whence = Static<typeof Whence>;

const read = Type.Object({ ref: Type.String(), sha256: digest }, { ...closed, 'x-name': 'StaleFile' });

export const StaleInput = Type.Object(
  {
    path: Type.String(),
    was: read,
    now: nullable(read, 'What is there now; null where it is the same, and what made it is stale'),
  },
  { ...closed, 'x-name': 'StaleInput' },
);

export const StaleJob = Type.Object(
  { ref: Type.String(), because: Type.Array(StaleInput) },
  { ...closed, 'x-name': 'StaleJob', description: 'A result that rests on what has been made again since' },
);
export type StaleJob = Static<typeof StaleJob>;
export const StaleList = listOf(StaleJob, 'StaleList');

export const OutdatedRelease = Type.Object(
  {
    database: Type.String(),
    now: Type.String({ description: 'The release that is current' }),
    was: Type.String({ description: 'The release that was read' }),
    results: Type.Integer({ description: 'How many jobs have succeeded with it' }),
  },
  { ...closed, 'x-name': 'OutdatedRelease' },
);
export const OutdatedReleases = Type.Object(
  { items: Type.Array(OutdatedRelease) },
  { ...closed, 'x-name': 'OutdatedReleases' },
);

export const MethodsStep = Type.Object(
  {
    ref: Type.String(),
    title: nullable(Type.String()),
    task: nullable(Type.String()),
    program: Type.String(),
    version: nullable(Type.String()),
    executable: nullable(Type.String()),
    command: nullable(Type.Array(Type.String())),
    parameters: json,
    state: JobState,
    databases: Type.Array(Type.Object({ path: Type.String(), release: nullable(Type.String()) }, closed), {
      description: 'What its last attempt locked, and read there',
    }),
  },
  { ...closed, 'x-name': 'MethodsStep' },
);

export const Methods = Type.Object(
  {
    text: Type.String({ description: 'The paragraph for a paper' }),
    steps: Type.Array(MethodsStep, { description: 'Each after those that it rests on' }),
    complete: Type.Boolean(),
  },
  { ...closed, 'x-name': 'Methods' },
);
export type Methods = Static<typeof Methods>;
