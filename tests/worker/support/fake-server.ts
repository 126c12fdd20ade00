/** A server of the worker’s verbs, over HTTP, that does what a test tells it to: delay, lose answers, be away. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  ClaimRequest,
  ConfirmRequest,
  FinishRequest,
  Offer,
  OutputRequest,
  RenewRequest,
} from '@labkeep/client';
import { type FakeDurations, type FakeJob, FakeJobs } from './fake-jobs.ts';

export type Verb = 'register' | 'claim' | 'confirm' | 'renew' | 'output' | 'finish';

/** What happens to a call: it is not heard, or heard and its answer lost, or answered. */
export type Fate =
  | 'answer'
  | 'lose_request'
  | 'lose_answer'
  | { readonly refuse: number; readonly code: string };

export interface Call {
  readonly verb: Verb;
  readonly body: Readonly<Record<string, unknown>>;
}

const verbs: Readonly<Record<string, Verb>> = {
  '/v1/workers': 'register',
  '/v1/claims': 'claim',
  '/v1/attempts/confirm': 'confirm',
  '/v1/attempts/renew': 'renew',
  '/v1/attempts/output': 'output',
  '/v1/attempts/finish': 'finish',
};

class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

export class FakeServer {
  readonly calls: Call[] = [];
  /** Decides the fate of a call before it is heard; may wait. */
  judge: (call: Call) => Fate | Promise<Fate> = () => 'answer';
  readonly #jobs: FakeJobs;
  readonly #http: Server;
  readonly #sweeper: NodeJS.Timeout;
  #worker: string | null = null;
  #registrations = 0;
  #news = Promise.withResolvers<void>();
  #turn = 0;

  private constructor(http: Server, durations: FakeDurations) {
    this.#http = http;
    this.#jobs = new FakeJobs(durations);
    this.#sweeper = setInterval(() => this.#jobs.sweep(performance.now()), 20);
    http.on('request', (request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  static async start(durations: Partial<FakeDurations> = {}): Promise<FakeServer> {
    const http = createServer();
    const server = new FakeServer(http, { leaseMs: 60_000, offerMs: 30_000, ...durations });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return server;
  }

  get address(): { readonly url: string; readonly token: string } {
    const { port } = this.#http.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, token: 'secret' };
  }

  get registrations(): number {
    return this.#registrations;
  }

  submit(asked: Partial<Offer>): FakeJob {
    const job = this.#jobs.submit(asked);
    this.#tell();
    return job;
  }

  cancel(job: FakeJob): void {
    job.cancelRequested = true;
    this.#tell();
  }

  /** As after a restore from a backup: the worker is not known. */
  forgetWorker(): void {
    this.#worker = null;
  }

  calledWith(verb: Verb): readonly Call[] {
    return this.calls.filter((call) => call.verb === verb);
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#http.close();
    this.#http.closeAllConnections();
    if (this.#http.listening) await once(this.#http, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const verb = verbs[request.url ?? ''];
    if (verb === undefined) throw new Error(`no such call: ${request.url}`);
    const call: Call = { verb, body: JSON.parse(await textOf(request)) };
    this.calls.push(call);
    const fate = await this.judge(call);
    if (fate === 'lose_request') return void response.destroy();
    try {
      if (typeof fate === 'object') throw new Refusal(fate.refuse, fate.code);
      const answer = await this.#answer(call, request);
      if (fate === 'lose_answer') response.destroy();
      else send(response, 200, answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      send(response, error.status, { code: error.code, detail: error.code });
    }
  }

  async #answer({ verb, body }: Call, request: IncomingMessage): Promise<unknown> {
    const now = performance.now();
    const jobs = this.#jobs;
    jobs.sweep(now);
    switch (verb) {
      case 'register':
        this.#worker ??= `w${this.#registrations}`;
        this.#registrations += 1;
        jobs.renewLease(now);
        return { worker: this.#worker, leaseMs: jobs.durations.leaseMs };
      case 'claim':
        return this.#claim(body as unknown as ClaimRequest, request);
      case 'confirm': {
        const { worker, attempts } = body as unknown as ConfirmRequest;
        this.#refuseStranger(worker);
        const start = attempts.filter(({ attempt, epoch }) => jobs.confirm(attempt, epoch));
        const refused = attempts.filter((it) => !start.includes(it));
        return {
          start: start.map(({ attempt }) => attempt),
          refused: refused.map(({ attempt }) => ({ attempt, code: 'epoch_stale' })),
        };
      }
      case 'renew': {
        const { worker, progress = [] } = body as unknown as RenewRequest;
        this.#refuseStranger(worker);
        jobs.renewLease(now);
        for (const it of progress) jobs.progress(it.attempt, it.epoch, it.fraction, it.text);
        const lost = progress.filter(({ attempt, epoch }) => !jobs.isRunning(attempt, epoch));
        return {
          leaseMs: jobs.durations.leaseMs,
          cancel: jobs.cancelling(),
          lost: lost.map(({ attempt }) => attempt),
        };
      }
      case 'output': {
        const { attempt, epoch, chunks } = body as unknown as OutputRequest;
        if (!jobs.keepOutput(attempt, epoch, chunks)) throw new Refusal(409, 'epoch_stale');
        return { kept: 0, capped: false };
      }
      case 'finish': {
        const { attempts } = body as unknown as FinishRequest;
        const results = attempts.map((report) => ({ attempt: report.attempt, ...jobs.finish(report) }));
        this.#tell();
        return { results };
      }
    }
  }

  async #claim(
    { worker, capacity, held, waitMs = 0 }: ClaimRequest,
    request: IncomingMessage,
  ): Promise<unknown> {
    const turn = ++this.#turn;
    // The one that waited before gives up its place.
    this.#tell();
    const waitsUntil = performance.now() + waitMs;
    for (;;) {
      this.#refuseStranger(worker);
      const gone = turn !== this.#turn || request.socket.destroyed;
      const { leaseMs } = this.#jobs.durations;
      if (gone) return { offers: [], abandon: [], cancel: [], leaseMs, pollAfterMs: 0 };
      const { abandon, cancel } = this.#jobs.reconcile(held);
      const offers = this.#jobs.handOut(capacity, performance.now());
      const remainingMs = waitsUntil - performance.now();
      const abandonMs = abandon.length > 0 ? pollAfterAbandonMs : 0;
      if (offers.length + abandon.length + cancel.length > 0 || remainingMs <= 0)
        return {
          offers,
          abandon,
          cancel,
          leaseMs,
          pollAfterMs: offers.length + cancel.length === 0 ? abandonMs : 0,
        };
      await Promise.race([this.#news.promise, pause(Math.min(remainingMs, 20))]);
    }
  }

  #refuseStranger(worker: string): void {
    if (worker !== this.#worker) throw new Refusal(404, 'worker_unknown');
  }

  #tell(): void {
    const { resolve } = this.#news;
    this.#news = Promise.withResolvers<void>();
    resolve();
  }
}

/** As the server: so long (ms) after a claim that only brought what to abandon. */
export const pollAfterAbandonMs = 10;

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
