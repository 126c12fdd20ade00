import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Timers } from '../../ports/timers.ts';
import { encodeFrame, frameBytesMax, type Stream } from './frames.ts';

/** However small they are. */
const framesMax = 200_000;

/** Small writes are gathered for so long (ms); the first after a silence is not kept waiting. */
const gatherMs = 40;

export interface OutputOptions {
  readonly path: string;
  readonly capBytes: number;
  readonly timers: Timers;
  /** Frames were written. */
  readonly onWritten: () => void;
}

/**
 * The output of one attempt on its way to disk: in the order of arrival over both streams, capped. What is beyond
 * the cap is counted and thrown away, so the writer is never held up and neither memory nor disk grows. Writing is
 * synchronous: that is the back-pressure.
 */
export class OutputFile {
  readonly #options: OutputOptions;
  readonly #file: number;
  #size = 0;
  #frames = 0;
  #keptBytes = 0;
  #droppedBytes = 0;
  #failure: string | null = null;
  #stream: Stream = 'stdout';
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #stopGathering: (() => void) | null = null;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#file = openSync(options.path, 'w', 0o600);
  }

  add(stream: Stream, bytes: Buffer): void {
    const room = this.#frames < framesMax ? this.#options.capBytes - this.#keptBytes : 0;
    const kept = bytes.length <= room ? bytes : bytes.subarray(0, Math.max(0, room));
    this.#droppedBytes += bytes.length - kept.length;
    if (kept.length === 0) return;
    this.#keptBytes += kept.length;
    if (stream !== this.#stream) this.#flush();
    this.#stream = stream;
    this.#gathered.push(kept);
    this.#gatheredBytes += kept.length;
    if (this.#stopGathering === null || this.#gatheredBytes >= frameBytesMax) this.#flush();
    this.#stopGathering ??= this.#options.timers.after(gatherMs, () => this.#gatheringEnds());
  }

  /** Writes the rest, and a note where something is missing; all of it survives a power cut on return. */
  close(): void {
    this.#stopGathering?.();
    this.#flush();
    if (this.#droppedBytes > 0) this.#write('note', Buffer.from(`${this.#missing()}\n`));
    try {
      if (this.#size > 0) fsyncSync(this.#file);
    } finally {
      closeSync(this.#file);
    }
  }

  #gatheringEnds(): void {
    this.#stopGathering = null;
    if (this.#gatheredBytes === 0) return;
    this.#flush();
    this.#stopGathering = this.#options.timers.after(gatherMs, () => this.#gatheringEnds());
  }

  #flush(): void {
    if (this.#gatheredBytes === 0) return;
    const bytes = this.#gathered.length === 1 ? this.#gathered[0] : Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (bytes === undefined) return;
    for (let start = 0; start < bytes.length; start += frameBytesMax)
      this.#write(this.#stream, bytes.subarray(start, start + frameBytesMax));
    this.#options.onWritten();
  }

  /** A disk that is full costs output, never the attempt: half a frame is taken back, and the loss is noted. */
  #write(stream: Stream, data: Buffer): void {
    const frame = encodeFrame(stream, data);
    try {
      for (let done = 0; done < frame.length; )
        done += writeSync(this.#file, frame, done, frame.length - done, this.#size + done);
      this.#size += frame.length;
      this.#frames += 1;
    } catch (error) {
      this.#droppedBytes += data.length;
      this.#failure = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      ftruncateSync(this.#file, this.#size);
    }
  }

  #missing(): string {
    const amount = amountOf(this.#droppedBytes);
    return this.#failure === null
      ? `output capped: ${amount} more were not kept`
      : `output lost: ${amount} could not be written (${this.#failure})`;
  }
}

function amountOf(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'] as const;
  const power = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : bytes < 10 * 1024 ** 3 ? 2 : 3;
  return `${Math.round(bytes / 1024 ** power).toLocaleString('en-US')} ${units[power]}`;
}
