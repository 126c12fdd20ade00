import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { checks } from '../../../core/verify/judge.ts';
import { callerOf } from '../request-context.ts';
import { Verified, VerifyQuery } from '../schemas/verify.ts';
import type { Surroundings } from './surroundings.ts';

export const verifyRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  app.get(
    '/v1/verification',
    {
      schema: {
        operationId: 'verifyRecord',
        summary: 'Compare a slice of the record with itself and say what does not agree; nothing is mended.',
        tags: ['server'],
        querystring: VerifyQuery,
        response: { 200: Verified },
      },
      config: { faults: ['cursor_invalid'] },
    },
    async (request) => {
      const { part, limit = 100, after } = request.query;
      const { flaws, looked, next } = await useCases.verifyRecord(callerOf(request), { part, limit, after });
      return { flaws: flaws.map((flaw) => ({ ...flaw, meaning: checks[flaw.check] })), looked, next };
    },
  );
};
