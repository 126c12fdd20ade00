/**
 * Very many clients of one server in one process, as light as may be: workers that wait for work, one job at a time, and
 * readers of the stream of events. Each has a connection of its own.
 */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const registration = Type.Object({ worker: Type.String() });
const claimAnswer = Type.Object({
  offers: Type.Array(Type.Object({ job: Type.String(), attempt: Type.String(), epoch: Type.Number() })),
  pollAfterMs: Type.Number(),
});
const confirmAnswer = Type.Object({ start: Type.Array(Type.String()) });
const refusalBody = Type.Object({ code: Type.String(), pollAfterMs: Type.Optional(Type.Number()) });
const waitMs = 30_000;
/** After an error, so that whoever is refused does not ask without end. */
const pauseMs = 200;
const cutOffMax = 10_000;

export interface Started {
  readonly job: string;
  readonly worker: string;
  /** By `performance.now()`: when the answer was there that lets it start. */
  readonly at: number;
}

export class Crowd implements Disposable {
  readonly #base: string;
  readonly #token: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  readonly #left = new AbortController();
  readonly #living = new Set<Promise<void>>();
  #heard = Promise.withResolvers<void>();
  /** What workers of it started, in order. */
  readonly started: Started[] = [];
  /** How often somebody was told that there is no room, and how often cut off. */
  turnedAway = 0;
  cutOff = 0;

  constructor({ url, token }: { readonly url: string; readonly token: string }) {
    this.#base = url;
    this.#token = token;
  }

  /** Workers that serve until they are cut off. */
  workers(many: number, tasks: readonly string[] = []): void {
    for (let index = 0; index < many; index += 1) this.#live(this.#work(`crowd-${index}`, tasks));
  }

  /** Streams of events; what any of them gets is told as it comes. */
  async streams(many: number, onEvent: (text: string) => void): Promise<void> {
    await Promise.all(
      Array.from({ length: many }, async () => {
        const response = await this.#openStream();
        if (response.statusCode !== 200) throw new Error(`a stream was answered ${response.statusCode}`);
        response.setEncoding('utf8').on('data', onEvent);
        response.on('error', () => undefined);
      }),
    );
  }

  /** One answer, whatever it is. */
  async ask(method: string, path: string, body: unknown = null): Promise<{ status: number; text: string }> {
    const response = await this.#send(method, path, body);
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    return { status: response.statusCode ?? 0, text };
  }

  /** A number of the server’s metrics; 0 for what was not counted yet. */
  async metric(name: string): Promise<number> {
    const { text } = await this.ask('GET', '/metrics');
    const line = text.split('\n').find((it) => it.startsWith(`${name} `));
    return line === undefined ? 0 : Number(line.slice(name.length + 1));
  }

  /** Resolves when so many jobs were started. */
  async untilStarted(many: number): Promise<void> {
    while (this.started.length < many) await this.#heard.promise;
  }

  /** All connections are cut at once. */
  async leave(): Promise<void> {
    this.#left.abort();
    this.#agent.destroy();
    await Promise.all(this.#living);
  }

  [Symbol.dispose](): void {
    void this.leave();
  }

  /** A connection that is cut off before its answer is made again, as every reader of streams does. */
  async #openStream(): Promise<IncomingMessage> {
    for (;;) {
      try {
        return await this.#send('GET', '/v1/events', null, 'text/event-stream');
      } catch (error) {
        if (this.#left.signal.aborted || this.cutOff > cutOffMax) throw error;
        this.cutOff += 1;
        await this.#rest(pauseMs);
      }
    }
  }

  #live(life: Promise<void>): void {
    const settled = life.finally(() => this.#living.delete(settled));
    this.#living.add(settled);
  }

  async #work(name: string, tasks: readonly string[]): Promise<void> {
    let worker: string | null = null;
    while (!this.#left.signal.aborted) {
      try {
        worker ??= Value.Parse(
          registration,
          await this.#post('/v1/workers', { name, tasks, capacity: 1 }),
        ).worker;
        await this.#serve(worker);
      } catch (error) {
        if (this.#left.signal.aborted) return;
        await this.#rest(this.#pauseAfter(error));
      }
    }
  }

  async #serve(worker: string): Promise<void> {
    const claim = { worker, capacity: 1, held: [], waitMs };
    const { offers, pollAfterMs } = Value.Parse(claimAnswer, await this.#post('/v1/claims', claim));
    const attempts = offers.map(({ attempt, epoch }) => ({ attempt, epoch }));
    if (attempts.length === 0) return this.#rest(pollAfterMs);
    const { start } = Value.Parse(
      confirmAnswer,
      await this.#post('/v1/attempts/confirm', { worker, attempts }),
    );
    const at = performance.now();
    for (const { job, attempt } of offers)
      if (start.includes(attempt)) this.started.push({ job, worker, at });
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
    const ended = attempts.filter(({ attempt }) => start.includes(attempt));
    const done = { outcome: 'succeeded', exitCode: 0 };
    await this.#post('/v1/attempts/finish', { attempts: ended.map((it) => ({ ...it, ...done })) });
  }

  #pauseAfter(error: unknown): number {
    if (!(error instanceof Refusal)) {
      this.cutOff += 1;
      return pauseMs;
    }
    if (error.code === 'storage_busy') return pauseMs * (1 + Math.random());
    if (error.code !== 'too_many_requests') throw error;
    this.turnedAway += 1;
    return error.pollAfterMs;
  }

  async #rest(ms: number): Promise<void> {
    if (ms > 0) await delay(ms, undefined, { signal: this.#left.signal }).catch(() => undefined);
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    const { status, text } = await this.ask('POST', path, body);
    const answer: unknown = JSON.parse(text);
    if (status >= 300) throw new Refusal(Value.Parse(refusalBody, answer));
    return answer;
  }

  async #send(
    method: string,
    path: string,
    body: unknown,
    accept = 'application/json',
  ): Promise<IncomingMessage> {
    const asked = request(`${this.#base}${path}`, {
      method,
      agent: this.#agent,
      signal: this.#left.signal,
      headers: {
        authorization: `Bearer ${this.#token}`,
        accept,
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
    });
    asked.end(body === null ? undefined : JSON.stringify(body));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response;
  }
}

class Refusal extends Error {
  readonly code: string;
  readonly pollAfterMs: number;

  constructor({
    code,
    pollAfterMs = 0,
  }: { readonly code: string; readonly pollAfterMs?: number | undefined }) {
    super(code);
    this.code = code;
    this.pollAfterMs = pollAfterMs;
  }
}
