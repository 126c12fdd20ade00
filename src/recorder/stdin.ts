/** Standard input on its way to the command: passed on, and kept up to 1 MiB when it comes through a pipe. */

import type { Hash } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { FileReport } from './report.ts';
import { stdinKeptBytes } from './wish.ts';

export class StdinTee {
  #hash: Promise<Hash> | null = null;
  readonly #kept: Buffer[] = [];
  #bytes = 0;

  /** Passes on until either side ends; a command that stops reading ends it. */
  feed(source: NodeJS.ReadStream, sink: Writable): void {
    source.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      this.#hash = this.#hashed(chunk);
      if (this.#bytes <= stdinKeptBytes) this.#kept.push(chunk);
      else this.#kept.length = 0;
      if (!sink.write(chunk)) {
        source.pause();
        sink.once('drain', () => source.resume());
      }
    });
    source.once('end', () => sink.end());
    sink.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error;
      source.destroy();
    });
  }

  /** The text if it was short enough and is UTF-8, and in any case its size and digest. */
  async end(): Promise<{ readonly text: string | null; readonly input: FileReport | null }> {
    const hash = await this.#hash;
    if (hash === null) return { text: null, input: null };
    const input = { path: '/dev/stdin', size: this.#bytes, sha256: hash.digest('hex') };
    return { text: this.#bytes <= stdinKeptBytes ? textOf(Buffer.concat(this.#kept)) : null, input };
  }

  /** What hashes is loaded only when there is something to hash. */
  async #hashed(chunk: Buffer): Promise<Hash> {
    const hash = this.#hash ?? import('node:crypto').then(({ createHash }) => createHash('sha256'));
    return (await hash).update(chunk);
  }
}

/** Null where the bytes are not UTF-8, or hold a NUL that no text column takes. */
export function textOf(bytes: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
