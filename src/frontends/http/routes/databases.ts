import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { presentDatabase } from '../present/databases.ts';
import { presentPage } from '../present/pages.ts';
import { readTime } from '../read-job-request.ts';
import { callerOf, writerOf } from '../request-context.ts';
import { Nothing } from '../schemas/common.ts';
import {
  CloseDatabase,
  Database,
  DatabaseChanges,
  DatabaseList,
  DatabaseParams,
  DatabasesQuery,
  NewDatabase,
  ReopenDatabase,
} from '../schemas/databases.ts';
import type { Surroundings } from './surroundings.ts';

const address = '/v1/databases';
const one = `${address}/:name`;

export const databaseRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  // An act needs no body; the validator sees an empty object then.
  app.addHook('preValidation', async (request) => {
    if (request.method === 'POST' && request.routeOptions.url !== address) request.body ??= {};
  });

  app.post(
    address,
    {
      schema: {
        operationId: 'addDatabase',
        summary: 'Add a database to the catalogue.',
        tags: ['databases'],
        body: NewDatabase,
        response: { 201: Database },
      },
      config: { faults: ['database_exists'] },
    },
    async (request, reply) => {
      void reply.code(201);
      return presentDatabase(await useCases.addDatabase(writerOf(request), request.body));
    },
  );

  app.get(
    address,
    {
      schema: {
        operationId: 'listDatabases',
        summary:
          'List the databases without a tag, those with one, or all; and what is wrong with watched files.',
        tags: ['databases'],
        querystring: DatabasesQuery,
        response: { 200: DatabaseList },
      },
    },
    async (request) => {
      const { limit = 100, after, tag = null, all, projects } = request.query;
      const page = await useCases.listDatabases(callerOf(request), {
        tag: all === 'true' ? undefined : tag,
        projects: projects === 'true',
        limit,
        after,
      });
      return { ...presentPage(page, presentDatabase), problems: [...page.problems] };
    },
  );

  app.get(
    one,
    {
      schema: {
        operationId: 'getDatabase',
        summary: 'Read a database, with its closure.',
        tags: ['databases'],
        params: DatabaseParams,
        response: { 200: Database },
      },
      config: { faults: ['database_unknown'] },
    },
    async (request) => presentDatabase(await useCases.getDatabase(callerOf(request), request.params.name)),
  );

  app.patch(
    one,
    {
      schema: {
        operationId: 'updateDatabase',
        summary: 'Change the tag, description, settings or release of a database.',
        tags: ['databases'],
        params: DatabaseParams,
        body: DatabaseChanges,
        response: { 200: Database },
      },
      config: { faults: ['database_unknown', 'revision_stale', 'state_conflict'] },
    },
    async (request) =>
      presentDatabase(await useCases.updateDatabase(writerOf(request), request.params.name, request.body)),
  );

  app.delete(
    one,
    {
      schema: {
        operationId: 'removeDatabase',
        summary: 'Remove a database from the catalogue; what it consists of stays.',
        tags: ['databases'],
        params: DatabaseParams,
        response: { 204: Type.Null({ description: 'Removed' }) },
      },
      config: { faults: ['database_unknown', 'database_in_use', 'state_conflict'] },
    },
    async (request, reply) => {
      await useCases.removeDatabase(writerOf(request), request.params.name);
      void reply.code(204);
      return null;
    },
  );

  for (const state of ['on', 'off'] as const)
    app.post(
      `${one}/${state}`,
      {
        schema: {
          operationId: state === 'on' ? 'turnDatabaseOn' : 'turnDatabaseOff',
          summary:
            state === 'on'
              ? 'Offer a database again.'
              : 'Offer a database no longer: who has it keeps it, nobody new comes in.',
          tags: ['databases'],
          params: DatabaseParams,
          body: Nothing,
          response: { 200: Database },
        },
        config: { faults: ['database_unknown', 'database_closed', 'state_conflict'] },
      },
      async (request) =>
        presentDatabase(await useCases.updateDatabase(writerOf(request), request.params.name, { state })),
    );

  app.post(
    `${one}/close`,
    {
      schema: {
        operationId: 'closeDatabase',
        summary: 'Close a database for update: nobody new comes in, and it is held when all have left.',
        tags: ['databases'],
        params: DatabaseParams,
        body: CloseDatabase,
        response: { 200: Database },
      },
      config: {
        faults: [
          ...(['database_unknown', 'database_off', 'database_closed', 'state_conflict'] as const),
          ...(['enforcement_refused', 'target_unreachable'] as const),
        ],
      },
    },
    async (request) => {
      const { until, ...body } = request.body;
      const closure = { ...body, ...(until != null && { until: readTime(until, 'until') }) };
      return presentDatabase(await useCases.closeDatabase(writerOf(request), request.params.name, closure));
    },
  );

  app.post(
    `${one}/reopen`,
    {
      schema: {
        operationId: 'reopenDatabase',
        summary: 'End the closure of a database, whoever made it.',
        tags: ['databases'],
        params: DatabaseParams,
        body: ReopenDatabase,
        response: { 200: Database },
      },
      config: {
        faults: ['database_unknown', 'state_conflict', 'enforcement_refused', 'target_unreachable'],
      },
    },
    async (request) => {
      const { release = null } = request.body;
      return presentDatabase(await useCases.reopenDatabase(writerOf(request), request.params.name, release));
    },
  );
};
