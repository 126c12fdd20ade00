import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { FileMention } from '@labkeep/client';

/**
 * The declared outputs that exist, under the names by which they were declared, with size and SHA-256. What is no
 * regular file (a folder, a device), or is not to be read, is listed by its name alone: to read a FIFO would wait for
 * ever.
 */
export async function findOutputs(
  paths: readonly string[],
  fileOf: (path: string) => string,
  hashBytesMax: number,
): Promise<readonly FileMention[]> {
  const found: FileMention[] = [];
  for (const path of new Set(paths)) {
    const mention = await describe(path, fileOf(path), hashBytesMax);
    if (mention !== null) found.push(mention);
  }
  return found;
}

async function describe(path: string, file: string, hashBytesMax: number): Promise<FileMention | null> {
  try {
    const { size, isFile } = await look(file);
    if (!isFile) return { path };
    return size > hashBytesMax ? { path, size } : { path, size, sha256: await digest(file) };
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    return absent.includes(code) ? null : { path };
  }
}

/** Never made, gone while it was read, or of a name that no file can have. */
const absent: readonly string[] = [
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ESTALE',
  'ERR_INVALID_ARG_VALUE',
];

/** What the system said; null for a fault of our own. */
function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

async function look(file: string): Promise<{ readonly size: number; readonly isFile: boolean }> {
  const found = await stat(file);
  return { size: found.size, isFile: found.isFile() };
}

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}
