/**
 * A careful worker over XML-RPC, as docs/protocols/xmlrpc.md has it: what it was given is kept before it is confirmed, a
 * report is kept until it was taken, and whatever got no answer is said again.
 */
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { readXml, type XmlElement } from '../../src/wire/xml/xml-reader.ts';
import { readAnswer } from '../../src/wire/xmlrpc/read-message.ts';
import { isArray, isStruct, type RpcValue, struct } from '../../src/wire/xmlrpc/value.ts';
import { writeCall } from '../../src/wire/xmlrpc/write-message.ts';
import type { Ledger } from './ledger.ts';

export interface RpcWorkerOptions {
  readonly port: number;
  readonly token: string;
  readonly name: string;
  /** The certificate to trust; null for plain text. */
  readonly ca: string | null;
  readonly ledger: Ledger;
  readonly callMs: number;
  readonly work: (ref: string, signal: AbortSignal) => Promise<void>;
}

interface Given {
  readonly id: string;
  readonly epoch: string;
  readonly attempt: number;
  readonly isRetried: boolean;
}

const bounds = { bytes: 10_000_000, depth: 40, elements: 100_000, attributes: 20 };
const pauseMs = 15;

export class RpcWorker {
  readonly #options: RpcWorkerOptions;
  #client: string | null = null;
  #leaseMs = 0;
  /** When the last call was sent that extended the lease. */
  #aliveAt = 0;
  #offered: Given | null = null;
  #atWork: { readonly job: Given; readonly stop: AbortController; readonly done: Promise<void> } | null =
    null;
  readonly #reports = new Map<string, string>();
  #stopped = false;
  readonly #loop: Promise<void>;

  constructor(options: RpcWorkerOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#atWork?.stop.abort(new Error('stopped'));
    await this.#loop;
    await this.#atWork?.done;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#round();
      } catch (error) {
        if (!(error instanceof UnansweredError)) throw error;
      }
      this.#endWhatOthersMayGet();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #round(): Promise<void> {
    if (this.#client === null) {
      const registered = await this.#call('scire.register', this.#options.name, struct({}));
      if (!isStruct(registered)) throw new UnansweredError('no registration');
      this.#client = String(registered.get('client'));
      this.#leaseMs = Number(registered.get('lease_seconds')) * 1_000;
    }
    const client = this.#client;
    for (const [key, report] of this.#reports) {
      await this.#call('scire.report_status', client, report);
      this.#reports.delete(key);
    }
    await this.#compare(client);
    if (this.#offered === null && this.#atWork === null) {
      const file = await this.#call('scire.ask_for_work', client);
      if (typeof file === 'string' && file !== '') this.#offered = givenIn(readXml(file, bounds));
    }
    if (this.#offered !== null) {
      const job = this.#offered;
      const answer = await this.#call('scire.confirm', client, job.id, job.epoch);
      this.#offered = null;
      if (isStruct(answer) && answer.get('start') === true) this.#start(client, job);
    }
  }

  /** Ends what somebody asked to end, and what is no longer its own. */
  async #compare(client: string): Promise<void> {
    const askedAt = Date.now();
    const pending = await this.#call('scire.pending', client);
    if (!isArray(pending)) throw new UnansweredError('no list');
    this.#aliveAt = askedAt;
    const working = this.#atWork;
    if (working === null) return;
    const mine = pending.find(
      (it) => isStruct(it) && keyOf(it.get('job'), it.get('epoch')) === key(working.job),
    );
    const order = isStruct(mine) ? mine.get('order') : 'abandon';
    if (order !== 'none') working.stop.abort(new Error(String(order)));
  }

  #start(client: string, job: Given): void {
    const stop = new AbortController();
    this.#atWork = { job, stop, done: this.#work(client, job, stop.signal) };
  }

  async #work(client: string, job: Given, signal: AbortSignal): Promise<void> {
    const { ledger, work } = this.#options;
    const named = { job: job.id, attemptNumber: job.attempt, epoch: Number(job.epoch) };
    ledger.note(named, 'start');
    await this.#untilAnswered(signal, 'scire.send_output', client, job.id, job.epoch, 'stdout', 'begun\n', 0);
    await this.#untilAnswered(signal, 'scire.report_status', client, statusOf(job, 'running'));
    const state = await work(job.id, signal).then(
      () => (signal.aborted ? 'cancelled' : 'succeeded'),
      () => (signal.aborted ? 'cancelled' : 'failed'),
    );
    ledger.note(named, 'end');
    this.#reports.set(key(job), statusOf(job, state));
    this.#atWork = null;
  }

  /** What another gets when the lease is over has to end before. */
  #endWhatOthersMayGet(): void {
    const working = this.#atWork;
    if (working?.job.isRetried === true && Date.now() - this.#aliveAt > 0.6 * this.#leaseMs)
      working.stop.abort(new Error('the lease is nearly over'));
  }

  async #untilAnswered(signal: AbortSignal, method: string, ...params: readonly RpcValue[]): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#call(method, ...params);
        return;
      } catch (error) {
        if (!(error instanceof UnansweredError)) throw error;
      }
    }
  }

  async #call(method: string, ...params: readonly RpcValue[]): Promise<RpcValue> {
    const { port, token, ca, callMs } = this.#options;
    const text = await new Promise<string>((resolve, reject) => {
      const fail = (cause: unknown): void => reject(new UnansweredError(method, { cause }));
      const body = writeCall({ method, params });
      const headers = {
        'content-type': 'text/xml',
        'content-length': Buffer.byteLength(body),
        authorization: `Bearer ${token}`,
      };
      const to = { host: '127.0.0.1', port, path: '/RPC2', method: 'POST', agent: false, headers } as const;
      const call = ca === null ? plainRequest(to) : tlsRequest({ ...to, ca, servername: 'localhost' });
      const timer = setTimeout(() => call.destroy(new Error('no answer in time')), callMs);
      call.on('error', fail);
      call.on('close', () => clearTimeout(timer));
      call.on('response', (response) => {
        let said = '';
        response.on('error', fail);
        response.setEncoding('utf8').on('data', (piece: string) => {
          said += piece;
        });
        response.on('end', () => (response.complete ? resolve(said) : fail('cut short')));
      });
      call.end(body);
    });
    const answer = readAnswer(readXml(text, bounds));
    // A refusal would be a fault of this worker: what the network does to it is no refusal.
    if ('fault' in answer && answer.fault.text.startsWith('stopping')) throw new UnansweredError(method);
    if ('fault' in answer && !answer.fault.text.startsWith('epoch_stale'))
      throw new Error(`${method}: ${answer.fault.text}`);
    return 'value' in answer ? answer.value : null;
  }
}

class UnansweredError extends Error {}

function givenIn(file: XmlElement): Given {
  const of = (name: string): string => file.attributes.get(name) ?? '';
  return {
    id: of('id'),
    epoch: of('epoch'),
    attempt: Number(of('attempt')),
    isRetried: of('on-lost') === 'retry',
  };
}

function key({ id, epoch }: Given): string {
  return `${id}@${epoch}`;
}

function keyOf(job: RpcValue | undefined, epoch: RpcValue | undefined): string {
  return `${String(job)}@${String(epoch)}`;
}

function statusOf({ id, epoch }: Given, state: string): string {
  return `<status job="${id}" epoch="${epoch}" state="${state}"/>`;
}
