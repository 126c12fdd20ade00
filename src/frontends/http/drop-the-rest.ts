import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';

/**
 * Reads and drops what is still to come of a request that is refused, for as long as a request may take. Who is sending
 * when the connection is closed meets a reset, and reads no answer.
 */
export function dropTheRest(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    finished(request, () => resolve());
    request.resume();
  });
}
