/** What a request carries through its hooks: who asks, and whether a repetition is meant. */
import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../app/caller.ts';
import type { Principal } from '../../core/access/roles.ts';
import { Fault, type FaultCode } from '../../core/faults.ts';
import { canonicalJson } from '../../core/tasks/canonical.ts';
import type { Idempotency } from '../../ports/storage.ts';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
    /** How the request showed who asks: anew, for streams that outlive it. */
    credential: { readonly text: string; readonly use: 'token' | 'cookie' } | null;
    idempotency: Idempotency | null;
  }
  interface FastifyContextConfig {
    /** `after` and `next` are a place in the record of events, which is no cursor of a list. */
    readonly ownCursor?: boolean;
    /** Answers without a token. All other routes refuse. */
    readonly open?: true;
    /** Faults that the route adds to those which every route of its kind has. */
    readonly faults?: readonly FaultCode[];
    /** Acts on every call: an idempotency key is ignored. */
    readonly unkeyed?: true;
    /** Another media type than JSON that the route answers with when it is asked to. */
    readonly alsoAs?: string;
  }
}

/** Who asks; for reads and for the verbs of workers. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.principal === null) throw new Fault('unauthenticated');
  return { principal: request.principal };
}

/** Who asks, for an act that is done once however often it is sent with the same key. */
export function writerOf(request: FastifyRequest): Caller {
  const caller = callerOf(request);
  const key = request.headers['idempotency-key'];
  if (key === undefined) return caller;
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,200}$/.test(key))
    throw new Fault('invalid_field', {
      field: 'Idempotency-Key',
      found: key,
      expected: '1 to 200 printable characters',
    });
  const [path] = request.url.split('?');
  request.idempotency = {
    route: `${request.method} ${path ?? ''}`,
    key,
    digest: hash('sha256', canonicalJson(request.body ?? null)),
  };
  return { ...caller, idempotency: request.idempotency };
}

/** Aborted when the client has gone before it had its answer, or the server begins to close. */
export function goneSignal(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  reply.raw.once('close', () => {
    closing.removeEventListener('abort', abort);
    if (!reply.raw.writableFinished) abort();
  });
  closing.addEventListener('abort', abort, { once: true });
  if (closing.aborted || reply.raw.destroyed) abort();
  return controller.signal;
}
