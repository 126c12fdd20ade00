import Type, { type Static } from 'typebox';
import { keepMax, type ReleaseState, releaseStates } from '../../../core/catalogue/releases.ts';
import { closed, listOf, nullable, oneOf, time } from './common.ts';

const states = Object.keys(releaseStates) as ReleaseState[];
const release = Type.String({ minLength: 1, maxLength: 64 });
const epoch = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Of the exclusive lock on NAME/build, under which releases are made',
});
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

export const Release = Type.Object(
  {
    database: Type.String(),
    release: Type.String(),
    state: oneOf(states, { 'x-name': 'ReleaseState' }),
    path: Type.String({ description: 'Its folder, as whoever published it sees it' }),
    files: Type.Integer(),
    bytes: Type.Integer(),
    sha256: nullable(Type.String(), 'Of the list of its files with their digests'),
    pinned: Type.Boolean({ description: 'It is kept until that is taken back' }),
    by: Type.String(),
    begunAt: time,
    publishedAt: nullable(time),
    readers: Type.Integer({ description: 'Locks that are held on it' }),
    awaited: Type.Boolean({ description: 'Somebody waits for it, or a job that is not finished names it' }),
  },
  { ...closed, 'x-name': 'Release' },
);
export type Release = Static<typeof Release>;

export const ReleaseList = listOf(Release, 'ReleaseList');

export const ReleasesGoing = Type.Object(
  { items: Type.Array(Release, { description: 'Those whose files are to be removed' }) },
  { ...closed, 'x-name': 'ReleasesGoing' },
);

export const NewRelease = Type.Object(
  { release, path: Type.String({ description: 'The folder that it will have' }), epoch },
  { ...closed, 'x-name': 'NewRelease' },
);

export const ReleaseBuilt = Type.Object(
  {
    epoch,
    files: count,
    bytes: count,
    sha256,
    keep: Type.Optional(
      nullable(Type.Integer({ minimum: 1, maximum: keepMax }), 'How many are kept from now on'),
    ),
  },
  { ...closed, 'x-name': 'ReleaseBuilt' },
);

export const ReleaseDropped = Type.Object({ epoch }, { ...closed, 'x-name': 'ReleaseDropped' });

export const ReleaseParams = Type.Object({ name: Type.String(), release: Type.String() }, closed);
