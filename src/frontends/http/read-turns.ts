import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Reads that one connection sends without waiting for answers are done one after another, which is the order of their
 * answers anyway: so a connection has one read at a time in the queue of the storage, however many it sends.
 */
export class ReadTurns {
  readonly #last = new WeakMap<Socket, Promise<void>>();
  readonly #release = new WeakMap<IncomingMessage, () => void>();

  /** Resolves when the reads that came before on this connection are done. */
  async take(request: IncomingMessage): Promise<void> {
    const before = this.#last.get(request.socket);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(request.socket, promise);
    this.#release.set(request, resolve);
    await before;
  }

  /** To be said when a read is done, whatever came of it. */
  done(request: IncomingMessage): void {
    this.#release.get(request)?.();
  }
}
