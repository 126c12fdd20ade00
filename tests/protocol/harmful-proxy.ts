/**
 * Stands between clients and a server, and does harm to messages. It knows where a message ends, so that one can be lost,
 * doubled or held back as a whole; what the messages say is nothing to it. Each request goes to the server over a
 * connection of its own, so one that is held back is overtaken by those that follow.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { Harm } from './fates.ts';
import { HttpMessages, nameOfRequest } from './http-messages.ts';

export interface Exchange {
  /** What kind of message it is: `POST /v1/claims`. */
  readonly name: string;
  readonly request: Buffer;
}

export interface ProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** What becomes of an exchange; asked when the whole request is there, and once more with its whole answer. */
  readonly harm: (exchange: Exchange, answer: Buffer | null) => Harm | null;
  readonly slowMs: number;
  readonly overdueMs: number;
  readonly nameOf?: (request: Buffer) => string;
  /** Both sides speak TLS; the proxy shows clients this certificate, and believes any of the server. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export class HarmfulProxy {
  readonly #options: ProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #last = new Map<string, Buffer>();
  #harmed = 0;
  #exchanges = 0;

  private constructor(options: ProxyOptions) {
    this.#options = options;
    const serve = (client: Socket): void => this.#serve(client);
    this.#server = options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve);
  }

  static async open(options: ProxyOptions): Promise<HarmfulProxy> {
    const proxy = new HarmfulProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return address.port;
  }

  /** How many messages were harmed, and how many exchanges there were. */
  get counts(): { readonly harmed: number; readonly exchanges: number } {
    return { harmed: this.#harmed, exchanges: this.#exchanges };
  }

  /** The last request of this name that came whole. */
  last(name: string): Buffer | undefined {
    return this.#last.get(name);
  }

  /** Sends a request that came before once more, as a network may that kept it; resolves with its answer. */
  async again(request: Buffer): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const server = this.#toServer(request, (answer) => {
      server.destroy();
      resolve(answer);
    });
    server.once('error', reject);
    server.once('close', () => reject(new Error('the server closed the connection without an answer')));
    return promise;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    this.#keep(client);
    const messages = new HttpMessages();
    let turn = Promise.resolve();
    client.on('data', (chunk: Buffer) => {
      for (const request of messages.push(chunk)) turn = turn.then(() => this.#exchange(client, request));
    });
  }

  /** One request and its answer; resolves when the next request of this connection may go. */
  async #exchange(client: Socket, request: Buffer): Promise<void> {
    const exchange = { name: (this.#options.nameOf ?? nameOfRequest)(request), request };
    this.#exchanges += 1;
    this.#last.set(exchange.name, request);
    const harm = this.#options.harm(exchange, null);
    if (harm?.side !== 'request') return this.#pass(client, exchange);
    this.#harmed += 1;
    const { slowMs, overdueMs } = this.#options;
    switch (harm.fate) {
      case 'lost':
        client.destroy();
        return;
      case 'cut short': {
        const server = this.#open(() => undefined);
        server.end(request.subarray(0, Math.floor(request.length / 2)));
        client.destroy();
        return;
      }
      case 'swallowed':
        return;
      case 'doubled':
        this.#later(0, () => void this.again(request).catch(ignore));
        return this.#pass(client, exchange);
      case 'slow':
        await this.#pause(slowMs);
        return this.#pass(client, exchange);
      case 'overdue':
        this.#later(overdueMs, () => void this.again(request).catch(ignore));
        return;
    }
  }

  async #pass(client: Socket, exchange: Exchange): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const leave = (): void => {
      server.destroy();
      resolve();
    };
    let answered = false;
    const server = this.#toServer(exchange.request, (answer) => {
      answered = true;
      client.off('close', leave);
      this.#answer(client, exchange, answer);
      leave();
    });
    server.once('close', () => {
      if (!answered) client.destroy();
      resolve();
    });
    // A client that goes away takes its request with it, as it would without anybody between.
    client.once('close', leave);
    return promise;
  }

  #answer(client: Socket, exchange: Exchange, answer: Buffer): void {
    const harm = this.#options.harm(exchange, answer);
    if (harm?.side !== 'answer') {
      client.write(answer);
      return;
    }
    this.#harmed += 1;
    const { slowMs, overdueMs } = this.#options;
    switch (harm.fate) {
      case 'lost':
        client.destroy();
        break;
      case 'cut short':
        client.write(answer.subarray(0, Math.floor(answer.length / 2)), () => client.destroy());
        break;
      case 'swallowed':
        break;
      case 'doubled':
        client.write(Buffer.concat([answer, answer]));
        break;
      case 'slow':
      case 'overdue':
        this.#later(harm.fate === 'slow' ? slowMs : overdueMs, () => {
          if (!client.destroyed) client.write(answer);
        });
        break;
    }
  }

  /** Sends a request to the server; an answer without an end, such as a stream of events, is not for this proxy. */
  #toServer(request: Buffer, onAnswer: (answer: Buffer) => void): Socket {
    const messages = new HttpMessages();
    const server = this.#open((chunk) => {
      const [answer] = messages.push(chunk);
      if (answer !== undefined) onAnswer(answer);
    });
    server.write(request);
    return server;
  }

  #open(onData: (chunk: Buffer) => void): Socket {
    const { target, tls } = this.#options;
    const server = tls === undefined ? connect(target) : connectTls({ ...target, rejectUnauthorized: false });
    this.#keep(server);
    server.on('data', onData);
    return server;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    // Whoever cuts a connection is the proxy itself, or shows it by other means.
    socket.on('error', ignore);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#later(ms, resolve);
    return promise;
  }
}

function ignore(): void {
  // Told by what the record says afterwards.
}
