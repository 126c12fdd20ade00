import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { writeCursor } from '../../../core/events/cursor.ts';
import { presentJob, presentSummary } from '../present/jobs.ts';
import { presentPage } from '../present/pages.ts';
import { readJobChanges, readNewJob, readStates } from '../read-job-request.ts';
import { callerOf, writerOf } from '../request-context.ts';
import { JobParams, ProjectParams } from '../schemas/common.ts';
import {
  IndexQuery,
  Job,
  JobChanges,
  JobIndex,
  JobList,
  JobSubmission,
  JobsQuery,
  NewJobsAnswer,
} from '../schemas/jobs.ts';
import { newJobFaults } from './new-job-faults.ts';
import type { Surroundings } from './surroundings.ts';

export const jobRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  app.post(
    '/v1/projects/:project/jobs',
    {
      schema: {
        operationId: 'submitJobs',
        summary: 'Submit one job, or {"jobs": […]} with 1 to 1,000, all or none.',
        tags: ['jobs'],
        params: ProjectParams,
        body: JobSubmission,
        response: { 201: Type.Union([Job, NewJobsAnswer]) },
      },
      config: {
        faults: newJobFaults,
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { project } = request.params;
      void reply.code(201);
      if (!('jobs' in body))
        return presentJob(await useCases.submitJob(writerOf(request), project, readNewJob(body)));
      const jobs = await useCases.submitJobs(
        writerOf(request),
        project,
        body.jobs.map((job, index) => readNewJob(job, `jobs[${index}].`)),
      );
      return { items: jobs.map(presentSummary) };
    },
  );

  app.get(
    '/v1/projects/:project/jobs',
    {
      schema: {
        operationId: 'listJobs',
        summary: 'List the jobs of a project, or those that are selected, by creation or by a number.',
        tags: ['jobs'],
        params: ProjectParams,
        querystring: JobsQuery,
        response: { 200: JobList },
      },
      config: { faults: ['project_unknown', 'job_unknown', 'cursor_invalid', 'selection_invalid'] },
    },
    async (request) => {
      const { state, order, trash, limit = 100, ...query } = request.query;
      const page = await useCases.listJobs(callerOf(request), {
        project: request.params.project,
        states: readStates(state),
        newestFirst: order === undefined ? undefined : order === 'newest',
        trash: trash === 'true',
        limit,
        ...query,
      });
      const { notes } = page;
      return { ...presentPage(page, presentSummary), ...(notes === undefined ? {} : { notes: [...notes] }) };
    },
  );

  app.get(
    '/v1/projects/:project/jobs/index',
    {
      schema: {
        operationId: 'indexJobs',
        summary: 'Number, state, task, title and revision of up to 100,000 jobs, in columns.',
        tags: ['jobs'],
        params: ProjectParams,
        querystring: IndexQuery,
        response: { 200: JobIndex },
      },
      config: { faults: ['project_unknown', 'cursor_invalid'] },
    },
    async (request) => {
      const { limit = 100_000, after } = request.query;
      const { project } = request.params;
      const { index, next, asOf } = await useCases.indexJobs(callerOf(request), { project, limit, after });
      const { numbers, states, tasks, titles, revisions } = index;
      return {
        numbers: [...numbers],
        states: [...states],
        tasks: [...tasks],
        titles: [...titles],
        revisions: [...revisions],
        next,
        asOf: writeCursor(asOf),
      };
    },
  );

  app.get(
    '/v1/projects/:project/jobs/:number',
    {
      schema: {
        operationId: 'getJob',
        summary: 'Read a job with all that was asked for.',
        tags: ['jobs'],
        params: JobParams,
        response: { 200: Job },
      },
      config: { faults: ['project_unknown', 'job_unknown'] },
    },
    async (request) => presentJob(await useCases.getJob(callerOf(request), request.params)),
  );

  app.patch(
    '/v1/projects/:project/jobs/:number',
    {
      schema: {
        operationId: 'editJob',
        summary:
          'Change a job: title, priority, metadata, and what is said of it; a draft’s other fields too.',
        tags: ['jobs'],
        params: JobParams,
        body: JobChanges,
        response: { 200: Job },
      },
      config: {
        faults: [
          'project_unknown',
          'job_unknown',
          'revision_stale',
          'state_conflict',
          'directory_unknown',
          'database_unknown',
        ],
      },
    },
    async (request) =>
      presentJob(await useCases.editJob(writerOf(request), request.params, readJobChanges(request.body))),
  );

  app.delete(
    '/v1/projects/:project/jobs/:number',
    {
      schema: {
        operationId: 'trashJob',
        summary:
          'Move a job and all below it to the trash: no longer listed, still readable. A running one is refused.',
        tags: ['jobs'],
        params: JobParams,
        response: { 204: Type.Null({ description: 'In the trash' }) },
      },
      config: { faults: ['project_unknown', 'job_unknown', 'state_conflict'] },
    },
    async (request, reply) => {
      await useCases.trashJob(writerOf(request), request.params);
      void reply.code(204);
      return null;
    },
  );
};
