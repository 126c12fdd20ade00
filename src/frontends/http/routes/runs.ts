import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { presentSummary } from '../present/jobs.ts';
import { presentAsks } from '../present/tasks.ts';
import { readTime } from '../read-job-request.ts';
import { callerOf } from '../request-context.ts';
import { JobSummary } from '../schemas/jobs.ts';
import { NewRun, RecordedRun, RunFinish, RunRenewal, RunRenewed } from '../schemas/runs.ts';
import type { Surroundings } from './surroundings.ts';

export const runRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  app.post(
    '/v1/runs',
    {
      schema: {
        operationId: 'recordRun',
        summary: 'Record a run that somebody else runs; the same key answers the same job for ever.',
        tags: ['runs'],
        body: NewRun,
        response: { 200: RecordedRun },
      },
      config: {
        unkeyed: true,
        faults: ['project_unknown', 'project_exists', 'database_exists', 'job_unknown', 'state_conflict'],
      },
    },
    async (request) => {
      const { startedAt, ended, ...rest } = request.body;
      const { job, asks, ...recorded } = await useCases.recordRun(callerOf(request), {
        ...rest,
        startedAt: readTime(startedAt, 'startedAt'),
        ended:
          ended === undefined
            ? undefined
            : { ...ended, finishedAt: readTime(ended.finishedAt, 'ended.finishedAt') },
      });
      return {
        job: presentSummary(job),
        ...recorded,
        ...(asks === undefined ? {} : { asks: presentAsks(asks) }),
      };
    },
  );

  app.post(
    '/v1/runs/renew',
    {
      schema: {
        operationId: 'renewRun',
        summary: 'Extend the lease of a run, and say how far it is.',
        tags: ['runs'],
        body: RunRenewal,
        response: { 200: RunRenewed },
      },
      config: { unkeyed: true, faults: ['attempt_unknown', 'epoch_stale'] },
    },
    async (request) => useCases.renewRun(callerOf(request), request.body),
  );

  app.post(
    '/v1/runs/finish',
    {
      schema: {
        operationId: 'finishRun',
        summary: 'Tell the end of a run; what comes too late is recorded and changes nothing.',
        tags: ['runs'],
        body: RunFinish,
        response: { 200: JobSummary },
      },
      config: { unkeyed: true, faults: ['attempt_unknown'] },
    },
    async (request) => {
      const { finishedAt, ...end } = request.body;
      const told = { ...end, finishedAt: readTime(finishedAt, 'finishedAt') };
      return presentSummary(await useCases.finishRun(callerOf(request), told));
    },
  );
};
