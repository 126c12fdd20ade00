import Type, { type Static } from 'typebox';
import { eventTypes } from '../../../core/events/event.ts';
import { closed, limit, nullable, oneOf, time } from './common.ts';
import { JobState } from './job-fields.ts';

export const EventType = oneOf(Object.keys(eventTypes) as (keyof typeof eventTypes)[], {
  'x-name': 'EventType',
});

export const JobMoved = Type.Object(
  {
    ref: Type.String(),
    state: JobState,
    revision: Type.Integer(),
    trashed: Type.Optional(
      Type.Literal(true, { description: 'In the trash, or purged: lists do not show it' }),
    ),
  },
  { ...closed, 'x-name': 'JobMoved' },
);

export const Event = Type.Object(
  {
    cursor: Type.String(),
    at: time,
    type: EventType,
    project: nullable(Type.String()),
    database: nullable(Type.String(), 'Of what happened to one of the catalogue'),
    actor: Type.String(),
    jobs: Type.Array(JobMoved),
  },
  { ...closed, 'x-name': 'Event' },
);
export type Event = Static<typeof Event>;

export const EventList = Type.Object(
  {
    items: Type.Array(Event),
    next: Type.String({ description: 'Where to go on, also when nothing came' }),
    asOf: Type.String(),
  },
  { ...closed, 'x-name': 'EventList' },
);

export const EventsQuery = Type.Object(
  {
    after: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'A cursor; without it, from the oldest event kept',
      }),
    ),
    project: Type.Optional(Type.String({ maxLength: 100 })),
    limit: Type.Optional(limit),
  },
  closed,
);

export const EventsHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ description: 'Where a stream goes on; before `after`' })),
});
