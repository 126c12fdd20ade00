import Type, { type Static } from 'typebox';
import { sessionBounds } from '../../../app/sessions.ts';
import { sessionEnds } from '../../../ports/records/locks.ts';
import { after, closed, limit, listOf, nullable, oneOf, time } from './common.ts';

const database = Type.String({ maxLength: 100 });
const databases = Type.Array(database, { maxItems: sessionBounds.databases });

export const leaseMs = Type.Integer({
  minimum: sessionBounds.leaseMsMin,
  maximum: sessionBounds.leaseMsMax,
  default: sessionBounds.leaseMs,
});

export const sessionName = Type.String({
  minLength: 1,
  maxLength: sessionBounds.nameLength,
  description: 'What it calls itself, for others to read',
});

export const NewSession = Type.Object(
  {
    name: sessionName,
    host: Type.Optional(nullable(Type.String({ maxLength: sessionBounds.hostLength }))),
    pid: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))),
    leaseMs: Type.Optional(leaseMs),
    idleMs: Type.Optional(
      nullable(
        Type.Integer({ minimum: sessionBounds.idleMsMin, maximum: sessionBounds.idleMsMax }),
        'It is ended after so long without use',
      ),
    ),
    databases: Type.Optional(databases),
  },
  { ...closed, 'x-name': 'NewSession' },
);

export const Session = Type.Object(
  {
    session: Type.String(),
    principal: Type.String(),
    name: Type.String(),
    host: nullable(Type.String()),
    pid: nullable(Type.Integer()),
    openedAt: time,
    usedAt: Type.String({
      format: 'date-time',
      description: 'When it last did something else than renew itself',
    }),
    leaseMs: Type.Integer(),
    leaseEndsAt: time,
    idleMs: nullable(Type.Integer()),
    databases: Type.Array(Type.String(), { description: 'Those that it has open' }),
    forOneLock: Type.Boolean({ description: 'It was opened for one lock alone, and ends with it' }),
    ended: nullable(
      Type.Object({ at: time, reason: oneOf(sessionEnds), text: nullable(Type.String()) }, closed),
      'Null while it is open',
    ),
  },
  { ...closed, 'x-name': 'Session' },
);
export type Session = Static<typeof Session>;

export const SessionList = listOf(Session, 'SessionList');

export const SessionQuery = Type.Object(
  {
    limit: Type.Optional(limit),
    after: Type.Optional(after),
    ended: Type.Optional(
      oneOf(['true', 'false'], { description: 'Also those that have ended within a day' }),
    ),
  },
  closed,
);

export const SessionNotice = Type.Object(
  {
    database: Type.String(),
    reason: nullable(Type.String()),
    closesAt: Type.String({ format: 'date-time', description: 'When sessions in it are ended' }),
    until: nullable(time, 'When it is said to be open again'),
  },
  {
    ...closed,
    'x-name': 'SessionNotice',
    description: 'A database that is about to be closed, and that the session should leave',
  },
);
export type SessionNotice = Static<typeof SessionNotice>;

export const SessionRenewal = Type.Object(
  { used: Type.Optional(Type.Boolean({ description: 'It was used since; else it goes on being idle' })) },
  { ...closed, 'x-name': 'SessionRenewal' },
);

export const SessionRenewed = Type.Object(
  { leaseMs: Type.Integer(), notices: Type.Array(SessionNotice) },
  { ...closed, 'x-name': 'SessionRenewed' },
);

export const SessionDatabases = Type.Object(
  { open: Type.Optional(databases), leave: Type.Optional(databases) },
  { ...closed, 'x-name': 'SessionDatabases' },
);

export const EndSessionQuery = Type.Object(
  {
    text: Type.Optional(
      Type.String({ maxLength: sessionBounds.textLength, description: 'Why, for its owner' }),
    ),
  },
  closed,
);

export const SessionParams = Type.Object({ session: Type.String() }, closed);
