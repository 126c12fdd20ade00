import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { presentPage } from '../present/pages.ts';
import {
  presentGraph,
  presentMethods,
  presentOrigin,
  presentSighting,
  presentStale,
} from '../present/provenance.ts';
import { callerOf } from '../request-context.ts';
import { JobParams, PageQuery, ProjectParams } from '../schemas/common.ts';
import {
  FilesQuery,
  Graph,
  GraphQuery,
  Methods,
  OutdatedReleases,
  SightingList,
  StaleList,
  TraceQuery,
  Whence,
  WhenceQuery,
} from '../schemas/provenance.ts';
import type { Surroundings } from './surroundings.ts';

const sides = {
  ancestors: 'List the jobs that a job rests on, tie by tie, nearest first.',
  descendants: 'List the jobs that rest on a job, tie by tie, nearest first.',
} as const;

export const provenanceRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  app.get(
    '/v1/files',
    {
      schema: {
        operationId: 'listSightings',
        summary: 'List the mentions of a file, by path or by digest, newest first.',
        tags: ['provenance'],
        querystring: FilesQuery,
        response: { 200: SightingList },
      },
      config: { faults: ['cursor_invalid'] },
    },
    async (request) => {
      const { limit = 100, ...query } = request.query;
      return presentPage(
        await useCases.listSightings(callerOf(request), { limit, ...query }),
        presentSighting,
      );
    },
  );

  app.get(
    '/v1/graph',
    {
      schema: {
        operationId: 'traceJobs',
        summary: 'Follow the ties of a job, or of the job that made a file, to others.',
        tags: ['provenance'],
        querystring: GraphQuery,
        response: { 200: Graph },
      },
      config: { faults: ['project_unknown', 'job_unknown'] },
    },
    async (request) => presentGraph(await useCases.traceJobs(callerOf(request), request.query)),
  );

  for (const side of ['ancestors', 'descendants'] as const)
    app.get(
      `/v1/projects/:project/jobs/:number/${side}`,
      {
        schema: {
          operationId: `list${side === 'ancestors' ? 'Ancestors' : 'Descendants'}`,
          summary: sides[side],
          tags: ['provenance'],
          params: JobParams,
          querystring: TraceQuery,
          response: { 200: Graph },
        },
        config: { faults: ['project_unknown', 'job_unknown'] },
      },
      async (request) => {
        const asked = { of: request.params, direction: side, ...request.query };
        return presentGraph(await useCases.traceJobs(callerOf(request), asked));
      },
    );

  app.get(
    '/v1/whence',
    {
      schema: {
        operationId: 'findOrigin',
        summary: 'Say who made a file last, from what, and where else its content was made.',
        tags: ['provenance'],
        querystring: WhenceQuery,
        response: { 200: Whence },
      },
    },
    async (request) => presentOrigin(await useCases.findOrigin(callerOf(request), request.query)),
  );

  app.get(
    '/v1/projects/:project/stale',
    {
      schema: {
        operationId: 'listStale',
        summary: 'List the results of a project that rest on what has been made again since.',
        tags: ['provenance'],
        params: ProjectParams,
        querystring: PageQuery,
        response: { 200: StaleList },
      },
      config: { faults: ['project_unknown', 'cursor_invalid'] },
    },
    async (request) => {
      const { limit = 100, after } = request.query;
      const page = await useCases.listStale(callerOf(request), request.params.project, { limit, after });
      return presentPage(page, presentStale);
    },
  );

  app.get(
    '/v1/projects/:project/stale/databases',
    {
      schema: {
        operationId: 'listOutdated',
        summary: 'Count the results of a project that rest on releases of databases that are not current.',
        tags: ['provenance'],
        params: ProjectParams,
        response: { 200: OutdatedReleases },
      },
      config: { faults: ['project_unknown'] },
    },
    async (request) => ({
      items: [...(await useCases.listOutdated(callerOf(request), request.params.project))],
    }),
  );

  app.get(
    '/v1/projects/:project/jobs/:number/methods',
    {
      schema: {
        operationId: 'describeMethods',
        summary: 'Say by which programs, versions and parameters a result was obtained.',
        tags: ['provenance'],
        params: JobParams,
        response: { 200: Methods },
      },
      config: { faults: ['project_unknown', 'job_unknown'] },
    },
    async (request) => presentMethods(await useCases.describeMethods(callerOf(request), request.params)),
  );
};
