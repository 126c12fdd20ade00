import { EventLines, type ServerSentEvent } from './event-lines.ts';
import { LabkeepError } from './labkeep-error.ts';
import type { CallOptions, PageQuery } from './options.ts';
import { pause } from './pause.ts';
import { grownPauseMs, mayPass } from './repetition.ts';
import type { Transport } from './transport.ts';
import type { Event, EventList } from './types.ts';

export interface EventQuery extends PageQuery {
  readonly project?: string | undefined;
}

export interface StreamOptions {
  /** A cursor: `asOf` of a list, or of the last event seen. Without it the stream begins now. */
  readonly after?: string | undefined;
  readonly project?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called whenever the stream is connected. */
  readonly onOpen?: (() => void) | undefined;
}

/** A server says something at least every 15 s; after this silence (ms) the connection is taken for dead. */
const silenceMsMax = 45_000;
const reconnectMs = 100;
const reconnectMsMax = 10_000;

export class Events {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(query: EventQuery = {}, options?: CallOptions): Promise<EventList> {
    return this.#transport.json({
      method: 'GET',
      path: '/v1/events',
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  /** All that had happened by the time it gets there, from the oldest kept unless a cursor is given. */
  async *each(query: EventQuery = {}, options?: CallOptions): AsyncGenerator<Event, void, undefined> {
    for (let current = query; ; ) {
      const { items, next, asOf } = await this.list(current, options);
      yield* items;
      if (next === asOf || next === current.after) return;
      current = { ...current, after: next };
    }
  }

  /**
   * Endless: goes on by itself after a cut, without gap or double, until the signal ends it (then it throws the
   * signal’s reason) or the caller leaves the loop. A cursor that is gone throws `cursor_gone`: take a list and go
   * on from its `asOf`.
   */
  async *stream(options: StreamOptions = {}): AsyncGenerator<Event, void, undefined> {
    let place = options.after;
    for (let failures = 0; ; failures++) {
      options.signal?.throwIfAborted();
      const { url } = this.#transport;
      try {
        for await (const event of this.#connection(place, options)) {
          failures = 0;
          place = event.id ?? place;
          if (event.data !== null) yield JSON.parse(event.data) as Event;
        }
      } catch (error) {
        options.signal?.throwIfAborted();
        if (error instanceof LabkeepError && !mayPass(error)) throw error;
        this.#transport.turn(url);
      }
      await pause(grownPauseMs(failures, reconnectMs, reconnectMsMax), options.signal);
    }
  }

  async *#connection(
    place: string | undefined,
    options: StreamOptions,
  ): AsyncGenerator<ServerSentEvent, void, undefined> {
    const controller = new AbortController();
    const stop = (): void => controller.abort(options.signal?.reason);
    options.signal?.addEventListener('abort', stop, { once: true });
    const silence = new Silence(() => controller.abort(new Error('the event stream fell silent')));
    try {
      const response = await this.#transport.open(
        {
          method: 'GET',
          path: '/v1/events',
          query: { project: options.project },
          headers: {
            accept: 'text/event-stream',
            ...(place === undefined ? {} : { 'last-event-id': place }),
          },
          repeat: 'never',
          options: undefined,
        },
        controller.signal,
      );
      options.onOpen?.();
      if (response.body === null) return;
      const lines = new EventLines();
      const decoder = new TextDecoder();
      for await (const bytes of response.body) {
        silence.broken();
        yield* lines.push(decoder.decode(bytes, { stream: true }));
      }
    } finally {
      silence.clear();
      options.signal?.removeEventListener('abort', stop);
      controller.abort();
    }
  }
}

/** Calls when nothing was heard for too long. */
class Silence {
  readonly #act: () => void;
  #timer: ReturnType<typeof setTimeout>;

  constructor(act: () => void) {
    this.#act = act;
    this.#timer = setTimeout(act, silenceMsMax);
  }

  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#act, silenceMsMax);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
