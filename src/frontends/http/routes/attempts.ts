import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readWorker } from '../../../core/dispatch/worker-id.ts';
import { Fault } from '../../../core/faults.ts';
import { presentClaimed } from '../present/workers.ts';
import { callerOf, goneSignal } from '../request-context.ts';
import {
  ConfirmAnswer,
  ConfirmRequest,
  FinishAnswer,
  FinishRequest,
  OutputAnswer,
  OutputRequest,
  RenewAnswer,
  RenewRequest,
} from '../schemas/attempts.ts';
import { ClaimAnswer, ClaimRequest } from '../schemas/claims.ts';
import type { Surroundings } from './surroundings.ts';

export const attemptRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (
  app,
  { useCases, counts, closing },
) => {
  app.post(
    '/v1/claims',
    {
      schema: {
        operationId: 'claimJobs',
        summary: 'Ask for work and say what is held; with nothing to hand out, wait up to waitMs.',
        tags: ['workers'],
        body: ClaimRequest,
        response: { 200: ClaimAnswer },
      },
      config: { faults: ['worker_unknown', 'too_many_requests', 'protocol_unsupported'] },
    },
    async (request, reply) => {
      const { protocol, worker, capacity, held, seen, waitMs = 0, aliases } = request.body;
      const gone = waitMs === 0 ? undefined : goneSignal(reply, closing);
      const claimed = await useCases.claimJobs(
        callerOf(request),
        { protocol, worker: readWorker(worker), capacity, held, seen, waitMs, aliases },
        gone,
      );
      counts.claimed(claimed.offers.length);
      return presentClaimed(claimed);
    },
  );

  app.post(
    '/v1/attempts/confirm',
    {
      schema: {
        operationId: 'confirmAttempts',
        summary: 'Confirm the receipt of offers; only what the answer names may be started.',
        tags: ['workers'],
        body: ConfirmRequest,
        response: { 200: ConfirmAnswer },
      },
      config: { faults: ['worker_unknown'] },
    },
    async (request) => {
      const { worker, attempts } = request.body;
      const answer = await useCases.confirmAttempts(callerOf(request), {
        worker: readWorker(worker),
        attempts,
      });
      return { start: [...answer.start], refused: [...answer.refused] };
    },
  );

  app.post(
    '/v1/attempts/renew',
    {
      schema: {
        operationId: 'renewAttempts',
        summary: 'Extend the worker’s one lease and report progress.',
        tags: ['workers'],
        body: RenewRequest,
        response: { 200: RenewAnswer },
      },
      config: { faults: ['worker_unknown'] },
    },
    async (request) => {
      const { worker, progress = [] } = request.body;
      const answer = await useCases.renewAttempts(callerOf(request), {
        worker: readWorker(worker),
        progress,
      });
      return { leaseMs: answer.leaseMs, cancel: [...answer.cancel], lost: [...answer.lost] };
    },
  );

  app.post(
    '/v1/attempts/output',
    {
      schema: {
        operationId: 'appendOutput',
        summary: 'Append to the log of an attempt; a sequence number that is there already is ignored.',
        tags: ['workers'],
        body: OutputRequest,
        response: { 200: OutputAnswer },
      },
      config: { faults: ['attempt_unknown', 'epoch_stale', 'incarnation_stale'] },
    },
    async (request) => {
      const { attempt, epoch, chunks } = request.body;
      const read = chunks.map(({ stream, seq, data }, index) => ({
        stream,
        sequence: seq,
        data: readBase64(data, `chunks[${index}].data`),
      }));
      return useCases.appendOutput(callerOf(request), { attempt, epoch, chunks: read });
    },
  );

  app.post(
    '/v1/attempts/finish',
    {
      schema: {
        operationId: 'finishAttempts',
        summary: 'Report the end of attempts; what comes too late is recorded and changes nothing.',
        tags: ['workers'],
        body: FinishRequest,
        response: { 200: FinishAnswer },
      },
      config: { faults: ['attempt_unknown'] },
    },
    async (request) => ({
      results: [...(await useCases.finishAttempts(callerOf(request), request.body.attempts))],
    }),
  );
};

/** Buffer would skip what is not base64; here that is refused. */
function readBase64(text: string, field: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  const padded = Math.ceil(bytes.length / 3) * 4;
  if (text.length !== padded || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw new Fault('invalid_field', { field, found: text, expected: 'base64 with padding' });
  return bytes;
}
