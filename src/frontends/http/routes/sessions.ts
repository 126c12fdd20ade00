import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { presentNotice, presentSession, readSession } from '../present/locks.ts';
import { presentPage } from '../present/pages.ts';
import { callerOf, writerOf } from '../request-context.ts';
import {
  EndSessionQuery,
  NewSession,
  Session,
  SessionDatabases,
  SessionList,
  SessionParams,
  SessionQuery,
  SessionRenewal,
  SessionRenewed,
} from '../schemas/sessions.ts';
import type { Surroundings } from './surroundings.ts';

const shut = ['database_unknown', 'database_off', 'database_closed'] as const;
const gone = ['session_unknown', 'session_ended'] as const;

export const sessionRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases }) => {
  app.post(
    '/v1/sessions',
    {
      schema: {
        operationId: 'openSession',
        summary: 'Open a session, which lives by its lease.',
        tags: ['locks'],
        body: NewSession,
        response: { 201: Session },
      },
      config: { faults: shut },
    },
    async (request, reply) => {
      const session = await useCases.openSession(writerOf(request), request.body);
      void reply.code(201);
      return presentSession(session);
    },
  );

  app.get(
    '/v1/sessions',
    {
      schema: {
        operationId: 'listSessions',
        summary: 'List the sessions, newest first.',
        tags: ['locks'],
        querystring: SessionQuery,
        response: { 200: SessionList },
      },
      config: { faults: ['cursor_invalid'] },
    },
    async (request) => {
      const { limit = 100, after, ended } = request.query;
      const asked = { limit, after, ended: ended === 'true' };
      return presentPage(await useCases.listSessions(callerOf(request), asked), presentSession);
    },
  );

  app.get(
    '/v1/sessions/:session',
    {
      schema: {
        operationId: 'getSession',
        summary: 'Read a session; one that has ended is kept for a day.',
        tags: ['locks'],
        params: SessionParams,
        response: { 200: Session },
      },
      config: { faults: ['session_unknown'] },
    },
    async (request) =>
      presentSession(await useCases.getSession(callerOf(request), readSession(request.params.session))),
  );

  app.post(
    '/v1/sessions/:session/renew',
    {
      schema: {
        operationId: 'renewSession',
        summary: 'Extend the lease of a session, and hear which of its databases are about to be closed.',
        tags: ['locks'],
        params: SessionParams,
        body: SessionRenewal,
        response: { 200: SessionRenewed },
      },
      config: { unkeyed: true, faults: gone },
    },
    async (request) => {
      const { used = false } = request.body;
      const session = readSession(request.params.session);
      const renewed = await useCases.renewSession(callerOf(request), { session, used });
      return { leaseMs: renewed.leaseMs, notices: renewed.notices.map(presentNotice) };
    },
  );

  app.post(
    '/v1/sessions/:session/databases',
    {
      schema: {
        operationId: 'openDatabases',
        summary: 'Open databases within a session, and leave others.',
        tags: ['locks'],
        params: SessionParams,
        body: SessionDatabases,
        response: { 200: Session },
      },
      config: { faults: [...gone, ...shut] },
    },
    async (request) => {
      const { open = [], leave = [] } = request.body;
      const session = readSession(request.params.session);
      return presentSession(await useCases.openDatabases(writerOf(request), { session, open, leave }));
    },
  );

  app.delete(
    '/v1/sessions/:session',
    {
      schema: {
        operationId: 'endSession',
        summary: 'End a session: what it held and waited for is free at once. Repeating it changes nothing.',
        tags: ['locks'],
        params: SessionParams,
        querystring: EndSessionQuery,
        response: { 200: Session },
      },
      config: { faults: ['session_unknown'] },
    },
    async (request) => {
      const session = readSession(request.params.session);
      return presentSession(
        await useCases.endSession(writerOf(request), session, request.query.text ?? null),
      );
    },
  );
};
