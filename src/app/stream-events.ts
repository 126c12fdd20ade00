import { readCursor } from '../core/events/cursor.ts';
import type { Caller } from './caller.ts';
import type { EventFeed, EventStream } from './event-feed.ts';
import { eventView, refuseUnknown } from './list-events.ts';
import type { World } from './world.ts';

export interface StreamRequest {
  /** A cursor; from now on if none is given. */
  readonly after?: string | undefined;
  readonly project?: string | undefined;
}

export function streamEvents({ storage }: World, feed: EventFeed) {
  return async (caller: Caller, request: StreamRequest): Promise<EventStream> => {
    const view = eventView(caller.principal, request.project);
    await refuseUnknown(storage, request.project);
    return feed.open(request.after === undefined ? null : readCursor(request.after, 'after'), view);
  };
}
