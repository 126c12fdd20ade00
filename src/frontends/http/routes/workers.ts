import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { writeWorker } from '../../../core/dispatch/worker-id.ts';
import { presentPage } from '../present/pages.ts';
import { presentWorker } from '../present/workers.ts';
import { callerOf } from '../request-context.ts';
import { PageQuery } from '../schemas/common.ts';
import { NewWorker, Registration, WorkerList } from '../schemas/workers.ts';
import type { Surroundings } from './surroundings.ts';

export const workerRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  app.post(
    '/v1/workers',
    {
      schema: {
        operationId: 'registerWorker',
        summary: 'Register a worker; the same principal and name give the same worker again.',
        tags: ['workers'],
        body: NewWorker,
        response: { 200: Registration },
      },
      config: { faults: ['protocol_unsupported', 'worker_name_taken'] },
    },
    async (request) => {
      const { worker, leaseMs, epoch } = await useCases.registerWorker(callerOf(request), request.body);
      return { worker: writeWorker(worker), leaseMs, epoch };
    },
  );

  app.get(
    '/v1/workers',
    {
      schema: {
        operationId: 'listWorkers',
        summary: 'List the workers.',
        tags: ['workers'],
        querystring: PageQuery,
        response: { 200: WorkerList },
      },
      config: { faults: ['cursor_invalid'] },
    },
    async (request) => {
      const { limit = 100, after } = request.query;
      return presentPage(await useCases.listWorkers(callerOf(request), { limit, after }), presentWorker);
    },
  );
};
