import { LabkeepClient } from '@labkeep/client';
import type { CallLimits, ServerAddress, WorkerConnection } from './connection.ts';

/** The worker’s verbs over HTTP. The client’s own repetition is off: the worker repeats, and knows until when. */
export function connect(server: ServerAddress): WorkerConnection {
  const { url, token } = server;
  const client = new LabkeepClient({ url, token, retry: { forMs: 0 } });
  const once = (limits: CallLimits) => ({ ...limits, retryForMs: 0 });
  return {
    register: (request, limits) => client.workers.register(request, once(limits)),
    claim: (request, limits) => client.claims(request, once(limits)),
    confirm: (request, limits) => client.attempts.confirm(request, once(limits)),
    renew: (request, limits) => client.attempts.renew(request, once(limits)),
    output: (request, limits) => client.attempts.output(request, once(limits)),
    finish: (request, limits) => client.attempts.finish(request, once(limits)),
  };
}
