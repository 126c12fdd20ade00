/** What is said of jobs: rating, tags, named numbers, comments. */
import Type, { type Static } from 'typebox';
import { annotationBounds, ratings } from '../../../core/annotations/annotations.ts';
import { markdownBytesMax } from '../../../core/annotations/comment.ts';
import { closed, listOf, nullable, oneOf, time } from './common.ts';

export const Rating = oneOf(ratings, { 'x-name': 'Rating' });

const tags = Type.Array(Type.String(), { maxItems: annotationBounds.tags });

/** Fields that change what is said. */
export const annotationChanges = {
  rating: Type.Optional(nullable(Rating)),
  tags: Type.Optional(tags),
  addTags: Type.Optional(tags),
  removeTags: Type.Optional(tags),
  numbers: Type.Optional(
    Type.Unsafe<Readonly<Record<string, number | null>>>({
      type: 'object',
      additionalProperties: { anyOf: [{ type: 'number' }, { type: 'null' }] },
      description: 'Named numbers, merged; null removes one',
    }),
  ),
};

/** Named numbers, such as {"Rfree": 0.21}. */
export function namedNumbers(description?: string) {
  return Type.Unsafe<Readonly<Record<string, number>>>({
    type: 'object',
    additionalProperties: { type: 'number' },
    ...(description === undefined ? {} : { description }),
  });
}

/** Fields that show it. */
export const annotations = {
  rating: nullable(Rating),
  tags: Type.Array(Type.String()),
  numbers: namedNumbers(),
  comments: Type.Integer({ description: 'How many there are' }),
};

export const NewComment = Type.Object(
  {
    text: Type.String({
      description: `Markdown, at most ${markdownBytesMax} bytes of UTF-8`,
    }),
  },
  { ...closed, 'x-name': 'NewComment' },
);

export const Comment = Type.Object(
  {
    id: Type.Integer(),
    author: Type.String(),
    createdAt: time,
    editedAt: nullable(time),
    text: Type.String(),
  },
  { ...closed, 'x-name': 'Comment' },
);
export type Comment = Static<typeof Comment>;

export const CommentList = listOf(Comment, 'CommentList');
