/** The pages: plain HTML made here, no script. Who has no session is told how to get one. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { faultTable } from '../../../core/faults.ts';
import { authenticateRequest } from '../authentication.ts';
import { faultOf, statusOf } from '../problem.ts';
import { readStates } from '../read-job-request.ts';
import { callerOf } from '../request-context.ts';
import type { Surroundings } from '../routes/surroundings.ts';
import { JobParams, ProjectParams } from '../schemas/common.ts';
import { setPageHeaders } from '../security-headers.ts';
import { cookieName, sessionCookie, sessionMs } from '../session.ts';
import { databasesPage } from './databases.ts';
import { homePage } from './home.ts';
import { icon } from './icon.ts';
import { jobPage } from './job.ts';
import { entrancePage, faultPage } from './notices.ts';
import { projectPage } from './project.ts';
import { style } from './style.ts';

const HomeQuery = Type.Object({ c: Type.Optional(Type.String()), after: Type.Optional(Type.String()) });
const DatabasesQuery = Type.Object({ after: Type.Optional(Type.String()) });
const ProjectQuery = Type.Object({
  state: Type.Optional(Type.String()),
  after: Type.Optional(Type.String()),
});

export const pageRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (
  app,
  { useCases, oneTimeCodes },
) => {
  app.addHook('onRequest', async (_request, reply) => {
    setPageHeaders(reply);
    void reply.type('text/html; charset=utf-8');
  });
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error);
    const status = statusOf(fault.code);
    if (status === 500) request.log.error({ err: error, url: request.url }, 'a page failed');
    const page = status === 401 ? entrancePage(false) : faultPage(fault, faultTable[fault.code].meaning);
    return reply.code(status).type('text/html; charset=utf-8').send(page);
  });

  const hidden = { config: { open: true } } as const;

  app.get('/icon.svg', { ...hidden, schema: { hide: true } }, async (_request, reply) => {
    void reply.type('image/svg+xml').header('cache-control', 'max-age=3600');
    return icon;
  });
  app.get('/style.css', { ...hidden, schema: { hide: true } }, async (_request, reply) => {
    void reply.type('text/css; charset=utf-8').header('cache-control', 'max-age=3600');
    return style;
  });

  app.get('/', { ...hidden, schema: { hide: true, querystring: HomeQuery } }, async (request, reply) => {
    const { c, after } = request.query;
    // A code is good once, and who only looks must not use it up.
    if (c === undefined || request.method === 'HEAD') {
      await authenticateRequest(request, useCases);
      return homePage(useCases, callerOf(request), after);
    }
    const principal = oneTimeCodes.take(c);
    if (principal === null) return reply.code(401).send(entrancePage(true));
    const issued = await useCases.issueToken(
      { principal },
      { principal, role: 'admin', project: null, use: 'cookie', expiresInMs: sessionMs },
    );
    const name = cookieName(request.socket.localPort);
    void reply.header('set-cookie', sessionCookie(name, issued.token, request.protocol === 'https'));
    return reply.redirect('/', 303);
  });

  app.get(
    '/databases',
    { ...hidden, schema: { hide: true, querystring: DatabasesQuery } },
    async (request) => {
      await authenticateRequest(request, useCases);
      return databasesPage(useCases, callerOf(request), request.query.after);
    },
  );

  app.get(
    '/projects/:project',
    { ...hidden, schema: { hide: true, params: ProjectParams, querystring: ProjectQuery } },
    async (request) => {
      await authenticateRequest(request, useCases);
      const { state, after } = request.query;
      const [chosen] = readStates(state) ?? [];
      return projectPage(useCases, callerOf(request), {
        project: request.params.project,
        state: chosen,
        after,
      });
    },
  );

  app.get(
    '/projects/:project/jobs/:number',
    { ...hidden, schema: { hide: true, params: JobParams } },
    async (request) => {
      await authenticateRequest(request, useCases);
      return jobPage(useCases, callerOf(request), request.params);
    },
  );
};
