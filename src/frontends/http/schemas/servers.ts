import Type, { type Static } from 'typebox';
import { closed, listOf, oneOf, time } from './common.ts';

export const Server = Type.Object(
  {
    name: Type.String({ description: 'The same after a restart' }),
    url: Type.String({ description: 'Where it listens' }),
    host: Type.String(),
    pid: Type.Integer(),
    version: Type.String(),
    state: oneOf(['up', 'draining', 'lost'], {
      description: 'draining: it is about to stop; lost: not heard of for longer than its lease',
    }),
    startedAt: time,
    seenAt: time,
    leaseEndsAt: time,
  },
  { ...closed, 'x-name': 'Server' },
);
export type Server = Static<typeof Server>;

export const ServerList = listOf(Server, 'ServerList');
