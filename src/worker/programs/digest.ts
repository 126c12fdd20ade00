/** SHA-256 of files that may be changed while they are read. */
import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, fstatSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { openUntouched } from './look.ts';

const readSome = promisify(read);
const sliceBytes = 1 << 20;

/** Of what is open; null if the file was changed meanwhile. */
export async function digestOf(descriptor: number): Promise<string | null> {
  const before = fstatSync(descriptor, { bigint: true });
  const hash = createHash('sha256');
  const slice = Buffer.allocUnsafe(Math.min(sliceBytes, Math.max(4096, Number(before.size))));
  for (let at = 0; ; ) {
    const { bytesRead } = await readSome(descriptor, slice, 0, slice.length, at);
    if (bytesRead === 0) break;
    hash.update(slice.subarray(0, bytesRead));
    at += bytesRead;
  }
  return isSame(before, fstatSync(descriptor, { bigint: true })) ? hash.digest('hex') : null;
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

/** The same at once, for small files. */
export function digestNow(descriptor: number, size: number): string {
  const hash = createHash('sha256');
  const slice = Buffer.allocUnsafe(Math.max(4096, size));
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
