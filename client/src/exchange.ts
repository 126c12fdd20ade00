/**
 * One request with a short answer, read whole. In Node it goes over node:http, elsewhere by `fetch`: the built-in fetch
 * of Node takes about twice as long for these. Which there is is found when it is needed, so that the same module loads
 * in a browser.
 */
export interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** What of a `Response` is used; a `Response` is one. */
export interface Answered {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

export type Exchange = (url: string, asked: Asked) => Promise<Answered>;

/** Called without a receiver: a browser’s fetch refuses any other than the window. */
const byFetch: Exchange = (url, asked) => fetch(url, asked);

/** The best way that there is here. */
export function exchangeHere(): Exchange {
  const http = builtin('node:http');
  if (http === null) return byFetch;
  const plain = overHttp(http);
  let secure: Exchange | null = null;
  return (url, asked) => {
    if (url.startsWith('http:')) return plain(url, asked);
    const https = builtin('node:https');
    if (https === null) return byFetch(url, asked);
    secure ??= overHttp(https);
    return secure(url, asked);
  };
}

/** The part of node:http and of node:https that is used. */
interface Http {
  readonly Agent: new (options: { readonly keepAlive: boolean }) => object;
  request(
    url: string,
    options: Omit<Asked, 'body'> & { readonly agent: object },
    onAnswer: (answer: Incoming) => void,
  ): {
    on(event: 'error', listener: (error: Error) => void): void;
    end(body: string): void;
  };
}

interface Incoming {
  readonly statusCode?: number;
  readonly statusMessage?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  setEncoding(encoding: 'utf8'): void;
  on(event: 'data', listener: (text: string) => void): void;
  on(event: 'end', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
}

/** Connections are kept, and keep no process alive. */
function overHttp({ Agent, request }: Http): Exchange {
  const agent = new Agent({ keepAlive: true });
  return async (url, asked) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    const { body = '', ...options } = asked;
    const call = request(url, { ...options, agent }, (answer) => {
      const { statusCode: status = 500, statusMessage: statusText = '', headers } = answer;
      answer.on('error', reject);
      let said = '';
      answer.setEncoding('utf8');
      answer.on('data', (text) => {
        said += text;
      });
      answer.on('end', () => {
        const text = async (): Promise<string> => said;
        const get = (name: string): string | null => headers[name]?.toString() ?? null;
        resolve({ ok: status >= 200 && status < 300, status, statusText, headers: { get }, text });
      });
    });
    call.on('error', reject);
    call.end(body);
    const answered = await promise;
    // Whoever stands before the server may send elsewhere: what that means for a request, fetch knows.
    return answered.status >= 300 && answered.status < 400 ? byFetch(url, asked) : answered;
  };
}

/** A module of Node, if this is one that gives it without an import. */
function builtin(name: 'node:http' | 'node:https'): Http | null {
  const process: unknown = Reflect.get(globalThis, 'process');
  if (typeof process !== 'object' || process === null) return null;
  const find: unknown = Reflect.get(process, 'getBuiltinModule');
  // Node’s own types are not to be had where this has to compile for a browser.
  return typeof find === 'function' ? ((find.call(process, name) as Http | undefined) ?? null) : null;
}
