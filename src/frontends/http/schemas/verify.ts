import Type, { type Static } from 'typebox';
import { verifyParts } from '../../../core/verify/facts.ts';
import { type Check, checks } from '../../../core/verify/judge.ts';
import { after, closed, limit, nullable, oneOf } from './common.ts';

export const VerifyQuery = Type.Object(
  {
    part: oneOf(verifyParts, { description: 'Which part of the record' }),
    limit: Type.Optional(limit),
    after: Type.Optional(after),
  },
  closed,
);

const Flaw = Type.Object(
  {
    check: oneOf(Object.keys(checks) as Check[]),
    meaning: Type.String({ description: 'What must hold' }),
    subject: Type.String({ description: 'A job, a project, a path, a lock or an event' }),
    found: Type.String(),
    expected: Type.String(),
  },
  { ...closed, 'x-name': 'Flaw' },
);

export const Verified = Type.Object(
  {
    flaws: Type.Array(Flaw),
    looked: Type.Integer({ description: 'How many jobs, projects, locks or events were looked at' }),
    next: nullable(Type.String(), 'Where the next slice begins (`after`); null after the last'),
  },
  { ...closed, 'x-name': 'Verified' },
);
export type Verified = Static<typeof Verified>;
