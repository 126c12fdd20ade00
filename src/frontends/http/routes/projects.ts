import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { presentPage } from '../present/pages.ts';
import { presentProject, presentProjectDetails } from '../present/projects.ts';
import { callerOf, writerOf } from '../request-context.ts';
import { ProjectParams } from '../schemas/common.ts';
import {
  NewProject,
  ProjectChanges,
  ProjectDetails,
  ProjectList,
  ProjectsQuery,
} from '../schemas/projects.ts';
import type { Surroundings } from './surroundings.ts';

export const projectRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  app.post(
    '/v1/projects',
    {
      schema: {
        operationId: 'createProject',
        summary: 'Create a project; its name is never given again.',
        tags: ['projects'],
        body: NewProject,
        response: { 201: ProjectDetails },
      },
      config: { faults: ['project_exists', 'database_exists'] },
    },
    async (request, reply) => {
      void reply.code(201);
      return presentProjectDetails(await useCases.createProject(writerOf(request), request.body));
    },
  );

  app.get(
    '/v1/projects',
    {
      schema: {
        operationId: 'listProjects',
        summary: 'List the projects that the token may read, by name.',
        tags: ['projects'],
        querystring: ProjectsQuery,
        response: { 200: ProjectList },
      },
    },
    async (request) => {
      const { limit = 100, after, folder } = request.query;
      const asked = { limit, after, folder };
      return presentPage(await useCases.listProjects(callerOf(request), asked), presentProject);
    },
  );

  app.get(
    '/v1/projects/:project',
    {
      schema: {
        operationId: 'getProject',
        summary: 'Read a project.',
        tags: ['projects'],
        params: ProjectParams,
        response: { 200: ProjectDetails },
      },
      config: { faults: ['project_unknown'] },
    },
    async (request) =>
      presentProjectDetails(await useCases.getProject(callerOf(request), request.params.project)),
  );

  app.patch(
    '/v1/projects/:project',
    {
      schema: {
        operationId: 'updateProject',
        summary: 'Change the title, directory, metadata or notes of a project.',
        tags: ['projects'],
        params: ProjectParams,
        body: ProjectChanges,
        response: { 200: ProjectDetails },
      },
      config: { faults: ['project_unknown', 'revision_stale'] },
    },
    async (request) =>
      presentProjectDetails(
        await useCases.updateProject(writerOf(request), request.params.project, request.body),
      ),
  );

  app.delete(
    '/v1/projects/:project',
    {
      schema: {
        operationId: 'deleteProject',
        summary: 'Move a project without unfinished jobs to the trash; its name is kept.',
        tags: ['projects'],
        params: ProjectParams,
        response: { 204: Type.Null({ description: 'Deleted' }) },
      },
      config: { faults: ['project_unknown', 'project_in_use'] },
    },
    async (request, reply) => {
      await useCases.deleteProject(writerOf(request), request.params.project);
      void reply.code(204);
      return null;
    },
  );
};
