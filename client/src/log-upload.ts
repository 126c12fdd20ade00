import type { Attempts } from './attempts.ts';
import { LabkeepError } from './labkeep-error.ts';
import type { OutputChunk } from './types.ts';
import { type Patience, untilAnswered } from './until-answered.ts';

export interface LogUploadOptions {
  readonly attempts: Pick<Attempts, 'output'>;
  readonly attempt: string;
  readonly epoch: number;
  readonly patience: Patience;
}

/** Small texts are gathered for so long (ms). */
const gatherMs = 100;
/** As much as the server keeps of an attempt; what is beyond is counted and thrown away. */
const keptBytesMax = 16 * 1024 * 1024;
const chunkBytesMax = 64 * 1024;
const chunksAtOnce = 16;

const encoder = new TextEncoder();

/** Sends what one attempt logs, in order, each part until it is answered. While the server is away it is kept here. */
export class LogUpload {
  readonly #options: LogUploadOptions;
  #parts: Uint8Array[] = [];
  #keptBytes = 0;
  #droppedBytes = 0;
  #seq = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | null = null;
  #refused = false;

  constructor(options: LogUploadOptions) {
    this.#options = options;
  }

  /** A line, or several. */
  add(text: string): void {
    const bytes = encoder.encode(text.endsWith('\n') ? text : `${text}\n`);
    const kept = bytes.subarray(0, keptBytesMax - this.#keptBytes);
    this.#droppedBytes += bytes.length - kept.length;
    if (kept.length === 0 || this.#refused) return;
    this.#keptBytes += kept.length;
    this.#parts.push(kept);
    this.#timer ??= setTimeout(() => this.#look(), gatherMs);
  }

  /** Resolves when the server has all of it, or will not take it. */
  async finish(): Promise<void> {
    while (this.#sending !== null || (this.#parts.length > 0 && !this.#refused)) {
      this.#look();
      await this.#sending;
    }
    if (this.#droppedBytes === 0 || this.#refused) return;
    const note = encoder.encode(`log capped: ${this.#droppedBytes} bytes more were not kept\n`);
    await this.#guarded(() => this.#send([this.#chunk('note', note)]));
  }

  #look(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#guarded(() => this.#sendAll()).finally(() => {
      this.#sending = null;
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#parts.length > 0) {
      const bytes = joined(this.#parts);
      const now = bytes.subarray(0, chunksAtOnce * chunkBytesMax);
      this.#parts = now.length === bytes.length ? [] : [bytes.subarray(now.length)];
      const chunks: OutputChunk[] = [];
      for (let at = 0; at < now.length; at += chunkBytesMax)
        chunks.push(this.#chunk('stdout', now.subarray(at, at + chunkBytesMax)));
      await this.#send(chunks);
    }
  }

  #chunk(stream: OutputChunk['stream'], bytes: Uint8Array): OutputChunk {
    return { stream, seq: this.#seq++, data: base64(bytes) };
  }

  async #send(chunks: readonly OutputChunk[]): Promise<void> {
    const { attempts, attempt, epoch, patience } = this.#options;
    await untilAnswered(patience, (options) => attempts.output({ attempt, epoch, chunks }, options));
  }

  /** A refusal costs the log only, never the attempt. */
  async #guarded(send: () => Promise<void>): Promise<void> {
    const { signal, onTrouble } = this.#options.patience;
    try {
      await send();
    } catch (error) {
      this.#refused = true;
      this.#parts = [];
      if (error instanceof LabkeepError) onTrouble(error);
      else if (!signal.aborted) throw error;
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
