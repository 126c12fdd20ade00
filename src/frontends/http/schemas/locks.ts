import Type, { type Static } from 'typebox';
import { lockPollMsMax, lockWaitMsMax } from '../../../app/acquire-locks.ts';
import { lockKinds, locksAtOnceMax } from '../../../core/locks/wishes.ts';
import { after, closed, limit, listOf, nullable, oneOf, time } from './common.ts';
import { leaseMs, SessionNotice, sessionName } from './sessions.ts';

const lock = Type.String({ maxLength: 100, description: 'As it was given' });
const path = Type.String({
  maxLength: 1_000,
  description: 'A database, such as embl, or a path in it, such as chado/curation or nr@2026-10',
});
const epoch = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const LockMode = oneOf(lockKinds, { 'x-name': 'LockMode' });

export const LockWish = Type.Object({ path, mode: LockMode }, { ...closed, 'x-name': 'LockWish' });

export const NewLockWish = Type.Union([
  Type.String({ maxLength: 1_000, description: 'A path and a mode, such as embl:shared' }),
  LockWish,
]);

export const NewLock = Type.Object(
  {
    locks: Type.Array(NewLockWish, {
      minItems: 1,
      maxItems: locksAtOnceMax,
      description: 'Granted all together, or not at all',
    }),
    wait: Type.Optional(
      Type.Union([Type.Boolean(), Type.Integer({ minimum: 0, maximum: lockWaitMsMax })], {
        description: 'Not at all (the default); as long as the session lives; or so long (ms)',
      }),
    ),
    session: Type.Optional(
      Type.String({ maxLength: 100, description: 'Without one, a session is opened for this lock alone' }),
    ),
    name: Type.Optional(sessionName),
    leaseMs: Type.Optional(leaseMs),
  },
  { ...closed, 'x-name': 'NewLock' },
);

const optionalText = Type.Optional(nullable(Type.String()));

export const LockHolder = Type.Object(
  {
    kind: oneOf(['session', 'job', 'closure']),
    principal: Type.String(),
    session: Type.Optional(Type.String()),
    name: Type.Optional(Type.String({ description: 'Of a session: what it calls itself' })),
    host: optionalText,
    pid: Type.Optional(nullable(Type.Integer())),
    job: Type.Optional(
      Type.String({ description: 'The job that holds it, or the first of those that wait together' }),
    ),
    worker: optionalText,
    progress: Type.Optional(
      nullable(Type.Object({ fraction: Type.Number(), text: nullable(Type.String()) }, closed)),
    ),
    database: Type.Optional(Type.String({ description: 'Of a closure' })),
    reason: optionalText,
    until: Type.Optional(nullable(time, 'When it is said to be open again')),
  },
  { ...closed, 'x-name': 'LockHolder' },
);
export type LockHolder = Static<typeof LockHolder>;

export const Lock = Type.Object(
  {
    lock: Type.String({ description: 'Names the request, and is its place in the order of arrival' }),
    state: oneOf(['waiting', 'granted']),
    locks: Type.Array(LockWish),
    epoch: nullable(Type.Integer(), 'Given with the grant; larger than any that was given before'),
    requestedAt: time,
    grantedAt: nullable(time),
    waitUntil: nullable(time, 'Until when it waits at most'),
    leaseEndsAt: nullable(time, 'Until when it lives without a renewal'),
    holder: LockHolder,
    asleep: Type.Boolean({ description: 'Of jobs that no connected worker may run: they block nobody' }),
    waitsFor: Type.Array(Type.String(), { description: 'The locks that it waits for' }),
    position: Type.Integer({
      description: '1 for the first of those that wait for the same; 0 when granted',
    }),
  },
  { ...closed, 'x-name': 'Lock' },
);
export type Lock = Static<typeof Lock>;

export const LockList = listOf(Lock, 'LockList');

export const LockListQuery = Type.Object(
  {
    limit: Type.Optional(limit),
    after: Type.Optional(after),
    path: Type.Optional(
      Type.String({ maxLength: 1_000, description: 'Only those that touch it, or lie under it' }),
    ),
  },
  closed,
);

export const LockParams = Type.Object({ lock: Type.String() }, closed);

export const LockQuery = Type.Object(
  {
    waitMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: lockPollMsMax,
        default: 0,
        description: 'Wait so long for the grant',
      }),
    ),
  },
  closed,
);

export const LockClaimed = Type.Object(
  { lock, epoch: Type.Integer({ ...epoch, description: 'As it was granted; 0 for one that waits' }) },
  { ...closed, 'x-name': 'LockClaimed' },
);

export const LocksNamed = Type.Object(
  { locks: Type.Array(LockClaimed, { minItems: 1, maxItems: 100 }) },
  { ...closed, 'x-name': 'LocksNamed' },
);

export const LocksRenewed = Type.Object(
  {
    leaseMs: nullable(Type.Integer(), 'The shortest lease of their sessions; null when all are lost'),
    lost: Type.Array(Type.String(), { description: 'Those that are not the caller’s any more' }),
    notices: Type.Array(SessionNotice),
  },
  { ...closed, 'x-name': 'LocksRenewed' },
);

export const LocksReleased = Type.Object(
  {
    results: Type.Array(
      Type.Object({ lock: Type.String(), released: Type.Boolean(), code: nullable(Type.String()) }, closed),
    ),
  },
  { ...closed, 'x-name': 'LocksReleased' },
);

export const LockChange = Type.Object(
  { lock, epoch, path, mode: LockMode },
  { ...closed, 'x-name': 'LockChange' },
);

export const LockCheck = Type.Object({ path, mode: LockMode, epoch }, { ...closed, 'x-name': 'LockCheck' });

export const LockChecked = Type.Object({ held: Type.Boolean() }, { ...closed, 'x-name': 'LockChecked' });

export const LockBreak = Type.Object({ lock }, { ...closed, 'x-name': 'LockBreak' });
