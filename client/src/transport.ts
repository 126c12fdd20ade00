/**
 * One call: addresses, authorization, time limits and repetition. A call is repeated only when that is safe: reads,
 * writes that carry an idempotency key, and the verbs of workers that are idempotent by attempt and epoch.
 */
import { type Answered, type Asked, type Exchange, exchangeHere } from './exchange.ts';
import { LabkeepError, readRefusal } from './labkeep-error.ts';
import type { CallOptions, ClientOptions } from './options.ts';
import { pause } from './pause.ts';
import { askedPauseMs, grownPauseMs } from './repetition.ts';
import { untrusted } from './untrusted.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** How a repetition is made safe: by a key, by the nature of the call, or not at all. */
  readonly repeat: 'key' | 'safe' | 'never';
  readonly options: CallOptions | undefined;
  /** Added to the limit of one try, for calls that wait. */
  readonly waitMs?: number;
}

const retryDefaults = { forMs: 30_000, delayMs: 100, delayMsMax: 5_000 } as const;

export class Transport {
  readonly #urls: readonly string[];
  readonly #token: string | null;
  readonly #fetch: typeof fetch;
  readonly #exchange: Exchange;
  readonly #retry: { readonly forMs: number; readonly delayMs: number; readonly delayMsMax: number };
  readonly #timeoutMs: number;
  #current = 0;

  constructor(options: ClientOptions) {
    const urls = [...(options.url?.split(',') ?? []), ...(options.urls ?? [])].map((url) => url.trim());
    if (urls.length === 0)
      throw new LabkeepError({ code: 'usage', detail: 'A client needs the url of a server.' });
    this.#urls = [...new Set(urls.map((url) => url.replace(/\/+$/, '')))];
    this.#token = options.token ?? null;
    // Called without a receiver: a browser's fetch refuses any other than the window.
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#exchange = options.fetch ?? sharedExchange();
    this.#retry = { ...retryDefaults, ...options.retry };
    this.#timeoutMs = options.timeoutMs ?? 30_000;
  }

  async json<T>(call: Call): Promise<T> {
    // The one place where an answer is believed: server and types are generated from the same schemas.
    return (await this.#repeat(call, async (response) => JSON.parse(await response.text()))) as T;
  }

  async text(call: Call): Promise<string> {
    return this.#repeat(call, (response) => response.text());
  }

  async nothing(call: Call): Promise<void> {
    await this.#repeat(call, (response) => response.text());
  }

  /** One try, whose body is left to the caller; the time limit ends with the headers. */
  async open(call: Call, signal: AbortSignal): Promise<Response> {
    return this.#once(call, {}, signal, this.#fetch);
  }

  /** The address that is asked now. */
  get url(): string {
    return this.#urls[this.#current] ?? '';
  }

  /** Takes the next address, after this one was away; unless another call has done so already. */
  turn(from: string): void {
    if (from === this.url) this.#current = (this.#current + 1) % this.#urls.length;
  }

  async #repeat<T>(call: Call, read: (response: Answered) => Promise<T>): Promise<T> {
    const headers: Record<string, string> = {};
    if (call.repeat === 'key')
      headers['idempotency-key'] = call.options?.idempotencyKey ?? crypto.randomUUID();
    const forMs = call.repeat === 'never' ? 0 : (call.options?.retryForMs ?? this.#retry.forMs);
    const endsAt = performance.now() + forMs;
    let untrusted = 0;
    for (let tries = 0; ; tries++) {
      const failure = await this.#try(call, headers, read);
      if ('value' in failure) return failure.value;
      const pauseMs = this.#pauseMs(failure.error, tries);
      if (pauseMs === null || forMs === 0) throw failure.error;
      untrusted = failure.error.code === 'certificate_refused' ? untrusted + 1 : 0;
      // Where no address has a certificate that is accepted, waiting mends nothing.
      if (untrusted >= this.#urls.length) throw failure.error;
      // Every address is tried once, however long the first was waited for.
      const roundOver = tries + 1 >= this.#urls.length;
      if (roundOver && performance.now() + pauseMs > endsAt) throw failure.error;
      await pause(pauseMs, call.options?.signal);
    }
  }

  async #try<T>(
    call: Call,
    headers: Readonly<Record<string, string>>,
    read: (response: Answered) => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly error: LabkeepError }> {
    const limit = new TimeLimit(
      (call.options?.timeoutMs ?? this.#timeoutMs) + (call.waitMs ?? 0),
      call.options?.signal,
    );
    const { url } = this;
    try {
      return { value: await read(await this.#once(call, headers, limit.signal, this.#exchange)) };
    } catch (error) {
      call.options?.signal?.throwIfAborted();
      const failure = error instanceof LabkeepError ? error : (untrusted(url, error) ?? away(url, error));
      // A server of another version may understand what this one does not.
      if (isAway(failure) || failure.code === 'protocol_unsupported') this.turn(url);
      return { error: failure };
    } finally {
      limit.clear();
    }
  }

  async #once<T extends Answered>(
    call: Call,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    exchange: (url: string, asked: Asked) => Promise<T>,
  ): Promise<T> {
    const url = `${this.url}${call.path}${queryText(call.query)}`;
    const asked: Asked = {
      method: call.method,
      headers: {
        accept: 'application/json',
        ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
        ...call.headers,
      },
      signal,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    };
    const response = await exchange(url, asked);
    if (!response.ok) throw await readRefusal(response);
    return response;
  }

  /** How long to wait before the next try; null if another try would not help. */
  #pauseMs(error: LabkeepError, tries: number): number | null {
    if (!isAway(error)) return null;
    const { delayMs, delayMsMax } = this.#retry;
    const rounds = Math.floor((tries + 1) / this.#urls.length);
    // The next address may answer at once; a little time apart, so that not all who were cut off come together.
    if ((tries + 1) % this.#urls.length !== 0) return Math.random() * delayMs;
    return askedPauseMs(error, grownPauseMs(Math.max(0, rounds - 1), delayMs, delayMsMax));
  }
}

/** Nobody answered, or a server that cannot serve just now, or has no place for who waits; another one may. */
function isAway({ code, status }: LabkeepError): boolean {
  if (code === 'server_away' || code === 'certificate_refused') return true;
  return status === 429 || status === 502 || status === 503 || status === 504;
}

function away(url: string, cause: unknown): LabkeepError {
  return new LabkeepError(
    {
      code: 'server_away',
      detail: `No server answers at ${url}.`,
      advice: 'Start one with labkeep up, or name another address.',
    },
    cause,
  );
}

let shared: Exchange | null = null;

/** One for all clients of this process, so that they share connections. */
function sharedExchange(): Exchange {
  shared ??= exchangeHere();
  return shared;
}

/** Ends one try by time, or with the caller’s own signal. */
class TimeLimit {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #outer: AbortSignal | undefined;
  readonly #pass = (): void => this.#controller.abort(this.#outer?.reason);

  constructor(limitMs: number, outer: AbortSignal | undefined) {
    this.#outer = outer;
    this.#timer = setTimeout(
      () => this.#controller.abort(new Error(`no answer within ${limitMs} ms`)),
      limitMs,
    );
    if (outer?.aborted === true) this.#pass();
    outer?.addEventListener('abort', this.#pass, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#pass);
  }
}

function queryText(query: Query | undefined): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) pairs.set(name, String(value));
  return pairs.size === 0 ? '' : `?${pairs.toString()}`;
}
