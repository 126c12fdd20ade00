/** Refusals as problem details (RFC 9457): the one place where a fault becomes an answer. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { asSentence, Fault, type FaultCode, faultTable, toldFault } from '../../core/faults.ts';
import { isInTheWay } from '../../core/locks/in-the-way.ts';
import { presentInTheWay } from './present/locks.ts';
import { bodyBytesMax } from './read-body.ts';
import type { Problem } from './schemas/common.ts';

export const problemType = 'application/problem+json; charset=utf-8';

export function problemOf(fault: Fault): Problem {
  const { meaning, advice } = faultTable[fault.code];
  const { field, found, expected, detail } = fault.said;
  return {
    type: `https://labkeep.dev/errors#${fault.code}`,
    title: meaning,
    status: statusOf(fault.code),
    detail: asSentence(detail ?? meaning),
    code: fault.code,
    ...(field === undefined ? {} : { field }),
    ...(found === undefined ? {} : { found: brief(found) }),
    ...(expected === undefined ? {} : { expected }),
    ...factsOf(fault),
    advice,
  };
}

/** What a refusal says to programs, beyond what all refusals say. */
function factsOf({ code, said: { facts = {} } }: Fault): Partial<Problem> {
  switch (code) {
    case 'selection_invalid':
    case 'session_ended':
    case 'database_closed':
    case 'task_already_running':
    case 'too_many_requests':
      return facts;
    case 'lock_conflict':
    case 'lock_upgrade_conflict':
    case 'lock_timeout':
      if (!Array.isArray(facts.holders) || typeof facts.position !== 'number') return {};
      return {
        holders: facts.holders.filter(isInTheWay).map(presentInTheWay),
        position: facts.position,
      };
    default:
      return {};
  }
}

export function statusOf(code: FaultCode): number {
  return faultTable[code].status ?? 500;
}

/** Seconds after which a repetition may help, where the fault itself says nothing of it. */
const retryAfterSeconds: Partial<Record<FaultCode, number>> = {
  too_many_requests: 1,
  storage_unavailable: 1,
  storage_busy: 1,
  storage_newer: 30,
  stopping: 1,
};

function retryAfter({ code, said: { facts = {} } }: Fault): number | undefined {
  return typeof facts.pollAfterMs === 'number'
    ? Math.ceil(facts.pollAfterMs / 1_000)
    : retryAfterSeconds[code];
}

export function sendProblem(reply: FastifyReply, fault: Fault): FastifyReply {
  const again = retryAfter(fault);
  if (again !== undefined) void reply.header('retry-after', again);
  if (statusOf(fault.code) === 401) void reply.header('www-authenticate', 'Bearer');
  return reply
    .code(statusOf(fault.code))
    .type(problemType)
    .send(JSON.stringify(problemOf(fault)));
}

/** Turns whatever was thrown into an answer. Only what is a fault of the server’s own is logged, and only there. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Who goes away in the middle of a request reads no answer, and has done nobody any harm.
  const { complete, destroyed } = request.raw;
  const fault = destroyed && !complete ? cutShort(error) : faultOf(error);
  if (statusOf(fault.code) === 500)
    request.log.error({ err: error, method: request.method, url: request.url }, 'a request failed');
  return sendProblem(reply, fault.code === 'internal' ? new Fault('internal') : fault);
}

function cutShort(error: unknown): Fault {
  const known = faultOf(error);
  return known.code === 'internal'
    ? new Fault('malformed_body', { detail: 'The request was cut short' }, error)
    : known;
}

export function faultOf(error: unknown): Fault {
  return isFrameworkError(error) ? frameworkFault(error) : toldFault(error);
}

function isFrameworkError(error: unknown): error is FastifyError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('FST_')
  );
}

function frameworkFault(error: FastifyError): Fault {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Fault(
        'too_large',
        { field: 'body', expected: `at most ${bodyBytesMax / 2 ** 20} MiB` },
        error,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Fault('unsupported_media_type', {}, error);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Fault(
        'malformed_body',
        { detail: 'The body is not as long as its Content-Length says' },
        error,
      );
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Fault('route_unknown', {}, error);
    default:
      return new Fault('internal', {}, error);
  }
}

/** What was found, shortened: nobody gets back the megabyte that was sent. */
function brief(found: unknown): unknown {
  if (typeof found === 'string') return found.length > 200 ? `${found.slice(0, 200)}…`.toWellFormed() : found;
  if (typeof found === 'number') return Number.isFinite(found) ? found : String(found);
  const text = JSON.stringify(found) ?? String(found);
  return text.length > 500 ? `${text.slice(0, 200)}…`.toWellFormed() : found;
}
