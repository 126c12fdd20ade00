import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { presentJob } from '../present/jobs.ts';
import { readNewJob } from '../read-job-request.ts';
import { writerOf } from '../request-context.ts';
import { JobParams, Nothing } from '../schemas/common.ts';
import { Job, NewJob, PurgeRequest, ResolveRequest } from '../schemas/jobs.ts';
import { newJobFaults } from './new-job-faults.ts';
import type { Surroundings } from './surroundings.ts';

const acts = {
  submit: 'Submit a draft.',
  cancel: 'Cancel a job: at once if nothing runs, else its worker is asked to stop.',
  retry: 'Give a failed, cancelled, expired or denied job another attempt.',
  hold: 'Hold a job back until it is released.',
  release: 'Release a job that is held.',
  restore: 'Take a job back from the trash, with what went there with it.',
} as const;

export const jobActRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  // An act needs no body; the validator sees an empty object then.
  app.addHook('preValidation', async (request) => {
    request.body ??= {};
  });

  for (const act of Object.keys(acts) as (keyof typeof acts)[])
    app.post(
      `/v1/projects/:project/jobs/:number/${act}`,
      {
        schema: {
          operationId: `${act}Job`,
          summary: acts[act],
          tags: ['jobs'],
          params: JobParams,
          body: Nothing,
          response: { 200: Job },
        },
        config: {
          faults: [
            'project_unknown',
            'job_unknown',
            'state_conflict',
            ...(act === 'retry' ? ['task_already_running' as const] : []),
          ],
        },
      },
      async (request) => presentJob(await useCases.moveJob(writerOf(request), request.params, act)),
    );

  app.post(
    '/v1/projects/:project/jobs/:number/resolve',
    {
      schema: {
        operationId: 'resolveJob',
        summary: 'Say what became of a lost job: its worker was not heard of, and its policy is to ask.',
        tags: ['jobs'],
        params: JobParams,
        body: ResolveRequest,
        response: { 200: Job },
      },
      config: { faults: ['project_unknown', 'job_unknown', 'state_conflict'] },
    },
    async (request) =>
      presentJob(
        await useCases.moveJob(writerOf(request), request.params, `resolve_${request.body.outcome}`),
      ),
  );

  app.post(
    '/v1/projects/:project/jobs/:number/purge',
    {
      schema: {
        operationId: 'purgeJob',
        summary: 'Take a job that is in the trash out of the record for good, with all below it.',
        tags: ['jobs'],
        params: JobParams,
        body: PurgeRequest,
        response: { 204: Type.Null({ description: 'Purged' }) },
      },
      config: { faults: ['project_unknown', 'job_unknown', 'state_conflict', 'job_in_use'] },
    },
    async (request, reply) => {
      await useCases.purgeJob(writerOf(request), request.params, request.body.force ?? false);
      void reply.code(204);
      return null;
    },
  );

  app.post(
    '/v1/projects/:project/jobs/:number/rerun',
    {
      schema: {
        operationId: 'rerunJob',
        summary: 'Make a new job like this one, with the changes given.',
        tags: ['jobs'],
        params: JobParams,
        body: NewJob,
        response: { 201: Job },
      },
      config: {
        faults: newJobFaults,
      },
    },
    async (request, reply) => {
      void reply.code(201);
      return presentJob(await useCases.rerunJob(writerOf(request), request.params, readNewJob(request.body)));
    },
  );
};
