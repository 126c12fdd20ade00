import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { callerOf, writerOf } from '../request-context.ts';
import { ProjectParams } from '../schemas/common.ts';
import { BulkAct, BulkReport, CountQuery, JobCount } from '../schemas/selections.ts';
import type { Surroundings } from './surroundings.ts';

/** What is done with all jobs of a selection; their list is that of all jobs. */
export const selectionRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  app.get(
    '/v1/projects/:project/jobs/count',
    {
      schema: {
        operationId: 'countJobs',
        summary: 'Count the jobs that are selected.',
        tags: ['jobs'],
        params: ProjectParams,
        querystring: CountQuery,
        response: { 200: JobCount },
      },
      config: { faults: ['project_unknown', 'selection_invalid'] },
    },
    async (request) => {
      const { where, trash } = request.query;
      const { project } = request.params;
      return useCases.countSelected(callerOf(request), { project, where, trash: trash === 'true' });
    },
  );

  app.post(
    '/v1/projects/:project/bulk',
    {
      schema: {
        operationId: 'actOnSelected',
        summary: 'Act on all jobs that are selected, a slice at a time; each is done or refused by itself.',
        tags: ['jobs'],
        params: ProjectParams,
        body: BulkAct,
        response: { 200: BulkReport },
      },
      config: { faults: ['project_unknown', 'selection_invalid', 'cursor_invalid'] },
    },
    async (request) => {
      const { limit = 500, ...asked } = request.body;
      const report = await useCases.actOnSelected(writerOf(request), request.params.project, {
        ...asked,
        limit,
      });
      return { ...report, items: report.items.map((item) => ({ ...item })) };
    },
  );
};
