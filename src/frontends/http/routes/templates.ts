import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { presentPage } from '../present/pages.ts';
import { presentTemplate } from '../present/templates.ts';
import { callerOf, writerOf } from '../request-context.ts';
import { PageQuery, ProjectParams } from '../schemas/common.ts';
import { NewTemplate, Template, TemplateList } from '../schemas/templates.ts';
import type { Surroundings } from './surroundings.ts';

const TemplateParams = Type.Object({ ...ProjectParams.properties, name: Type.String() });

export const templateRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  const address = '/v1/projects/:project/templates';

  app.get(
    address,
    {
      schema: {
        operationId: 'listTemplates',
        summary: 'List the templates of a project, by name.',
        tags: ['projects'],
        params: ProjectParams,
        querystring: PageQuery,
        response: { 200: TemplateList },
      },
      config: { faults: ['project_unknown'] },
    },
    async (request) => {
      const { limit = 100, after } = request.query;
      const page = await useCases.listTemplates(callerOf(request), request.params.project, { limit, after });
      return presentPage(page, presentTemplate);
    },
  );

  app.get(
    `${address}/:name`,
    {
      schema: {
        operationId: 'getTemplate',
        summary: 'Read a template.',
        tags: ['projects'],
        params: TemplateParams,
        response: { 200: Template },
      },
      config: { faults: ['project_unknown', 'template_unknown'] },
    },
    async (request) => {
      const { project, name } = request.params;
      return presentTemplate(await useCases.getTemplate(callerOf(request), project, name));
    },
  );

  app.put(
    `${address}/:name`,
    {
      schema: {
        operationId: 'saveTemplate',
        summary: 'Make a template, or replace it.',
        tags: ['projects'],
        params: TemplateParams,
        body: NewTemplate,
        response: { 200: Template },
      },
      config: { faults: ['project_unknown'] },
    },
    async (request) => {
      const { project, name } = request.params;
      return presentTemplate(await useCases.saveTemplate(writerOf(request), project, name, request.body.job));
    },
  );

  app.delete(
    `${address}/:name`,
    {
      schema: {
        operationId: 'removeTemplate',
        summary: 'Remove a template.',
        tags: ['projects'],
        params: TemplateParams,
        response: { 204: Type.Null({ description: 'Removed' }) },
      },
      config: { faults: ['project_unknown', 'template_unknown'] },
    },
    async (request, reply) => {
      const { project, name } = request.params;
      await useCases.removeTemplate(writerOf(request), project, name);
      void reply.code(204);
      return null;
    },
  );
};
