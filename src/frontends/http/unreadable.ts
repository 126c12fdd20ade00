/**
 * What cannot be read as a request gets its answer on the bare socket: what is no HTTP, what is too large to begin with,
 * what does not come whole in time. Nothing is written between the answers to other requests of the connection.
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Fault } from '../../core/faults.ts';
import { problemOf, problemType } from './problem.ts';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Remembers which requests of a connection have no answer yet. */
export class OpenExchanges {
  readonly #open = new WeakMap<Socket, Set<Exchange>>();

  add(exchange: Exchange): void {
    const { socket } = exchange.request;
    const open = this.#open.get(socket) ?? new Set();
    this.#open.set(socket, open.add(exchange));
    exchange.response.once('close', () => open.delete(exchange));
  }

  /** Whether what is written to the socket now reads as the answer to what could not be read. */
  #isFree(socket: Socket): boolean {
    const open = [...(this.#open.get(socket) ?? [])];
    return (
      open.length === 0 ||
      (open.length === 1 && open.every(({ request, response }) => !request.complete && !response.headersSent))
    );
  }

  /** Answers and closes the connection; without an answer where it could be taken for that of another request. */
  refuse(error: Error, socket: Socket): void {
    if (socket.destroyed || !socket.writable) return;
    if (!this.#isFree(socket)) {
      socket.destroy();
      return;
    }
    const problem = problemOf(faultOf(error));
    const body = JSON.stringify(problem);
    socket.end(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: ${problemType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
}

function faultOf(error: Error): Fault {
  switch ('code' in error ? error.code : null) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Fault('request_timeout', {}, error);
    case 'HPE_HEADER_OVERFLOW':
      return new Fault('headers_too_large', { expected: 'at most 16 KiB of headers' }, error);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Fault('too_large', { field: 'body', expected: 'no long extensions of chunks' }, error);
    default:
      return new Fault('malformed_body', { detail: 'The request is not readable as HTTP/1.1' }, error);
  }
}
