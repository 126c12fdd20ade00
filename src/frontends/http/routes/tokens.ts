import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { presentPage } from '../present/pages.ts';
import { presentToken } from '../present/tokens.ts';
import { callerOf, writerOf } from '../request-context.ts';
import { PageQuery } from '../schemas/common.ts';
import { CreatedToken, NewToken, TokenList, TokenParams } from '../schemas/tokens.ts';
import type { Surroundings } from './surroundings.ts';

export const tokenRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  app.post(
    '/v1/tokens',
    {
      schema: {
        operationId: 'createToken',
        summary: 'Create a token; it is shown this once.',
        tags: ['tokens'],
        body: NewToken,
        response: { 201: CreatedToken },
      },
      config: { faults: ['project_unknown', 'token_shown_once'] },
    },
    async (request, reply) => {
      const { token, record } = await useCases.createToken(writerOf(request), request.body);
      void reply.code(201);
      return { token, ...presentToken(record) };
    },
  );

  app.get(
    '/v1/tokens',
    {
      schema: {
        operationId: 'listTokens',
        summary: 'List the tokens, without their secrets.',
        tags: ['tokens'],
        querystring: PageQuery,
        response: { 200: TokenList },
      },
    },
    async (request) => {
      const { limit = 100, after } = request.query;
      return presentPage(await useCases.listTokens(callerOf(request), { limit, after }), presentToken);
    },
  );

  app.delete(
    '/v1/tokens/:id',
    {
      schema: {
        operationId: 'revokeToken',
        summary: 'Revoke a token, from the next request on.',
        tags: ['tokens'],
        params: TokenParams,
        response: { 204: Type.Null({ description: 'Revoked' }) },
      },
      config: { faults: ['token_unknown'] },
    },
    async (request, reply) => {
      await useCases.revokeToken(writerOf(request), request.params.id);
      void reply.code(204);
      return null;
    },
  );
};
