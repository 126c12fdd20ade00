/**
 * The native front-end: JSON over HTTP, events, metrics and the pages, over the use cases. Whatever it refuses, it
 * refuses in one shape; every route but those marked `open` asks for a token.
 */
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import swagger from '@fastify/swagger';
import fastify, {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyHttpsOptions,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { UseCases } from '../../app/use-cases.ts';
import { Fault } from '../../core/faults.ts';
import { authenticateRequest } from './authentication.ts';
import { dropTheRest } from './drop-the-rest.ts';
import { checkAddress, checkEncoding, checkHost, checkOrigin } from './guards.ts';
import { KnownRoutes } from './known-routes.ts';
import { addListCursors } from './list-cursors.ts';
import type { Counts } from './metrics.ts';
import type { OneTimeCodes } from './one-time-codes.ts';
import { openapiOptions } from './openapi.ts';
import { pageRoutes } from './pages/routes.ts';
import { handleError, sendProblem } from './problem.ts';
import { bodyBytesMax, readBody } from './read-body.ts';
import { ReadTurns } from './read-turns.ts';
import { attemptRoutes } from './routes/attempts.ts';
import { commentRoutes } from './routes/comments.ts';
import { databaseRoutes } from './routes/databases.ts';
import { directoryRoutes } from './routes/directories.ts';
import { eventRoutes } from './routes/events.ts';
import { jobActRoutes } from './routes/job-acts.ts';
import { jobViewRoutes } from './routes/job-views.ts';
import { jobRoutes } from './routes/jobs.ts';
import { lockRoutes } from './routes/locks.ts';
import { projectRoutes } from './routes/projects.ts';
import { provenanceRoutes } from './routes/provenance.ts';
import { releaseRoutes } from './routes/releases.ts';
import { runRoutes } from './routes/runs.ts';
import { selectionRoutes } from './routes/selections.ts';
import { serverRoutes } from './routes/server.ts';
import { sessionRoutes } from './routes/sessions.ts';
import type { Surroundings } from './routes/surroundings.ts';
import { taskRoutes } from './routes/tasks.ts';
import { templateRoutes } from './routes/templates.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { verifyRoutes } from './routes/verify.ts';
import { workerRoutes } from './routes/workers.ts';
import { Nothing } from './schemas/common.ts';
import { setCommonHeaders } from './security-headers.ts';
import { OpenExchanges } from './unreadable.ts';
import { validatorCompiler } from './validators.ts';

export interface HttpOptions {
  readonly useCases: UseCases;
  readonly version: string;
  /** Names and addresses, without port, by which requests may call this server; IPv6 in brackets. */
  readonly allowedHosts: readonly string[];
  readonly oneTimeCodes: OneTimeCodes;
  readonly counts: Counts;
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  readonly patience?: Partial<Patience>;
  readonly log?: FastifyBaseLogger;
  /** Called when somebody asks for something; not for what workers and watchmen ask by themselves. */
  readonly onAsked?: () => void;
}

/** How long a request may take to come: who sends a byte now and then holds no connection for ever. */
export interface Patience {
  readonly headersMsMax: number;
  /** Headers and body. */
  readonly requestMsMax: number;
  /** How often connections are looked at for that. */
  readonly checkMs: number;
}

const usualPatience: Patience = { headersMsMax: 60_000, requestMsMax: 120_000, checkMs: 10_000 };
/** Connections that are still busy so long after the server began to close are cut. */
const closeMsMax = 3_000;
/** What is asked for again and again by nobody in particular. */
const unasked = new Set(['/v1/claims', '/v1/attempts/renew', '/v1/health', '/metrics']);

export async function buildHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { useCases, version, oneTimeCodes, counts } = options;
  const exchanges = new OpenExchanges();
  const app = openFastify(options, exchanges);
  const closing = new AbortController();
  const allowedHosts = new Set(options.allowedHosts.map((host) => host.toLowerCase()));
  const known = new KnownRoutes();
  const turns = new ReadTurns();

  app.decorate('knownRoutes', known);
  app.decorateRequest('principal', null);
  app.decorateRequest('credential', null);
  app.decorateRequest('idempotency', null);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(handleError);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      checkEncoding(request);
      return readBody(body);
    },
  );

  app.addHook('onRoute', (route) => {
    known.add(route);
    // What takes no query refuses one: a filter that is not there must not seem to hold.
    if (route.schema?.hide !== true) route.schema = { querystring: Nothing, ...route.schema };
  });
  app.addHook('onRequest', async (request, reply) => {
    exchanges.add({ request: request.raw, response: reply.raw });
    setCommonHeaders(reply);
    if (closing.signal.aborted) {
      void reply.header('connection', 'close');
      throw new Fault('stopping');
    }
    checkHost(request, allowedHosts);
    checkOrigin(request);
    checkAddress(request);
    if (!unasked.has(request.routeOptions.url ?? '')) options.onAsked?.();
    if (request.is404 || request.routeOptions.config.open === true) return;
    await authenticateRequest(request, useCases);
  });
  app.addHook('preHandler', async ({ method, raw }) => {
    if (method === 'GET' || method === 'HEAD') await turns.take(raw);
  });
  addListCursors(app);
  app.addHook('onSend', async (request, reply) => {
    turns.done(request.raw);
    if (request.idempotency?.replayed === true) void reply.header('idempotency-replayed', 'true');
    if (reply.statusCode >= 400) await dropTheRest(request.raw);
  });
  app.addHook('onResponse', async (request, reply) => {
    counts.answered(request.routeOptions.url ?? 'unknown', reply.statusCode);
    if (request.routeOptions.url !== '/v1/claims') counts.took(reply.elapsedTime / 1_000);
  });
  app.setNotFoundHandler((request, reply) => {
    const methods = known.methodsOf(request.url);
    if (methods.length === 0) return sendProblem(reply, new Fault('route_unknown', { found: request.url }));
    void reply.header('allow', methods.join(', '));
    const expected = methods.join(' or ');
    return sendProblem(reply, new Fault('method_not_allowed', { found: request.method, expected }));
  });
  app.addHook('preClose', async () => {
    closing.abort();
    setTimeout(() => app.server.closeAllConnections(), closeMsMax).unref();
  });

  await app.register(swagger, openapiOptions(version));
  const surroundings: Surroundings = { useCases, version, oneTimeCodes, counts, closing: closing.signal };
  for (const routes of [
    serverRoutes,
    projectRoutes,
    jobRoutes,
    selectionRoutes,
    jobActRoutes,
    jobViewRoutes,
    commentRoutes,
    templateRoutes,
    taskRoutes,
    workerRoutes,
    attemptRoutes,
    runRoutes,
    directoryRoutes,
    databaseRoutes,
    releaseRoutes,
    provenanceRoutes,
    sessionRoutes,
    lockRoutes,
    eventRoutes,
    tokenRoutes,
    verifyRoutes,
    pageRoutes,
  ])
    await app.register(routes, surroundings);
  return app;
}

function openFastify({ tls, log, patience }: HttpOptions, exchanges: OpenExchanges): FastifyInstance {
  const { headersMsMax, requestMsMax, checkMs } = { ...usualPatience, ...patience };
  const limits = { headersTimeout: headersMsMax, connectionsCheckingInterval: checkMs };
  const common = {
    ...(log === undefined ? {} : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    requestTimeout: requestMsMax,
    routerOptions: { maxParamLength: 500 },
    exposeHeadRoutes: true,
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void handleError(error, request, reply),
    clientErrorHandler: (error, socket) => exchanges.refuse(error, socket),
  } satisfies FastifyHttpOptions<Server>;
  if (tls === undefined) return fastify({ ...common, http: limits });
  const secure: FastifyHttpsOptions<TlsServer> = {
    ...common,
    https: { ...limits, cert: tls.cert, key: tls.key },
  };
  return fastify(secure);
}
