/** SHA-256 of what is open, and may be changed while it is read. */
import { createHash } from 'node:crypto';
import { type BigIntStats, fstatSync, read } from 'node:fs';
import { promisify } from 'node:util';

const readSome = promisify(read);
const sliceBytes = 1 << 20;

/** Null if the file was changed meanwhile. */
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
