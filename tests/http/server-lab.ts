/** A server for one test: any storage, a clock that can be moved, a token for every role, and calls without a port. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { createUseCases, type UseCases } from '../../src/app/use-cases.ts';
import type { WaitingBounds } from '../../src/app/waiting-room.ts';
import type { Role } from '../../src/core/access/roles.ts';
import { type FaultCode, faultTable } from '../../src/core/faults.ts';
import type { Durations } from '../../src/core/leases/durations.ts';
import { jsonSchemas } from '../../src/daemon/json-schemas.ts';
import { nodeSecrets } from '../../src/daemon/secrets.ts';
import { nodeTimers } from '../../src/daemon/timers.ts';
import { buildHttp, type Patience } from '../../src/frontends/http/build-http.ts';
import { Counts } from '../../src/frontends/http/metrics.ts';
import { OneTimeCodes } from '../../src/frontends/http/one-time-codes.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { openMemory } from '../../src/storage/memory/open.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { DocumentedFaults } from './documented-faults.ts';

export type StorageKind = 'memory' | 'sqlite';

export interface LabOptions extends WaitingBounds {
  readonly storage?: StorageKind;
  readonly durations?: Partial<Durations>;
  readonly patience?: Partial<Patience>;
  /** Stands between the use cases and the storage, to watch or to hinder it. */
  readonly around?: (storage: Storage) => Storage;
}

export interface Call {
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: LightMyRequestResponse['headers'];
  readonly text: string;
  /** The body as JSON. Tests look into it freely. */
  readonly body: Body;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to find, and fails where it is not there
export type Body = any;

export const version = '0.0.0-test';

/** What the document says is the same for every server, and takes longer to find than most tests. */
let documented: DocumentedFaults | undefined;
function documentedBy(http: FastifyInstance): DocumentedFaults {
  documented ??= new DocumentedFaults(http);
  return documented;
}

export class ServerLab {
  readonly storage: Storage;
  readonly useCases: UseCases;
  readonly http: FastifyInstance;
  readonly codes: OneTimeCodes;
  readonly counts: Counts;
  readonly #moved: { ms: number };
  #workers = 0;
  readonly #tokens = new Map<string, string>();

  private constructor(
    parts: Pick<ServerLab, 'storage' | 'useCases' | 'http' | 'codes' | 'counts'>,
    moved: { ms: number },
  ) {
    this.storage = parts.storage;
    this.useCases = parts.useCases;
    this.http = parts.http;
    this.codes = parts.codes;
    this.counts = parts.counts;
    this.#moved = moved;
  }

  static async open(test: TestContext, options: LabOptions = {}): Promise<ServerLab> {
    const moved = { ms: 0 };
    const clock = { now: () => Date.now() + moved.ms };
    const chance = { next: Math.random, token: (bytes: number) => randomBytes(bytes).toString('hex') };
    const durations = options.durations ?? {};
    const bare =
      options.storage === 'sqlite'
        ? await openFile(test, { clock, chance, durations })
        : openMemory({ clock, chance, durations });
    const storage = options.around?.(bare) ?? bare;
    const useCases = createUseCases(
      { storage, clock, chance, secrets: nodeSecrets, schemas: jsonSchemas(), timers: nodeTimers },
      options,
    );
    const codes = new OneTimeCodes(clock, chance);
    const allowedHosts = ['127.0.0.1', 'localhost', '[::1]', 'labkeep.example'];
    const { patience = {} } = options;
    const counts = new Counts(version);
    const http = await buildHttp({ useCases, version, allowedHosts, oneTimeCodes: codes, counts, patience });
    test.after(async () => {
      await useCases.stop();
      await http.close();
      counts.stop();
      await bare.close();
    });
    return new ServerLab({ storage, useCases, http, codes, counts }, moved);
  }

  moveClock(ms: number): void {
    this.#moved.ms += ms;
  }

  /** A token of this role; the principal is named after the role unless another is wanted. */
  async token(
    role: Role,
    principal: string = role,
    project: string | null = null,
    expiresInMs: number | null = null,
  ): Promise<string> {
    const key = JSON.stringify([role, principal, project, expiresInMs]);
    const known = this.#tokens.get(key);
    if (known !== undefined) return known;
    const request = { principal, role, project, use: 'token', expiresInMs } as const;
    const { token } = await this.useCases.issueToken({ principal: 'test' }, request);
    this.#tokens.set(key, token);
    return token;
  }

  /** Calls as admin unless a token is given; null for none. */
  async call(method: string, url: string, { token, body, headers = {} }: Call = {}): Promise<Answer> {
    const shown = token === undefined ? await this.token('admin') : token;
    const response = await this.http.inject({
      method: method as 'GET',
      url,
      headers: {
        host: '127.0.0.1:4780',
        ...(shown === null ? {} : { authorization: `Bearer ${shown}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    });
    const refusal =
      method !== 'HEAD' &&
      String(response.headers['content-type'] ?? '').startsWith('application/problem+json');
    if (refusal)
      documentedBy(this.http).check(method, url, response.statusCode, JSON.parse(response.payload).code);
    const isJson = String(response.headers['content-type'] ?? '').includes('json');
    return {
      status: response.statusCode,
      headers: response.headers,
      text: response.payload,
      body: isJson && response.payload !== '' ? JSON.parse(response.payload) : null,
    };
  }

  /** A call that must be refused with this code. */
  async refused(code: string, method: string, url: string, call: Call = {}): Promise<Body> {
    const answer = await this.call(method, url, call);
    assert.equal(
      answer.body?.code,
      code,
      `${method} ${url} was answered ${answer.status}: ${answer.text.slice(0, 500)}`,
    );
    assert.equal(answer.status, faultTable[answer.body.code as FaultCode].status);
    return answer.body;
  }

  /** A call that must succeed. */
  async ok(method: string, url: string, call: Call = {}): Promise<Body> {
    const answer = await this.call(method, url, call);
    if (answer.status >= 300)
      throw new Error(`${method} ${url} was answered ${answer.status}: ${answer.text}`);
    return answer.body;
  }

  async project(name = 'toxd'): Promise<string> {
    await this.ok('POST', '/v1/projects', { body: { name } });
    return name;
  }

  /** A database that is on; one of this name that is there already (a project is one) will do. */
  async database(name = 'embl'): Promise<string> {
    const { items } = await this.storage.listDatabases({ limit: 1_000 });
    if (items.some((it) => it.name === name)) return name;
    const plain = { kind: 'bank', tag: null, description: '', settings: {}, release: null } as const;
    await this.storage.addDatabase({
      by: { principal: 'test' },
      database: { name, ...plain, declaredIn: null, state: 'on' },
    });
    return name;
  }

  /** A job that is running in the hands of a worker of its owner. */
  async running(project: string, owner = 'admin'): Promise<RunningJob> {
    const token = await this.token('admin', owner);
    await this.ok('POST', `/v1/projects/${project}/jobs`, {
      token,
      body: { command: ['true'] },
    });
    const workerToken = await this.token('worker', owner);
    const { worker } = await this.ok('POST', '/v1/workers', {
      token: workerToken,
      body: { name: `${owner}-${++this.#workers}` },
    });
    const claim = { worker, capacity: 1, held: [] };
    const { offers } = await this.ok('POST', '/v1/claims', { token: workerToken, body: claim });
    const offer = offers[0];
    const attempts = [{ attempt: offer.attempt, epoch: offer.epoch }];
    await this.ok('POST', '/v1/attempts/confirm', { token: workerToken, body: { worker, attempts } });
    return {
      ref: offer.job,
      worker,
      workerToken,
      attempt: offer.attempt,
      epoch: offer.epoch,
      token: offer.token,
    };
  }

  /** Listens on a free port, for tests that need sockets. */
  async listen(): Promise<string> {
    return this.http.listen({ host: '127.0.0.1', port: 0 });
  }
}

export interface RunningJob {
  readonly ref: string;
  readonly worker: string;
  readonly workerToken: string;
  readonly attempt: string;
  readonly epoch: number;
  /** The attempt’s own. */
  readonly token: string;
}

async function openFile(
  test: TestContext,
  options: Omit<Parameters<typeof openSqlite>[0], 'file'>,
): Promise<Storage> {
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-http-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return openSqlite({ ...options, file: join(folder, 'labkeep.db') });
}

/** The path of a job under the API. */
export function jobPath(ref: string): string {
  return `/v1/projects/${ref.replace('/', '/jobs/')}`;
}
