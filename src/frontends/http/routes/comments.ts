import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { Fault } from '../../../core/faults.ts';
import { presentComment } from '../present/annotations.ts';
import { presentPage } from '../present/pages.ts';
import { callerOf, writerOf } from '../request-context.ts';
import { Comment, CommentList, NewComment } from '../schemas/annotations.ts';
import { JobParams, PageQuery } from '../schemas/common.ts';
import type { Surroundings } from './surroundings.ts';

const unknown = ['project_unknown', 'job_unknown'] as const;
const CommentParams = Type.Object({ ...JobParams.properties, id: Type.String() });

export const commentRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  const address = '/v1/projects/:project/jobs/:number/comments';

  app.get(
    address,
    {
      schema: {
        operationId: 'listComments',
        summary: 'List the comments on a job, oldest first.',
        tags: ['jobs'],
        params: JobParams,
        querystring: PageQuery,
        response: { 200: CommentList },
      },
      config: { faults: [...unknown, 'cursor_invalid'] },
    },
    async (request) => {
      const { limit = 100, after } = request.query;
      const page = await useCases.listComments(callerOf(request), request.params, { limit, after });
      return presentPage(page, presentComment);
    },
  );

  app.post(
    address,
    {
      schema: {
        operationId: 'addComment',
        summary: 'Comment on a job, in Markdown.',
        tags: ['jobs'],
        params: JobParams,
        body: NewComment,
        response: { 201: Comment },
      },
      config: { faults: unknown },
    },
    async (request, reply) => {
      void reply.code(201);
      return presentComment(await useCases.addComment(writerOf(request), request.params, request.body.text));
    },
  );

  app.patch(
    `${address}/:id`,
    {
      schema: {
        operationId: 'editComment',
        summary: 'Change a comment of your own; a manager changes any.',
        tags: ['jobs'],
        params: CommentParams,
        body: NewComment,
        response: { 200: Comment },
      },
      config: { faults: [...unknown, 'comment_unknown'] },
    },
    async (request) => {
      const { id, ...place } = request.params;
      return presentComment(
        await useCases.editComment(writerOf(request), place, readId(id), request.body.text),
      );
    },
  );

  app.delete(
    `${address}/:id`,
    {
      schema: {
        operationId: 'removeComment',
        summary: 'Remove a comment of your own; a manager removes any.',
        tags: ['jobs'],
        params: CommentParams,
        response: { 204: Type.Null({ description: 'Removed' }) },
      },
      config: { faults: [...unknown, 'comment_unknown'] },
    },
    async (request, reply) => {
      const { id, ...place } = request.params;
      await useCases.removeComment(writerOf(request), place, readId(id));
      void reply.code(204);
      return null;
    },
  );
};

/** What cannot be an id is no comment. */
function readId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new Fault('comment_unknown', { found: text });
}
