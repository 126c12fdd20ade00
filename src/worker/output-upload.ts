import { type FileHandle, open } from 'node:fs/promises';
import { type Patience, StoppedError, untilAnswered } from './calls.ts';
import type { OutputChunk, WorkerConnection } from './connection.ts';
import type { AttemptKey } from './journal/facts.ts';
import { hasCode, outputPath, type SentMark, writeSent } from './supervisor/attempt-folder.ts';
import { decodeFrames, frameBytesMax } from './supervisor/frames.ts';

export interface UploadOptions {
  readonly folder: string;
  readonly key: AttemptKey;
  readonly connection: WorkerConnection;
  readonly patience: Patience;
  readonly callMs: number;
  /** Up to where the server has it already. */
  readonly sent: SentMark;
}

/** The most that is read, and sent, at once. */
const batchBytesMax = 1024 * 1024;

/** A token may be mended; any other refusal of output stands, and costs the output only. */
const mendable: readonly string[] = ['unauthenticated', 'token_expired', 'token_revoked'];

/**
 * Sends one attempt’s output from its file to the server, from where the server has it. While the server is away the
 * file waits, and memory does not grow.
 */
export class OutputUpload {
  readonly #options: UploadOptions;
  #sent: SentMark;
  #running: Promise<void> | null = null;
  #again = false;
  #refused = false;

  constructor(options: UploadOptions) {
    this.#options = options;
    this.#sent = options.sent;
  }

  /** There may be more in the file. */
  look(): void {
    this.#again = true;
    this.#running ??= this.#sendAll()
      .catch((error: unknown) => this.#giveUp(error))
      .finally(() => {
        this.#running = null;
        if (this.#again && !this.#refused) this.look();
      });
  }

  /** Resolves when the server has all that is in the file, or will not take it. */
  async finish(): Promise<void> {
    if (this.#refused) return;
    this.look();
    while (this.#running !== null) await this.#running;
    if (this.#options.patience.signal.aborted) throw new StoppedError();
  }

  async #sendAll(): Promise<void> {
    const file = await openOrNothing(outputPath(this.#options.folder));
    if (file === null) {
      this.#again = false;
      return;
    }
    try {
      const buffer = Buffer.allocUnsafe(batchBytesMax + frameBytesMax);
      while (this.#again && !this.#refused) {
        this.#again = false;
        while (await this.#sendNext(file, buffer));
      }
    } finally {
      await file.close();
    }
  }

  /** False if there is no whole frame left. */
  async #sendNext(file: FileHandle, buffer: Buffer): Promise<boolean> {
    const { folder, key, connection, patience, callMs } = this.#options;
    const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#sent.offset);
    const { frames, used, damaged } = decodeFrames(buffer.subarray(0, bytesRead));
    if (damaged) throw new Error(`the output in ${folder} is damaged`);
    if (frames.length === 0) return false;
    const chunks: OutputChunk[] = frames.map(({ stream, data }, index) => ({
      stream,
      seq: this.#sent.seq + index,
      data: data.toString('base64'),
    }));
    const { attempt, epoch } = key;
    await untilAnswered(
      patience,
      'output',
      () => connection.output({ attempt, epoch, chunks }, { signal: patience.signal, timeoutMs: callMs }),
      (code) => !mendable.includes(code),
    );
    this.#sent = { seq: this.#sent.seq + frames.length, offset: this.#sent.offset + used };
    writeSent(folder, this.#sent);
    return true;
  }

  #giveUp(error: unknown): void {
    this.#refused = true;
    if (error instanceof StoppedError) return;
    this.#options.patience.log.warn(
      { error, attempt: this.#options.key.attempt },
      'the rest of this output is not sent',
    );
  }
}

async function openOrNothing(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
