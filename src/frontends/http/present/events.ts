import { writeCursor } from '../../../core/events/cursor.ts';
import type { RecordedEvent } from '../../../core/events/event.ts';
import type { Event } from '../schemas/events.ts';
import { timeText } from './times.ts';

export function presentEvent(event: RecordedEvent, incarnation: string): Event {
  return {
    cursor: writeCursor({ incarnation, sequence: event.sequence }),
    at: timeText(event.at),
    type: event.type,
    project: event.project,
    database: event.database,
    actor: event.actor,
    jobs: event.jobs.map(({ ref, state, revision, trashed }) => ({
      ref,
      state,
      revision,
      ...(trashed === undefined ? {} : { trashed }),
    })),
  };
}
