/**
 * Server-sent events. A client that takes too little is not waited for: nothing more is written while its socket is
 * full, and what it does not fetch in time ends its stream. It comes back with the cursor of the last event it has.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventStream } from '../../app/event-feed.ts';
import { writeCursor } from '../../core/events/cursor.ts';
import type { RecordedEvent } from '../../core/events/event.ts';
import { presentEvent } from './present/events.ts';

const heartbeatMs = 15_000;
/** A socket that stays full for so long is given up. */
const stallMs = 30_000;

export interface Sse {
  readonly stream: EventStream;
  readonly response: ServerResponse;
  readonly headers: Readonly<Record<string, string>>;
  /** Asked at every heartbeat; rejects when the token is good no longer. */
  readonly stillAllowed: () => Promise<unknown>;
  readonly closing: AbortSignal;
}

/** Writes until the client goes, the stream ends, or the server closes. */
export async function sendEvents({ stream, response, headers, stillAllowed, closing }: Sse): Promise<void> {
  const end = (): void => stream.close();
  const beat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(':\n\n');
    stillAllowed().catch(end);
  }, heartbeatMs);
  response.on('close', end);
  response.on('error', end);
  closing.addEventListener('abort', end, { once: true });
  if (closing.aborted || response.destroyed) end();
  try {
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'close',
    });
    // A block without data is no event, but moves the place from which a client resumes.
    response.write(`id: ${writeCursor(stream.start)}\n\n`);
    for (let next = await stream.next(); next !== null; next = await stream.next()) {
      const { incarnation } = next.upTo;
      const free = response.write(next.events.map((event) => frameOf(event, incarnation)).join(''));
      if (!free) await drained(response);
    }
  } finally {
    clearInterval(beat);
    closing.removeEventListener('abort', end);
    stream.close();
    if (response.writableNeedDrain) response.destroy();
    else response.end();
  }
}

/** One text for all clients: an event is the same object wherever the ring gives it. */
const frames = new WeakMap<RecordedEvent, string>();

function frameOf(event: RecordedEvent, incarnation: string): string {
  const known = frames.get(event);
  if (known !== undefined) return known;
  const shown = presentEvent(event, incarnation);
  const frame = `id: ${shown.cursor}\nevent: ${shown.type}\ndata: ${JSON.stringify(shown)}\n\n`;
  frames.set(event, frame);
  return frame;
}

async function drained(response: ServerResponse): Promise<void> {
  const given = new AbortController();
  const timer = setTimeout(() => response.destroy(), stallMs);
  try {
    await Promise.race([
      once(response, 'drain', { signal: given.signal }),
      once(response, 'close', { signal: given.signal }),
    ]);
  } finally {
    clearTimeout(timer);
    given.abort();
  }
}
