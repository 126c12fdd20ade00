import Type, { type Static } from 'typebox';
import { databaseBounds } from '../../../core/catalogue/check.ts';
import { databaseKinds, databaseStates } from '../../../core/catalogue/database.ts';
import { rolesMax } from '../../../core/catalogue/enforcement.ts';
import { declarableKinds } from '../../../core/catalogue/settings.ts';
import { closed, listOf, name, nullable, oneOf, PageQuery, revision, time } from './common.ts';

const stateNames = Object.keys(databaseStates) as (keyof typeof databaseStates)[];

const DatabaseKind = oneOf(databaseKinds, { 'x-name': 'DatabaseKind' });
const DatabaseState = oneOf(stateNames, { 'x-name': 'DatabaseState' });

const settings = Type.Unsafe<Readonly<Record<string, unknown>>>({
  type: 'object',
  additionalProperties: {},
  description: 'What its kind takes, such as directory or url; never a password',
});

const ReleaseName = Type.String({ minLength: 1, maxLength: 64 });

const Enforcement = Type.Object(
  {
    schema: nullable(Type.String(), 'Of which they have no use; null: they may not connect'),
    roles: Type.Array(Type.String()),
  },
  { ...closed, 'x-name': 'Enforcement', description: 'Roles that the PostgreSQL itself keeps out' },
);

export const Closure = Type.Object(
  {
    lock: Type.String({ description: 'The ticket of its lock' }),
    epoch: nullable(Type.Integer(), 'Null while it waits for those who still hold something'),
    by: Type.String(),
    reason: nullable(Type.String()),
    since: time,
    graceEndsAt: time,
    until: nullable(time, 'A promise: nothing happens then'),
    enforcement: nullable(Enforcement, 'Null: who asks for no lock is not stopped'),
  },
  { ...closed, 'x-name': 'Closure' },
);
export type Closure = Static<typeof Closure>;

export const Database = Type.Object(
  {
    name: Type.String(),
    kind: DatabaseKind,
    state: DatabaseState,
    tag: nullable(Type.String()),
    description: Type.String(),
    settings,
    release: nullable(Type.String()),
    declaredIn: nullable(Type.String(), 'The watched file that declares it'),
    createdAt: time,
    revision: Type.Integer(),
    closure: nullable(Closure),
  },
  { ...closed, 'x-name': 'Database' },
);
export type Database = Static<typeof Database>;

const changeable = {
  tag: Type.Optional(nullable(name)),
  description: Type.Optional(Type.String({ maxLength: databaseBounds.descriptionLength })),
  settings: Type.Optional(settings),
  release: Type.Optional(nullable(ReleaseName)),
};

export const NewDatabase = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    kind: oneOf(declarableKinds),
    ...changeable,
    state: Type.Optional(oneOf(['on', 'off'])),
  },
  { ...closed, 'x-name': 'NewDatabase' },
);

export const DatabaseChanges = Type.Object(
  { ...changeable, revision: Type.Optional(revision) },
  { ...closed, 'x-name': 'DatabaseChanges' },
);

export const CloseDatabase = Type.Object(
  {
    reason: Type.Optional(nullable(Type.String({ maxLength: databaseBounds.reasonLength }))),
    until: Type.Optional(nullable(time)),
    graceMs: Type.Optional(Type.Integer({ minimum: 0, maximum: databaseBounds.graceMsMax })),
    enforce: Type.Optional(
      Type.Boolean({ description: 'Of a PostgreSQL: once it is closed, it keeps roles out itself' }),
    ),
    roles: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
        minItems: 1,
        maxItems: rolesMax,
        description: 'Those to keep out, in place of the settings’',
      }),
    ),
  },
  { ...closed, 'x-name': 'CloseDatabase' },
);

export const ReopenDatabase = Type.Object(
  { release: Type.Optional(nullable(ReleaseName)) },
  { ...closed, 'x-name': 'ReopenDatabase' },
);

export const CatalogueProblem = Type.Object(
  {
    file: Type.String(),
    line: nullable(Type.Integer()),
    database: nullable(Type.String()),
    text: Type.String(),
  },
  { ...closed, 'x-name': 'CatalogueProblem' },
);

const page = listOf(Database, 'DatabaseList');
export const DatabaseList = Type.Object(
  {
    ...page.properties,
    problems: Type.Array(CatalogueProblem, { description: 'Of the files that this server watches' }),
  },
  { ...closed, 'x-name': 'DatabaseList' },
);

export const DatabasesQuery = Type.Object(
  {
    ...PageQuery.properties,
    tag: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'Those that have it; else those that have none',
      }),
    ),
    all: Type.Optional(oneOf(['true', 'false'], { description: 'true: with and without a tag' })),
    projects: Type.Optional(oneOf(['true', 'false'], { description: 'true: projects too' })),
  },
  closed,
);

export const DatabaseParams = Type.Object({ name: Type.String() }, closed);
