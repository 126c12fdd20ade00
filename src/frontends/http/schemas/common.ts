/** Shapes that several topics share. A schema with a name (`x-name`) is a component of the OpenAPI document. */
import Type, { type Static, type TSchema } from 'typebox';
import { bounds } from '../../../core/jobs/specify.ts';

export function nullable<T extends TSchema>(schema: T, description?: string) {
  return Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
}

/** One of several texts; with a name, a component of its own. */
export function oneOf<const T extends string>(
  values: readonly T[],
  named: { 'x-name'?: string; description?: string } = {},
) {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], ...named });
}

/** A closed object: a field that is not known is refused, so that a misspelt one is not lost. */
export const closed = { additionalProperties: false } as const;

/** RFC 3339; answers are in UTC with milliseconds. */
export const time = Type.String({ format: 'date-time' });

export const name = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:+-]*$',
  description: 'A letter or digit, then at most 99 letters, digits or . _ : + -',
});

export const revision = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'The revision that was read',
});

export const json = Type.Unknown({ description: `Any JSON, at most ${bounds.jsonDepth} levels deep` });

/** Texts by name. */
export const texts = Type.Unsafe<Readonly<Record<string, string>>>({
  type: 'object',
  additionalProperties: { type: 'string' },
});

export const exitCode = Type.Integer({ minimum: -0xffff_ffff, maximum: 0xffff_ffff });

/** One page of a list. */
export function listOf<T extends TSchema>(item: T, name: string) {
  return Type.Object(
    {
      items: Type.Array(item),
      next: nullable(Type.String(), 'Where to go on (`after`); null at the end'),
      asOf: Type.String({
        description: 'A cursor of the event stream: this page, plus the events after it, is exact',
      }),
    },
    { ...closed, 'x-name': name },
  );
}

export const limit = Type.Integer({ minimum: 1, maximum: 1_000, default: 100 });
/** How `after` of a list is described, and told from other places to go on. */
export const ofPageBefore = '`next` of the page before';
export const after = Type.String({
  minLength: 1,
  maxLength: 1_000,
  description: ofPageBefore,
});

export const PageQuery = Type.Object({ limit: Type.Optional(limit), after: Type.Optional(after) }, closed);

/** The reference’s parts in the address. What cannot be a name is no project; that is for the use case to say. */
export const ProjectParams = Type.Object({ project: Type.String() }, closed);
export const JobParams = Type.Object({ project: Type.String(), number: Type.String() }, closed);

export const Problem = Type.Object(
  {
    type: Type.String({ format: 'uri' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'Decide by this' }),
    field: Type.Optional(Type.String({ description: 'Such as jobs[3].priority' })),
    found: Type.Optional(Type.Unknown()),
    expected: Type.Optional(Type.String()),
    position: Type.Optional(
      Type.Integer({
        description:
          'Of a selection: the first character, from 1, of what is wrong. Of locks: the place in the line',
      }),
    ),
    length: Type.Optional(Type.Integer({ description: 'How many characters of it are wrong' })),
    nearest: Type.Optional(Type.String({ description: 'The right word that is nearest to it' })),
    holders: Type.Optional(
      Type.Array(Type.Unknown(), {
        description: 'Of locks: those in the way, as LockHolder, each with its lock and state',
      }),
    ),
    database: Type.Optional(Type.String({ description: 'That is closed' })),
    state: Type.Optional(Type.String({ description: 'Of the database' })),
    reason: Type.Optional(nullable(Type.String(), 'Why it was closed, or the session ended')),
    text: Type.Optional(nullable(Type.String(), 'What was said when the session was ended')),
    until: Type.Optional(nullable(Type.String(), 'When the database is said to be open again')),
    pollAfterMs: Type.Optional(
      Type.Integer({ description: 'When to ask again; Retry-After says it in seconds' }),
    ),
    advice: Type.String(),
  },
  { 'x-name': 'Problem', description: 'Problem details (RFC 9457)' },
);
export type Problem = Static<typeof Problem>;

/** The body of an act that needs none. */
export const Nothing = Type.Object({}, closed);
