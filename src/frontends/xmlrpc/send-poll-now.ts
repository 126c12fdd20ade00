import { request } from 'node:http';
import type { Timers } from '../../ports/timers.ts';
import { writeCall } from '../../wire/xmlrpc/write-message.ts';
import type { PollAddress } from './poll-now.ts';

const wholeMs = 3_000;

/** Calls `poll_now` at a worker’s address; whatever it answers, nothing but the status is read. */
export function sendPollNow(timers: Timers): (address: PollAddress) => Promise<boolean> {
  const body = writeCall({ method: 'poll_now', params: [] });
  return ({ host, port }) =>
    new Promise((resolve) => {
      const call = request({
        host,
        port,
        path: '/RPC2',
        method: 'POST',
        agent: false,
        headers: { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) },
      });
      const stopTimer = timers.after(wholeMs, () => call.destroy());
      const end = (heard: boolean): void => {
        stopTimer();
        call.destroy();
        resolve(heard);
      };
      call.on('response', ({ statusCode }) => end(statusCode === 200));
      // Who is not reached asks at its own time; PollNow counts it.
      call.on('error', () => end(false));
      call.on('close', () => end(false));
      call.end(body);
    });
}
