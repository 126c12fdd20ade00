import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { presentDatabase } from '../present/databases.ts';
import { presentPage } from '../present/pages.ts';
import { presentRelease } from '../present/releases.ts';
import { callerOf, writerOf } from '../request-context.ts';
import { Nothing, PageQuery } from '../schemas/common.ts';
import { Database, DatabaseParams } from '../schemas/databases.ts';
import {
  NewRelease,
  Release,
  ReleaseBuilt,
  ReleaseDropped,
  ReleaseList,
  ReleaseParams,
  ReleasesGoing,
} from '../schemas/releases.ts';
import type { Surroundings } from './surroundings.ts';

const all = '/v1/databases/:name/releases';
const one = `${all}/:release`;
const known = ['database_unknown', 'release_unknown'] as const;

export const releaseRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  // An act needs no body; the validator sees an empty object then.
  app.addHook('preValidation', async (request) => {
    if (request.method === 'POST' && request.routeOptions.url !== all) request.body ??= {};
  });

  app.get(
    all,
    {
      schema: {
        operationId: 'listReleases',
        summary: 'List the releases of a database, newest first, also those that are gone.',
        tags: ['databases'],
        params: DatabaseParams,
        querystring: PageQuery,
        response: { 200: ReleaseList },
      },
      config: { faults: ['database_unknown'] },
    },
    async (request) => {
      const { limit = 100, after } = request.query;
      const page = await useCases.listReleases(callerOf(request), request.params.name, { limit, after });
      return presentPage(page, presentRelease);
    },
  );

  app.post(
    all,
    {
      schema: {
        operationId: 'beginRelease',
        summary: 'Say that a release is being made, under the lock on NAME/build.',
        tags: ['databases'],
        params: DatabaseParams,
        body: NewRelease,
        response: { 201: Release },
      },
      config: { faults: ['database_unknown', 'release_exists', 'lock_lost', 'state_conflict'] },
    },
    async (request, reply) => {
      const { name: database } = request.params;
      void reply.code(201);
      return presentRelease(await useCases.beginRelease(writerOf(request), { database, ...request.body }));
    },
  );

  app.get(
    one,
    {
      schema: {
        operationId: 'getRelease',
        summary: 'Read a release, with how many read it.',
        tags: ['databases'],
        params: ReleaseParams,
        response: { 200: Release },
      },
      config: { faults: known },
    },
    async (request) => presentRelease(await useCases.getRelease(callerOf(request), namedIn(request.params))),
  );

  app.post(
    `${one}/publish`,
    {
      schema: {
        operationId: 'publishRelease',
        summary: 'Let a release that was made be the one that is read, in one step.',
        tags: ['databases'],
        params: ReleaseParams,
        body: ReleaseBuilt,
        response: { 200: Database },
      },
      config: { faults: [...known, 'lock_lost', 'state_conflict'] },
    },
    async (request) => {
      const it = { ...namedIn(request.params), ...request.body };
      return presentDatabase(await useCases.publishRelease(writerOf(request), it));
    },
  );

  app.post(
    `${one}/drop`,
    {
      schema: {
        operationId: 'dropRelease',
        summary: 'Forget a release that was begun and not published.',
        tags: ['databases'],
        params: ReleaseParams,
        body: ReleaseDropped,
        response: { 204: Type.Null({ description: 'Forgotten' }) },
      },
      config: { faults: [...known, 'lock_lost', 'state_conflict'] },
    },
    async (request, reply) => {
      const { epoch } = request.body;
      await useCases.dropRelease(writerOf(request), { ...namedIn(request.params), epoch });
      void reply.code(204);
      return null;
    },
  );

  for (const pinned of [true, false])
    app.post(
      `${one}/${pinned ? 'pin' : 'unpin'}`,
      {
        schema: {
          operationId: pinned ? 'pinRelease' : 'unpinRelease',
          summary: pinned
            ? 'Keep a release, however many newer ones there are.'
            : 'Let a release go again when it is old.',
          tags: ['databases'],
          params: ReleaseParams,
          body: Nothing,
          response: { 200: Release },
        },
        config: { faults: known },
      },
      async (request) => {
        const it = { ...namedIn(request.params), pinned };
        return presentRelease(await useCases.pinRelease(writerOf(request), it));
      },
    );

  app.post(
    '/v1/databases/:name/tidy',
    {
      schema: {
        operationId: 'markReleasesGoing',
        summary:
          'Mark releases that need not be kept: nobody can begin to read them, and their files may be removed.',
        tags: ['databases'],
        params: DatabaseParams,
        body: Nothing,
        response: { 200: ReleasesGoing },
      },
      config: { faults: ['database_unknown'] },
    },
    async (request) => {
      const going = await useCases.markGoing(writerOf(request), request.params.name);
      return { items: going.map(presentRelease) };
    },
  );

  app.post(
    `${one}/gone`,
    {
      schema: {
        operationId: 'markReleaseGone',
        summary: 'Say that the files of a release that was going are removed.',
        tags: ['databases'],
        params: ReleaseParams,
        body: Nothing,
        response: { 200: Release },
      },
      config: { faults: [...known, 'state_conflict'] },
    },
    async (request) => presentRelease(await useCases.markGone(writerOf(request), namedIn(request.params))),
  );
};

function namedIn({ name, release }: { readonly name: string; readonly release: string }) {
  return { database: name, release };
}
