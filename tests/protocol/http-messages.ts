/** Where one HTTP/1.1 message ends and the next begins. Bytes in, whole messages out; no socket. */

/** Whole messages of one direction of a connection, of any size and however they are cut into chunks. */
export class HttpMessages {
  #kept: Buffer<ArrayBufferLike> = Buffer.alloc(0);

  /** The messages that are whole now. */
  push(chunk: Buffer): readonly Buffer[] {
    this.#kept = Buffer.concat([this.#kept, chunk]);
    const whole: Buffer[] = [];
    for (let end = endOf(this.#kept); end !== null; end = endOf(this.#kept)) {
      whole.push(this.#kept.subarray(0, end));
      this.#kept = this.#kept.subarray(end);
    }
    return whole;
  }
}

/** Behind the last byte of the first message; null while it is not whole, or where only the end of the connection ends it. */
function endOf(bytes: Buffer): number | null {
  const blank = bytes.indexOf('\r\n\r\n');
  if (blank < 0) return null;
  const head = bytes.toString('latin1', 0, blank).toLowerCase();
  const body = blank + 4;
  if (/\r\ntransfer-encoding: *chunked/.test(head)) return endOfChunks(bytes, body);
  const length = /\r\ncontent-length: *([0-9]+)/.exec(head)?.[1];
  if (length !== undefined) return body + Number(length) <= bytes.length ? body + Number(length) : null;
  const isEndless = head.startsWith('http/') && !/^http\/1\.1 (1..|204|304)/.test(head);
  return isEndless ? null : body;
}

function endOfChunks(bytes: Buffer, from: number): number | null {
  for (let at = from; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    at = line + 2 + size + 2;
    if (at > bytes.length) return null;
    if (size === 0) return at;
  }
}

/** `POST /v1/claims`, as a message of the protocol is called; the names and numbers within an address are left out. */
export function nameOfRequest(request: Buffer): string {
  const [method = '', address = ''] = request.toString('latin1', 0, request.indexOf('\r\n')).split(' ');
  const path = address.split('?', 1)[0] ?? '';
  const short = shortened.find(([pattern]) => pattern.test(path));
  const name = short === undefined ? path : path.replace(short[0], short[1]);
  // All other verbs of locks name theirs in the body.
  return `${method} ${method === 'GET' ? name.replace(/^\/v1\/locks\/[^/]+/, '/lock') : name}`;
}

/** The first that fits counts. */
const shortened: readonly (readonly [RegExp, string])[] = [
  [/^\/v1\/projects\/[^/]+\/jobs\/[^/]+\/comments\/[^/]+/, '/comment'],
  [/^\/v1\/projects\/[^/]+\/jobs\/[^/]+/, '/job'],
  [/^\/v1\/projects\/[^/]+\/templates\/[^/]+/, '/template'],
  [/^\/v1\/projects\/[^/]+\/directories\/[^/]+/, '/project/directory'],
  [/^\/v1\/projects\/[^/]+/, '/project'],
  [/^\/v1\/directories\/[^/]+/, '/directory'],
  [/^\/v1\/tasks\/[^/]+/, '/task'],
  [/^\/v1\/sessions\/[^/]+/, '/session'],
  [/^\/v1\/databases\/[^/]+\/releases\/[^/]+/, '/release'],
  [/^\/v1\/databases\/[^/]+/, '/database'],
  [/^\/v1\/tokens\/[^/]+/, '/token'],
];
