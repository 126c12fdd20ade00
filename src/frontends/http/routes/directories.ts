import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { presentPage } from '../present/pages.ts';
import { callerOf, writerOf } from '../request-context.ts';
import { PageQuery, ProjectParams } from '../schemas/common.ts';
import { Directory, DirectoryList, NewDirectory } from '../schemas/directories.ts';
import type { Surroundings } from './surroundings.ts';

/** The same for the server, and for a project. */
const places = [
  { address: '/v1/directories', of: 'the server', operation: '', tag: 'server', known: [] },
  {
    address: '/v1/projects/:project/directories',
    of: 'a project',
    operation: 'Project',
    tag: 'projects',
    known: ['project_unknown'],
  },
] as const;

const ListParams = Type.Partial(ProjectParams);
const Params = Type.Object({ ...ListParams.properties, alias: Type.String() });

export const directoryRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  for (const { address, of, operation, tag, known } of places) {
    app.get(
      address,
      {
        schema: {
          operationId: `list${operation}Directories`,
          summary: `List the named directories of ${of}, by alias.`,
          tags: [tag],
          params: ListParams,
          querystring: PageQuery,
          response: { 200: DirectoryList },
        },
        config: { faults: known },
      },
      async (request) => {
        const { limit = 100, after } = request.query;
        const { project = null } = request.params;
        const page = await useCases.listDirectories(callerOf(request), project, { limit, after });
        return presentPage(page, (directory) => ({ ...directory }));
      },
    );

    app.get(
      `${address}/:alias`,
      {
        schema: {
          operationId: `get${operation}Directory`,
          summary: `Read a named directory of ${of}.`,
          tags: [tag],
          params: Params,
          response: { 200: Directory },
        },
        config: { faults: [...known, 'directory_unknown'] },
      },
      async (request) => {
        const { project = null, alias } = request.params;
        return useCases.getDirectory(callerOf(request), project, alias);
      },
    );

    app.put(
      `${address}/:alias`,
      {
        schema: {
          operationId: `save${operation}Directory`,
          summary: `Name a directory of ${of}, or move it: its files go along.`,
          tags: [tag],
          params: Params,
          body: NewDirectory,
          response: { 200: Directory },
        },
        config: { faults: known },
      },
      async (request) => {
        const { project = null, alias } = request.params;
        return useCases.saveDirectory(writerOf(request), project, { alias, path: request.body.path });
      },
    );

    app.delete(
      `${address}/:alias`,
      {
        schema: {
          operationId: `remove${operation}Directory`,
          summary: `Forget the name of a directory of ${of}; its files are found as before.`,
          tags: [tag],
          params: Params,
          response: { 204: Type.Null({ description: 'Removed' }) },
        },
        config: { faults: [...known, 'directory_unknown'] },
      },
      async (request, reply) => {
        const { project = null, alias } = request.params;
        await useCases.removeDirectory(writerOf(request), project, alias);
        void reply.code(204);
        return null;
      },
    );
  }
};
