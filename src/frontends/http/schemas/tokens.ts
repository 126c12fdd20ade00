import Type, { type Static } from 'typebox';
import { roleNames } from '../../../core/access/roles.ts';
import { bounds } from '../../../core/jobs/specify.ts';
import { closed, listOf, name, nullable, oneOf, time } from './common.ts';

export const Role = oneOf(roleNames, { 'x-name': 'Role' });

export const NewToken = Type.Object(
  {
    name,
    role: Role,
    project: Type.Optional(nullable(name, 'The one project it is for; null for all')),
    expiresInMs: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: bounds.durationMs }))),
  },
  { ...closed, 'x-name': 'NewToken', description: 'name is the principal, made if new' },
);

const token = {
  id: Type.String(),
  name: Type.String(),
  role: Role,
  project: nullable(Type.String()),
  createdAt: time,
  expiresAt: nullable(time),
  revokedAt: nullable(time),
};

export const Token = Type.Object(token, { ...closed, 'x-name': 'Token' });
export type Token = Static<typeof Token>;

export const CreatedToken = Type.Object(
  { token: Type.String({ description: 'Shown this once' }), ...token },
  { ...closed, 'x-name': 'CreatedToken' },
);

export const TokenList = listOf(Token, 'TokenList');
export const TokenParams = Type.Object({ id: Type.String() }, closed);
