import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { type NumberPatterns, NumberPicker } from '../../core/tasks/asks.ts';
import { hasCode } from '../supervisor/attempt-folder.ts';
import { decodeFrames, frameBytesMax } from '../supervisor/frames.ts';
import { withinTime } from './time-limit.ts';

export type Found = Readonly<Record<string, number>>;

const sliceBytes = 1 << 20;
/** For one slice; lines that take longer have a pattern that does not fit them. */
const searchWithinMs = 2_000;
const fileBytesMax = 64 << 20;
/** A line that does not end is looked at in its first part only. */
const lineCharactersMax = 65_536;

/** The numbers in the output of an attempt, which lies in frames; null if the search takes too long. */
export function numbersInOutput(path: string, patterns: NumberPatterns): Promise<Found | null> {
  const picker = new NumberPicker(patterns);
  const streams = { stdout: new Lines(picker), stderr: new Lines(picker) };
  return search(path, () => 0, picker, {
    read: (slice) => {
      const { frames, used } = decodeFrames(slice);
      for (const { stream, data } of frames) if (stream !== 'note') streams[stream].add(data);
      return used;
    },
    end: () => {
      for (const lines of Object.values(streams)) lines.end();
    },
  });
}

/** The numbers in a file of text, from there on, where it is large in its last part. */
export function numbersInFile(path: string, from: number, patterns: NumberPatterns): Promise<Found | null> {
  const picker = new NumberPicker(patterns);
  const lines = new Lines(picker);
  return search(path, (size) => Math.max(from, size - fileBytesMax), picker, {
    read: (slice) => {
      lines.add(slice);
      return slice.length;
    },
    end: () => lines.end(),
  });
}

/** Cuts text into lines as it comes. A carriage return ends one too, as where progress is written over itself. */
class Lines {
  readonly #picker: NumberPicker;
  readonly #decoder = new StringDecoder();
  #open = '';

  constructor(picker: NumberPicker) {
    this.#picker = picker;
  }

  add(bytes: Buffer): void {
    const [first = '', ...rest] = this.#decoder.write(bytes).split(/[\r\n]+/);
    this.#open = (this.#open + first).slice(0, lineCharactersMax);
    for (const line of rest) {
      this.#picker.take(this.#open);
      this.#open = line;
    }
  }

  end(): void {
    this.#picker.take(this.#open);
  }
}

interface Reading {
  /** How much of the slice it has used; the rest comes again with what follows. */
  read(slice: Buffer): number;
  end(): void;
}

async function search(
  path: string,
  startOf: (size: number) => number,
  picker: NumberPicker,
  reading: Reading,
): Promise<Found | null> {
  const file = await openOrNothing(path);
  if (file === null) return {};
  try {
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(sliceBytes + frameBytesMax);
    for (let at = startOf(size); ; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      const used = withinTime(searchWithinMs, () =>
        bytesRead === 0 ? 0 : reading.read(buffer.subarray(0, bytesRead)),
      );
      if (used === null) return null;
      at += used;
      if (used === 0) break;
    }
    return withinTime(searchWithinMs, () => {
      reading.end();
      return picker.numbers;
    });
  } finally {
    await file.close();
  }
}

async function openOrNothing(path: string) {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
