/** A server with XML-RPC for one test, and calls to it: by our own client, or over a bare socket. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as plainRequest, type Server } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { nodeTimers } from '../../src/daemon/timers.ts';
import { buildXmlRpc, type XmlRpcPatience } from '../../src/frontends/xmlrpc/build-xmlrpc.ts';
import { readXml, type XmlElement } from '../../src/wire/xml/xml-reader.ts';
import { readAnswer } from '../../src/wire/xmlrpc/read-message.ts';
import { isStruct, type RpcAnswer, type RpcStruct, type RpcValue } from '../../src/wire/xmlrpc/value.ts';
import { writeCall } from '../../src/wire/xmlrpc/write-message.ts';
import { type LabOptions, ServerLab } from '../http/server-lab.ts';
import { type Certificate, certificateIn } from '../support/certificate.ts';

export type { Certificate };

export interface XmlRpcLabOptions extends Omit<LabOptions, 'patience'> {
  readonly tls?: Certificate;
  readonly rpcPatience?: Partial<XmlRpcPatience>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const bounds = { bytes: 64 * 1024 * 1024, depth: 40, elements: 100_000, attributes: 20 };

export class XmlRpcLab {
  readonly lab: ServerLab;
  readonly server: Server;
  readonly port: number;
  readonly tls: Certificate | undefined;
  /** What was logged as a fault of the server’s own. */
  readonly errors: unknown[];
  #ids = 0;

  private constructor(lab: ServerLab, server: Server, tls: Certificate | undefined, errors: unknown[]) {
    this.lab = lab;
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    this.tls = tls;
    this.errors = errors;
  }

  static async open(
    test: TestContext,
    { tls, rpcPatience = {}, ...options }: XmlRpcLabOptions = {},
  ): Promise<XmlRpcLab> {
    const lab = await ServerLab.open(test, options);
    const errors: unknown[] = [];
    const log = {
      info: () => undefined,
      warn: () => undefined,
      error: (facts: object) => errors.push(facts),
    };
    const frontend = buildXmlRpc({
      useCases: lab.useCases,
      timers: nodeTimers,
      log,
      counts: lab.counts,
      tls: tls ?? null,
      onHint: (listener) => lab.storage.onHint((hint) => listener({ ...hint, ready: hint.ready !== null })),
      patience: rpcPatience,
    });
    await frontend.listen({ host: '127.0.0.1', port: 0 });
    test.after(() => frontend.close());
    return new XmlRpcLab(lab, frontend.server, tls, errors);
  }

  /** The address with user and token, as clients of XML-RPC take it. */
  async url(principal = 'ada', host = '127.0.0.1'): Promise<string> {
    const token = await this.workerToken(principal);
    return `${this.tls === undefined ? 'http' : 'https'}://${encodeURIComponent(principal)}:${token}@${host}:${this.port}/RPC2`;
  }

  /** A worker’s token; its principal may also submit what it runs. */
  async workerToken(principal = 'ada'): Promise<string> {
    await this.lab.token('contributor', principal);
    return this.lab.token('worker', principal);
  }

  async submit(job: object, principal = 'ada'): Promise<string> {
    const token = await this.lab.token('contributor', principal);
    await this.lab.call('POST', '/v1/projects', { token, body: { name: 'toxd' } });
    const { ref } = await this.lab.ok('POST', '/v1/projects/toxd/jobs', { token, body: job });
    return ref;
  }

  async job(
    ref: string,
  ): Promise<{ readonly state: string; readonly reason: string | null; readonly attempts: number }> {
    const [project, number] = ref.split('/');
    return this.lab.ok('GET', `/v1/projects/${project}/jobs/${number}`);
  }

  /** Calls as ada’s worker, and answers with whatever came. */
  async call(method: string, ...params: readonly RpcValue[]): Promise<RpcAnswer> {
    const { text } = await this.post(writeCall({ method, params }));
    return readAnswer(readXml(text, bounds));
  }

  async value(method: string, ...params: readonly RpcValue[]): Promise<RpcValue> {
    const answer = await this.call(method, ...params);
    assert.ok('value' in answer, `${method}: ${JSON.stringify(answer)}`);
    return answer.value;
  }

  async members(method: string, ...params: readonly RpcValue[]): Promise<Readonly<Record<string, RpcValue>>> {
    const value = await this.value(method, ...params);
    assert.ok(isStruct(value));
    return Object.fromEntries(value);
  }

  async fault(method: string, ...params: readonly RpcValue[]): Promise<{ code: number; text: string }> {
    const answer = await this.call(method, ...params);
    assert.ok('fault' in answer, `${method} was not refused: ${JSON.stringify(answer)}`);
    return answer.fault;
  }

  /** A client that is registered, under a new name. */
  async register(facts: RpcStruct = new Map()): Promise<string> {
    this.#ids += 1;
    const { client } = await this.members('scire.register', `node${this.#ids}`, facts);
    assert.ok(typeof client === 'string');
    return client;
  }

  /** Asks for work that there must be. */
  async ask(client: string, ...more: readonly RpcValue[]): Promise<GivenJob> {
    const text = await this.value('scire.ask_for_work', client, ...more);
    assert.ok(typeof text === 'string' && text !== '', 'there was work, and none was given');
    const file = readXml(text, bounds);
    return { id: attribute(file, 'id'), epoch: attribute(file, 'epoch'), file, text };
  }

  /** Asks for work, and confirms it. */
  async take(client: string): Promise<GivenJob> {
    const job = await this.ask(client);
    assert.deepEqual(await this.members('scire.confirm', client, job.id, job.epoch), {
      start: true,
      code: '',
    });
    return job;
  }

  async post(
    body: string | Uint8Array,
    headers: Readonly<Record<string, string>> = {},
    {
      method = 'POST',
      path = '/RPC2',
      ...tls
    }: { method?: string; path?: string; ca?: string; cert?: string; key?: string } = {},
  ): Promise<Answered> {
    const authorization = `Bearer ${await this.workerToken()}`;
    const send = this.tls === undefined ? plainRequest : tlsRequest;
    return new Promise((resolve, reject) => {
      const call = send({
        host: '127.0.0.1',
        port: this.port,
        method,
        path,
        agent: false,
        headers: { 'content-type': 'text/xml', authorization, ...headers },
        ...(this.tls === undefined ? {} : { ca: this.tls.cert, servername: 'localhost', ...tls }),
      });
      call.on('error', reject);
      call.on('response', (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(pieces).toString('utf8'),
          }),
        );
      });
      call.end(body);
    });
  }
}

export interface GivenJob {
  readonly id: string;
  readonly epoch: string;
  readonly file: XmlElement;
  readonly text: string;
}

export function attribute(element: XmlElement, name: string): string {
  const value = element.attributes.get(name);
  assert.ok(value !== undefined, `${element.name} has no ${name}`);
  return value;
}

/** The report on the end of a job, as a status file. */
export function statusOf(
  { id, epoch }: Pick<GivenJob, 'id' | 'epoch'>,
  state: string,
  exitCode: number | null = state === 'succeeded' ? 0 : null,
): string {
  const code = exitCode === null ? '' : ` exit-code="${exitCode}"`;
  return `<status job="${id}" epoch="${epoch}" state="${state}"${code}/>`;
}

/** A certificate of its own, for localhost, as long as the test runs. */
export function makeCertificate(test: TestContext): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-cert-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return certificateIn(folder);
}

/** Why what needs Python is skipped; undefined where it is there, or has to be. */
export function pythonMissing(): string | undefined {
  if (process.env.CI === 'true') return undefined;
  const found = spawnSync('python3', ['-c', 'import xmlrpc.client']);
  return found.status === 0 ? undefined : 'there is no python3';
}
