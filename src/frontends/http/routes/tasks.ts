import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { presentJob } from '../present/jobs.ts';
import { presentPage } from '../present/pages.ts';
import { presentTask, presentTaskStatus } from '../present/tasks.ts';
import { readNewJob } from '../read-job-request.ts';
import { callerOf, writerOf } from '../request-context.ts';
import { PageQuery } from '../schemas/common.ts';
import { Job } from '../schemas/jobs.ts';
import { Task, TaskList, TaskParams, TaskRun, TaskStatus, TaskStatusQuestion } from '../schemas/tasks.ts';
import type { Surroundings } from './surroundings.ts';

export const taskRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  app.get(
    '/v1/tasks',
    {
      schema: {
        operationId: 'listTasks',
        summary: 'List the registered tasks, by name.',
        tags: ['tasks'],
        querystring: PageQuery,
        response: { 200: TaskList },
      },
    },
    async (request) => {
      const { limit = 100, after } = request.query;
      return presentPage(await useCases.listTasks(callerOf(request), { limit, after }), presentTask);
    },
  );

  app.get(
    '/v1/tasks/:task',
    {
      schema: {
        operationId: 'getTask',
        summary: 'Read what a task is, with the schema of its parameters.',
        tags: ['tasks'],
        params: TaskParams,
        response: { 200: Task },
      },
      config: { faults: ['task_unknown'] },
    },
    async (request) => presentTask(await useCases.getTask(callerOf(request), request.params.task)),
  );

  app.post(
    '/v1/tasks/:task/run',
    {
      schema: {
        operationId: 'runTask',
        summary: 'Run a task: a job in the project that is named, or in operations.',
        tags: ['tasks'],
        params: TaskParams,
        body: TaskRun,
        response: { 201: Job },
      },
      config: {
        faults: [
          'task_unknown',
          'task_already_running',
          'project_unknown',
          'database_unknown',
          'dependency_unknown',
          'directory_unknown',
        ],
      },
    },
    async (request, reply) => {
      const { project, ...run } = request.body;
      const wanted = { ...readNewJob(run), project };
      void reply.code(201);
      return presentJob(await useCases.runTask(writerOf(request), request.params.task, wanted));
    },
  );

  app.post(
    '/v1/tasks/:task/status',
    {
      schema: {
        operationId: 'getTaskStatus',
        summary: 'How the newest run with these parameters stands, or how it ended.',
        tags: ['tasks'],
        params: TaskParams,
        body: TaskStatusQuestion,
        response: { 200: TaskStatus },
      },
      config: { faults: ['task_unknown', 'task_not_run'], unkeyed: true },
    },
    async (request) => {
      const { task } = request.params;
      return presentTaskStatus(await useCases.taskStatus(callerOf(request), task, request.body.parameters));
    },
  );
};
