import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Fault } from '../../../core/faults.ts';
import { sendEvents } from '../event-stream.ts';
import { presentEvent } from '../present/events.ts';
import { callerOf } from '../request-context.ts';
import { EventList, EventsHeaders, EventsQuery } from '../schemas/events.ts';
import type { Surroundings } from './surroundings.ts';

export const eventRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases, closing }) => {
  app.get(
    '/v1/events',
    {
      schema: {
        operationId: 'listEvents',
        summary: 'List the events after a cursor; with Accept: text/event-stream, an endless stream of them.',
        tags: ['events'],
        querystring: EventsQuery,
        headers: EventsHeaders,
        response: { 200: EventList },
      },
      config: {
        alsoAs: 'text/event-stream',
        ownCursor: true,
        faults: ['project_unknown', 'cursor_invalid', 'cursor_gone', 'too_many_requests'],
      },
    },
    async (request, reply) => {
      const { after, project, limit = 100 } = request.query;
      const caller = callerOf(request);
      if (request.method === 'HEAD' || !(request.headers.accept ?? '').includes('text/event-stream')) {
        const page = await useCases.listEvents(caller, { after, project, limit });
        const { incarnation, next } = page;
        return { items: page.items.map((event) => presentEvent(event, incarnation)), next, asOf: page.asOf };
      }
      const resumed = lastEventId(request.headers['last-event-id']) ?? after;
      const stream = await useCases.streamEvents(caller, { after: resumed, project });
      const { credential } = request;
      if (credential === null) throw new Fault('unauthenticated');
      const headers = Object.fromEntries(
        Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, String(value)]],
        ),
      );
      reply.hijack();
      await sendEvents({
        stream,
        response: reply.raw,
        headers,
        stillAllowed: () => useCases.authenticate(credential.text, credential.use),
        closing,
      }).catch((error: unknown) => request.log.warn({ err: error }, 'an event stream broke off'));
    },
  );
};

function lastEventId(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text === '' ? undefined : text;
}
