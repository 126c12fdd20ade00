import Type from 'typebox';
import { closed, nullable, oneOf, time } from './common.ts';
import { Role } from './tokens.ts';

export const Health = Type.Object(
  {
    status: oneOf(['ok']),
    version: Type.String(),
    storage: oneOf(['sqlite', 'postgres', 'memory']),
    journal: nullable(oneOf(['wal', 'rollback']), 'How SQLite keeps its commits; null for any other storage'),
    incarnation: Type.String({ description: 'Changes when the storage is restored or fails over' }),
    now: time,
  },
  { ...closed, 'x-name': 'Health' },
);

export const Grant = Type.Object(
  { role: Role, project: nullable(Type.String()) },
  { ...closed, 'x-name': 'Grant' },
);

export const Me = Type.Object(
  { principal: Type.String(), grants: Type.Array(Grant) },
  { ...closed, 'x-name': 'Me' },
);

export const LoginCode = Type.Object(
  {
    code: Type.String({ description: 'Works once: open /?c=CODE in a browser' }),
    expiresInMs: Type.Integer(),
  },
  { ...closed, 'x-name': 'LoginCode' },
);
