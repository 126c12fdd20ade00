import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { Caller } from '../../../app/caller.ts';
import type { LogPage } from '../../../app/read-log.ts';
import type { UseCases } from '../../../app/use-cases.ts';
import type { JobPlace } from '../../../core/jobs/reference.ts';
import { presentAttempt, presentFile, presentLateReport, presentLog } from '../present/jobs.ts';
import { presentPage } from '../present/pages.ts';
import { callerOf } from '../request-context.ts';
import { JobParams, PageQuery } from '../schemas/common.ts';
import { AttemptList, DiffQuery, JobDiff, Log, LogQuery, LogText, Why } from '../schemas/job-views.ts';
import { JobFileList } from '../schemas/jobs.ts';
import type { Surroundings } from './surroundings.ts';

const unknown = ['project_unknown', 'job_unknown'] as const;

export const jobViewRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  app.get(
    '/v1/projects/:project/jobs/:number/why',
    {
      schema: {
        operationId: 'explainJob',
        summary: 'Say in one sentence why a job is not running, or what became of it.',
        tags: ['jobs'],
        params: JobParams,
        response: { 200: Why },
      },
      config: { faults: unknown },
    },
    async (request) => {
      const { unmet, ...rest } = await useCases.explainJob(callerOf(request), request.params);
      return { ...rest, unmet: [...unmet] };
    },
  );

  app.get(
    '/v1/projects/:project/jobs/:number/diff',
    {
      schema: {
        operationId: 'diffJobs',
        summary: 'Compare a job with another: what was asked for, by what it was run, what came of it.',
        tags: ['jobs'],
        params: JobParams,
        querystring: DiffQuery,
        response: { 200: JobDiff },
      },
      config: { faults: unknown },
    },
    async (request) => {
      const diff = await useCases.compareJobs(callerOf(request), request.params, request.query.with);
      return { ...diff, fields: diff.fields.map((difference) => ({ ...difference })) };
    },
  );

  app.get(
    '/v1/projects/:project/jobs/:number/log',
    {
      schema: {
        operationId: 'readLog',
        summary:
          'Read the log of an attempt, the newest if none is named; format=text gives the bytes themselves.',
        tags: ['jobs'],
        params: JobParams,
        querystring: LogQuery,
        response: { 200: Type.Union([Log, LogText]) },
      },
      config: { alsoAs: 'text/plain', faults: [...unknown, 'attempt_unknown'] },
    },
    async (request, reply) => {
      const { format = 'json', limit, ...query } = request.query;
      const caller = callerOf(request);
      const first = await useCases.readLog(caller, request.params, {
        ...query,
        limit: limit ?? (format === 'text' ? 1_000 : 100),
      });
      if (format === 'json') return presentLog(first);
      const bytes = limit === undefined ? wholeLog(useCases, caller, request.params, first) : bytesOf(first);
      void reply.type('text/plain; charset=utf-8');
      return Readable.from(bytes);
    },
  );

  app.get(
    '/v1/projects/:project/jobs/:number/files',
    {
      schema: {
        operationId: 'listFiles',
        summary: 'List the files of a job: what was declared, and what its attempts wrote.',
        tags: ['jobs'],
        params: JobParams,
        querystring: PageQuery,
        response: { 200: JobFileList },
      },
      config: { faults: [...unknown, 'cursor_invalid'] },
    },
    async (request) => {
      const { limit = 100, after } = request.query;
      return presentPage(
        await useCases.listFiles(callerOf(request), request.params, { limit, after }),
        presentFile,
      );
    },
  );

  app.get(
    '/v1/projects/:project/jobs/:number/attempts',
    {
      schema: {
        operationId: 'listAttempts',
        summary: 'List the attempts of a job, and what was reported late; one that runs has no end yet.',
        tags: ['jobs'],
        params: JobParams,
        response: { 200: AttemptList },
      },
      config: { faults: unknown },
    },
    async (request) => ({
      items: (await useCases.listAttempts(callerOf(request), request.params)).map(presentAttempt),
      late: (await useCases.listLateReports(callerOf(request), request.params)).map(presentLateReport),
    }),
  );
};

/** The bytes of a log as far as it goes now, a page at a time. */
async function* wholeLog(
  useCases: UseCases,
  caller: Caller,
  place: JobPlace,
  first: LogPage,
): AsyncGenerator<Uint8Array> {
  const limit = 1_000;
  for (let page = first; ; ) {
    yield* bytesOf(page);
    if (page.items.length < limit || page.attempt === null || page.next === null) return;
    page = await useCases.readLog(caller, place, { attempt: page.attempt, after: page.next, limit });
  }
}

function* bytesOf(page: LogPage): Generator<Uint8Array> {
  for (const { data } of page.items) if (data.length > 0) yield data;
}
