import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { readXml } from '../../src/wire/xml/xml-reader.ts';
import { readAnswer } from '../../src/wire/xmlrpc/read-message.ts';
import type { RpcValue } from '../../src/wire/xmlrpc/value.ts';
import { writeCall } from '../../src/wire/xmlrpc/write-message.ts';

export type Call = (method: string, ...params: readonly RpcValue[]) => Promise<RpcValue>;

export interface RpcAddress {
  readonly port: number;
  readonly token: string;
  /** The certificate to believe; null without TLS. */
  readonly cert: string | null;
  /** Whether connections are kept, or each call makes its own. */
  readonly keepAlive: boolean;
}

const bounds = { bytes: 10_000_000, depth: 40, elements: 100_000, attributes: 20 };

/** Calls a server on this machine over XML-RPC. */
export class RpcCaller implements Disposable {
  readonly call: Call;
  readonly #agent: Agent;

  constructor({ port, token, cert, keepAlive }: RpcAddress) {
    this.#agent =
      cert === null
        ? new Agent({ keepAlive })
        : new TlsAgent({ keepAlive, ca: cert, servername: 'localhost' });
    const send = cert === null ? request : tlsRequest;
    const to = { host: '127.0.0.1', port, path: '/RPC2', method: 'POST', agent: this.#agent };
    const headers = { 'content-type': 'text/xml', authorization: `Bearer ${token}` };
    this.call = async (method, ...params) => {
      const asked = send({ ...to, headers });
      asked.end(writeCall({ method, params }));
      const [response] = await once(asked, 'response');
      let text = '';
      for await (const piece of response.setEncoding('utf8')) text += piece;
      const answer = readAnswer(readXml(text, bounds));
      if ('fault' in answer) throw new Error(`${method}: ${answer.fault.text}`);
      return answer.value;
    };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
