/**
 * XML-RPC over TLS, for workers that speak it: POST to / or /RPC2, a bearer header or user and token. A call is read as it
 * comes, within bounds, after its sender is known; a slow, silent or hostile client holds nothing but its own connection.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { finished } from 'node:stream';
import type { UseCases } from '../../app/use-cases.ts';
import { Fault, toldFault } from '../../core/faults.ts';
import type { Log } from '../../ports/log.ts';
import type { Timers } from '../../ports/timers.ts';
import { type XmlBounds, XmlReader } from '../../wire/xml/xml-reader.ts';
import { readCall } from '../../wire/xmlrpc/read-message.ts';
import type { RpcAnswer, RpcCall } from '../../wire/xmlrpc/value.ts';
import { writeAnswer } from '../../wire/xmlrpc/write-message.ts';
import { authenticateCall } from './authorization.ts';
import { type CallCounts, unknownMethod } from './call-counts.ts';
import { createDispatch } from './dispatch.ts';
import { httpStatusOf, rpcFaultOf } from './fault-codes.ts';
import { type PollHint, PollNow } from './poll-now.ts';
import { scireMethods } from './scire-methods.ts';
import { sendPollNow } from './send-poll-now.ts';

export interface XmlRpcOptions {
  readonly useCases: UseCases;
  readonly timers: Timers;
  readonly log: Log;
  readonly counts: CallCounts;
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer } | null;
  /** Calls the listener when there may be work, or news for workers; the function that comes back ends that. */
  readonly onHint: (listener: (hint: PollHint) => void) => () => void;
  readonly patience?: Partial<XmlRpcPatience>;
  /** Fewer than usual, where files are few. */
  readonly connectionsMax?: number | null;
}

export interface XmlRpcPatience {
  readonly handshakeMsMax: number;
  readonly headersMsMax: number;
  /** Headers and body. */
  readonly requestMsMax: number;
  /** A connection on which nothing moves. */
  readonly silenceMsMax: number;
  readonly checkMs: number;
}

const usualPatience: XmlRpcPatience = {
  handshakeMsMax: 10_000,
  headersMsMax: 20_000,
  requestMsMax: 60_000,
  silenceMsMax: 60_000,
  checkMs: 5_000,
};

/** Of a call. Output is sent in pieces; nothing else is large. */
const callBounds: XmlBounds = { bytes: 4 * 1024 * 1024, depth: 40, elements: 50_000, attributes: 8 };

const connectionsMax = 4_096;
/** Those that are looked up or answered; what has not come to its end holds no place. */
export const callsAtOnceMax = 512;
const closeMsMax = 3_000;
const paths = ['/', '/RPC2'];
const types = ['text/xml', 'application/xml'];

export interface XmlRpcFrontend {
  readonly server: Server;
  listen(options: { readonly host: string; readonly port: number }): Promise<void>;
  close(): Promise<void>;
}

export function buildXmlRpc(options: XmlRpcOptions): XmlRpcFrontend {
  const { useCases, timers, log, counts, tls } = options;
  const patience = { ...usualPatience, ...options.patience };
  const pollNow = new PollNow({ send: sendPollNow(timers), timers });
  const unlisten = options.onHint((hint) => pollNow.heed(hint));
  const dispatch = createDispatch(scireMethods({ useCases, pollNow, counts }), { log, counts });
  let closing = false;
  let atWork = 0;

  const common = {
    headersTimeout: patience.headersMsMax,
    requestTimeout: patience.requestMsMax,
    connectionsCheckingInterval: patience.checkMs,
    keepAliveTimeout: patience.silenceMsMax,
  };
  const server =
    tls === null
      ? createServer(common)
      : createTlsServer({
          ...common,
          cert: tls.cert,
          key: tls.key,
          minVersion: 'TLSv1.2',
          handshakeTimeout: patience.handshakeMsMax,
        });
  server.maxConnections = Math.min(connectionsMax, options.connectionsMax ?? connectionsMax);
  server.timeout = patience.silenceMsMax;
  server.on('connection', (socket) => socket.once('close', counts.connected()));
  server.on('drop', () => counts.refusedConnection());
  server.on('request', (request, response) => {
    const answered = counts.callCame();
    void serve(request, response)
      .catch((error: unknown) => {
        if (!request.destroyed) log.error({ err: error }, 'a call over XML-RPC could not be answered');
        response.destroy();
      })
      .finally(answered);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      checkRequest(request);
      if (closing) throw new Fault('stopping');
      const principal = await atPlace(() => authenticateCall(request.headers.authorization, useCases));
      const peer = request.socket.remoteAddress ?? null;
      const call = await readBody(request);
      const answer = await atPlace(() => dispatch({ caller: { principal }, peer }, call));
      await send(request, response, 200, answer);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      const fault = toldFault(error);
      counts.called(unknownMethod, fault.code);
      if (fault.code === 'internal') log.error({ err: error }, 'a call over XML-RPC failed');
      const status = httpStatusOf(fault.code);
      if (status === 401) response.setHeader('www-authenticate', 'Basic realm="Labkeep", Bearer');
      if (status === 405) response.setHeader('allow', 'POST');
      if (status === 503) response.setHeader('retry-after', '1');
      await send(request, response, status, { fault: rpcFaultOf(fault) });
    }
  }

  async function atPlace<T>(act: () => Promise<T>): Promise<T> {
    if (atWork >= callsAtOnceMax)
      throw new Fault('too_many_requests', { detail: `${callsAtOnceMax} calls are at work already` });
    atWork += 1;
    try {
      return await act();
    } finally {
      atWork -= 1;
    }
  }

  return {
    server,
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port }, () => {
          server.off('error', reject);
          resolve();
        });
      }),
    async close() {
      closing = true;
      unlisten();
      pollNow.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const stopTimer = timers.after(closeMsMax, () => server.closeAllConnections());
      await closed;
      stopTimer();
    },
  };
}

function checkRequest({ method, url = '', headers }: IncomingMessage): void {
  const [path = ''] = url.split('?', 1);
  if (!paths.includes(path)) throw new Fault('route_unknown', { found: path, expected: paths.join(' or ') });
  if (method !== 'POST') throw new Fault('method_not_allowed', { found: method, expected: 'POST' });
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!types.includes(type))
    throw new Fault('unsupported_media_type', {
      field: 'Content-Type',
      found: type,
      expected: types.join(' or '),
    });
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new Fault('unsupported_media_type', {
      field: 'Content-Encoding',
      found: encoding,
      expected: 'a body that is not compressed',
    });
  if (Number(headers['content-length'] ?? 0) > callBounds.bytes)
    throw new Fault('too_large', { field: 'body', expected: `at most ${callBounds.bytes} bytes` });
}

async function readBody(request: IncomingMessage): Promise<RpcCall> {
  const reader = new XmlReader(callBounds);
  const coming: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
  for await (const piece of coming) reader.push(piece);
  return readCall(reader.end());
}

/** Answers, after what is still to come of a refused call was read and dropped: who is still sending reads no answer. */
async function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  answer: RpcAnswer,
): Promise<void> {
  if (!request.complete && !request.destroyed) {
    response.setHeader('connection', 'close');
    await new Promise<void>((resolve) => {
      finished(request, () => resolve());
      request.resume();
    });
  }
  const body = writeAnswer(answer);
  response.writeHead(status, {
    'content-type': 'text/xml; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}
