import Type, { type Static } from 'typebox';
import { priorityMax } from '../../../core/dispatch/rank.ts';
import { selectionLengthMax } from '../../../core/select/parse.ts';
import { selectedMoves } from '../../../core/select/selected-moves.ts';
import { annotationChanges } from './annotations.ts';
import { after, closed, nullable, oneOf } from './common.ts';

export const where = Type.String({
  maxLength: selectionLengthMax,
  description: 'A selection, such as state:failed tag:native Rfree<0.25',
});

export const trash = oneOf(['true', 'false'], { description: 'true: jobs in the trash, and no others' });

export const CountQuery = Type.Object({ where: Type.Optional(where), trash: Type.Optional(trash) }, closed);

export const JobCount = Type.Object(
  {
    count: Type.Integer(),
    complete: Type.Boolean({ description: 'false: there are at least so many; the count was given up' }),
  },
  { ...closed, 'x-name': 'JobCount' },
);

const { addTags, removeTags, rating } = annotationChanges;

export const BulkAct = Type.Object(
  {
    where,
    act: Type.Optional(oneOf(selectedMoves, { description: 'This, or changes' })),
    changes: Type.Optional(
      Type.Object(
        {
          addTags,
          removeTags,
          rating,
          priority: Type.Optional(Type.Integer({ minimum: -priorityMax, maximum: priorityMax })),
        },
        closed,
      ),
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'Only tell what is selected' })),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000, default: 500, description: 'Jobs of one slice' }),
    ),
    after: Type.Optional(after),
  },
  { ...closed, 'x-name': 'BulkAct' },
);

export const BulkReport = Type.Object(
  {
    matched: Type.Integer({ description: 'Jobs of this slice' }),
    items: Type.Array(
      Type.Object(
        {
          ref: Type.String(),
          done: Type.Boolean(),
          code: nullable(Type.String(), 'Why it was refused, or (dry run) would be'),
        },
        closed,
      ),
    ),
    next: nullable(Type.String(), 'Where to go on (`after`); null at the end'),
  },
  { ...closed, 'x-name': 'BulkReport' },
);
export type BulkReport = Static<typeof BulkReport>;
