import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { allow, refuseAttempts } from '../../../app/access.ts';
import { Fault } from '../../../core/faults.ts';
import { presentPage } from '../present/pages.ts';
import { presentServer } from '../present/servers.ts';
import { timeText } from '../present/times.ts';
import { callerOf } from '../request-context.ts';
import { PageQuery } from '../schemas/common.ts';
import { Health, LoginCode, Me } from '../schemas/server.ts';
import { ServerList } from '../schemas/servers.ts';
import type { Surroundings } from './surroundings.ts';

const storagePatienceMs = 2_000;

export const serverRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, surroundings) => {
  const { useCases, version, counts, oneTimeCodes } = surroundings;

  app.get(
    '/v1/health',
    {
      schema: {
        operationId: 'health',
        summary: 'Whether the server and its storage answer.',
        tags: ['server'],
        response: { 200: Health },
      },
      config: { open: true },
    },
    async () => {
      if (useCases.isStopping()) throw new Fault('stopping', { detail: 'The server is draining' });
      const { kind, journal, incarnation, now } = await inTime(useCases.identify());
      return { status: 'ok' as const, version, storage: kind, journal, incarnation, now: timeText(now) };
    },
  );

  app.get(
    '/v1/openapi.json',
    {
      schema: {
        operationId: 'openapi',
        summary: 'This document.',
        tags: ['server'],
        response: { 200: Type.Unknown({ description: 'OpenAPI 3.1' }) },
      },
      config: { open: true },
    },
    async () => app.swagger(),
  );

  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'metrics',
        summary: 'Measurements as Prometheus text.',
        tags: ['server'],
        produces: ['text/plain'],
        response: { 200: Type.String() },
      },
    },
    async (request, reply) => {
      refuseAttempts(callerOf(request).principal, 'read the metrics');
      const text = await counts.text(await useCases.status(), useCases.waits());
      void reply.type(counts.contentType);
      return text;
    },
  );

  app.get(
    '/v1/me',
    {
      schema: {
        operationId: 'me',
        summary: 'Who asks, with which roles.',
        tags: ['server'],
        response: { 200: Me },
      },
    },
    async (request) => {
      const { principal } = callerOf(request);
      return {
        principal: principal.name,
        grants: principal.grants.map(({ role, project }) => ({ role, project })),
      };
    },
  );

  app.get(
    '/v1/servers',
    {
      schema: {
        operationId: 'listServers',
        summary: 'List the servers that share the storage, by name.',
        tags: ['server'],
        querystring: PageQuery,
        response: { 200: ServerList },
      },
      config: { faults: ['cursor_invalid'] },
    },
    async (request) => {
      const { limit = 100, after } = request.query;
      return presentPage(await useCases.listServers(callerOf(request), { limit, after }), presentServer);
    },
  );

  app.post(
    '/v1/login-codes',
    {
      schema: {
        operationId: 'createLoginCode',
        summary: 'Give a code with which a browser gets in, once.',
        tags: ['server'],
        response: { 201: LoginCode },
      },
      config: { unkeyed: true },
    },
    async (request, reply) => {
      const { principal } = callerOf(request);
      // A browser that gets in may do everything, so only who may do everything lets one in.
      allow(principal, 'token.manage', null);
      void reply.code(201);
      return oneTimeCodes.give(principal.name);
    },
  );
};

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Fault('storage_unavailable')), storagePatienceMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
