/** SHA-256 of files that may be changed while they are read. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readSync } from 'node:fs';
import { digestOf } from '../worker/programs/digest.ts';
import { openUntouched } from './paths.ts';

export { digestOf } from '../worker/programs/digest.ts';

/** The same at once, for small files. */
export function digestNow(descriptor: number, size: number): string {
  const hash = createHash('sha256');
  const slice = Buffer.allocUnsafe(Math.max(1, size));
  for (let at = 0; ; ) {
    const count = readSync(descriptor, slice, 0, slice.length, at);
    if (count === 0) break;
    hash.update(slice.subarray(0, count));
    at += count;
  }
  return hash.digest('hex');
}

/** Small files are read at once: to go through the pool of threads costs more than they do. */
const smallBytes = 256 << 10;

export async function digestOfPath(path: string): Promise<string | null> {
  const descriptor = openUntouched(path);
  try {
    const { size } = fstatSync(descriptor);
    return size <= smallBytes ? digestNow(descriptor, size) : await digestOf(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
