import type { Position } from '../../../core/events/cursor.ts';
import { type EventType, eventTypes, type RecordedEvent } from '../../../core/events/event.ts';
import { Fault } from '../../../core/faults.ts';
import { innermostFirst } from '../../../core/files/home-project.ts';
import { pathsAbove } from '../../../core/files/paths.ts';
import type { JobState } from '../../../core/jobs/states.ts';
import type { TokenRecord } from '../../../ports/records/tokens.ts';
import type { WorkerRecord } from '../../../ports/records/workers.ts';
import type {
  EventPage,
  ListEvents,
  Page,
  Project,
  ProjectDetails,
  StorageStatus,
} from '../../../ports/storage.ts';
import { projectOf } from '../acts/projects.ts';
import { tokenOf } from '../acts/tokens.ts';
import { readMoves } from '../moves-text.ts';
import { integer, json, oneOf, stateOf, text, textOrNull } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { numericKey, pageOf, position, writeKey } from './position.ts';
import { findProject } from './project.ts';

interface PageRequest {
  readonly limit: number;
  readonly after?: string;
}

export function* listProjects(
  it: PageRequest & { readonly only?: readonly string[] },
): Script<Page<Project>> {
  const asOf = yield* position();
  const after = it.after ?? '';
  const rows =
    it.only === undefined
      ? yield* select('list-projects', after, it.limit + 1)
      : yield* select('list-projects-named', after, it.only, it.limit + 1);
  return pageOf(rows, it.limit, asOf, projectOf, (row) => text(row.name));
}

/** All that hold a folder, the innermost first. */
export function* listProjectsHolding({
  folder,
  only,
}: {
  readonly folder: string;
  readonly only?: readonly string[];
}): Script<Page<Project>> {
  const asOf = yield* position();
  const holding = yield* select('list-projects-holding', pathsAbove(folder));
  const names = holding.map(({ name }) => text(name)).filter((name) => only?.includes(name) ?? true);
  const rows = names.length === 0 ? [] : yield* select('list-projects-named', '', names, names.length);
  const known = new Map(rows.map((row) => [text(row.name), projectOf(row)]));
  const items = names.flatMap((name) => known.get(name) ?? []);
  const { incarnation, sequence } = asOf;
  return { items: innermostFirst(items), next: null, asOf: { incarnation, sequence } };
}

export function* getProject(name: string): Script<ProjectDetails> {
  const row = yield* findProject(name);
  return { ...projectOf(row), notes: yield* notesOf(integer(row.id)) };
}

export function* notesOf(projectId: number): Script<string> {
  return text((yield* selectOne('find-notes', projectId))?.notes);
}

export function* listWorkers(it: PageRequest): Script<Page<WorkerRecord>> {
  const asOf = yield* position();
  const rows = yield* select('list-workers', numericKey(it.after), it.limit + 1);
  return pageOf(rows, it.limit, asOf, workerRecordOf, (row) => writeKey(integer(row.id)));
}

function workerRecordOf(row: Row): WorkerRecord {
  return {
    id: integer(row.id),
    name: text(row.name),
    principal: text(row.principal),
    labels: json<Record<string, string>>(row.labels),
    tasks: json<string[]>(row.tasks),
    capacity: integer(row.capacity),
    accept: json<string[]>(row.accept),
    host: textOrNull(row.host),
    account: textOrNull(row.account),
    registeredAt: integer(row.registered_at),
    leaseEndsAt: integer(row.lease_ends_at),
    state: oneOf(row.state, ['connected', 'lost']),
    holding: integer(row.holding),
  };
}

export function* listTokens(it: PageRequest): Script<Page<TokenRecord>> {
  const asOf = yield* position();
  const rows = yield* select('list-tokens', it.after ?? '', it.limit + 1);
  return pageOf(rows, it.limit, asOf, tokenOf, (row) => text(row.id));
}

export function* findToken(id: string): Script<(TokenRecord & { readonly secretHash: string }) | null> {
  const row = yield* selectOne('find-token', id);
  return row === undefined ? null : { ...tokenOf(row), secretHash: text(row.secret_hash) };
}

export function* checkAttempt(
  jobId: number,
  epoch: number,
): Script<{ readonly project: string; readonly number: string; readonly owner: string } | null> {
  const row = yield* selectOne('check-attempt', jobId, epoch);
  return row === undefined
    ? null
    : { project: text(row.project), number: text(row.number), owner: text(row.owner) };
}

/** Looks at a bounded stretch of the record; what is not selected is passed over, and `upTo` tells how far. */
export function* listEvents(it: ListEvents): Script<EventPage> {
  const now = yield* position();
  refuseGone(it.after, now);
  const after = it.after?.sequence ?? now.from;
  const rows = yield* select('list-events', after, it.limit);
  const events = rows.map(eventOf);
  return {
    items: it.project === null ? events : events.filter(({ project }) => project === it.project),
    incarnation: now.incarnation,
    upTo: rows.length === 0 ? after : integer(rows.at(-1)?.sequence),
    last: now.sequence,
  };
}

function refuseGone(after: Position | null, now: Position & { readonly from: number }): void {
  if (after === null) return;
  if (after.incarnation !== now.incarnation)
    throw new Fault('cursor_gone', {
      field: 'after',
      detail: 'The storage was restored since this cursor was given',
    });
  if (after.sequence < now.from)
    throw new Fault('cursor_gone', {
      field: 'after',
      detail: 'The events after this cursor are no longer kept',
    });
  if (after.sequence > now.sequence)
    throw new Fault('cursor_invalid', { field: 'after', expected: 'a cursor that this server gave' });
}

const types = Object.keys(eventTypes) as readonly EventType[];

export function eventOf(row: Row): RecordedEvent {
  const project = textOrNull(row.project);
  return {
    sequence: integer(row.sequence),
    at: integer(row.at),
    type: oneOf(row.type, types),
    project,
    database: textOrNull(row.database),
    actor: text(row.actor),
    jobs: readMoves(text(row.jobs), project),
  };
}

export function* status(): Script<
  Omit<StorageStatus, 'kind' | 'journal' | 'schema' | 'oldestReadyMs'> & {
    readonly oldestReadyAt: number | null;
  }
> {
  const at = yield* position();
  const jobs: Partial<Record<JobState, number>> = {};
  for (const row of yield* select('count-jobs')) jobs[stateOf(row.state)] = integer(row.jobs);
  const counts = yield* selectOne('count-others');
  const oldest = counts?.oldest_ready;
  return {
    incarnation: at.incarnation,
    lastEvent: at.sequence,
    jobs,
    projects: integer(counts?.projects),
    workers: integer(counts?.workers),
    oldestReadyAt: typeof oldest === 'number' ? oldest : null,
    locks: { granted: integer(counts?.locks_granted), waiting: integer(counts?.locks_waiting) },
  };
}
