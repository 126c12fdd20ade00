import type { Principal } from '../core/access/roles.ts';
import { type Position, readCursor, writeCursor } from '../core/events/cursor.ts';
import type { RecordedEvent } from '../core/events/event.ts';
import type { EventPage } from '../ports/storage.ts';
import { allow, readable } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface EventsRequest {
  /** A cursor; from the oldest kept if none is given. */
  readonly after?: string | undefined;
  readonly project?: string | undefined;
  readonly limit: number;
}

export interface EventList {
  readonly items: readonly RecordedEvent[];
  readonly incarnation: string;
  /** Where to go on, also when nothing came. */
  readonly next: string;
  /** Where the record of events ends now. */
  readonly asOf: string;
}

export function listEvents({ storage }: World) {
  return async (caller: Caller, request: EventsRequest): Promise<EventList> => {
    const view = eventView(caller.principal, request.project);
    const after = request.after === undefined ? null : readCursor(request.after, 'after');
    await refuseUnknown(storage, request.project);
    const page = await storage.listEvents({ after, limit: request.limit, project: view.project });
    const { incarnation, last } = page;
    return {
      items: page.items.filter(view.shows),
      incarnation,
      next: writeCursor(endOf(page)),
      asOf: writeCursor({ incarnation, sequence: last }),
    };
  };
}

/** Of a project that does not exist nothing will ever come; better said than waited for. */
export async function refuseUnknown(
  storage: Pick<World['storage'], 'getProject'>,
  project: string | undefined,
): Promise<void> {
  if (project !== undefined) await storage.getProject({ name: project });
}

export function endOf(page: EventPage): Position {
  return { incarnation: page.incarnation, sequence: page.upTo };
}

/** Which events somebody may see: of the project asked for, else of all projects that may be read. */
export interface EventView {
  /** What the storage selects by itself. */
  readonly project: string | null;
  readonly shows: (event: RecordedEvent) => boolean;
}

export function eventView(principal: Principal, project: string | undefined): EventView {
  if (project !== undefined) {
    allow(principal, 'project.read', project);
    return { project, shows: (event) => event.project === project };
  }
  const only = readable(principal);
  if (only === null) return { project: null, shows: () => true };
  const names = new Set(only);
  const [single] = only;
  return {
    project: only.length === 1 && single !== undefined ? single : null,
    shows: (event) => event.project !== null && names.has(event.project),
  };
}
