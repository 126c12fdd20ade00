import { stat } from 'node:fs/promises';
import type { FileMention } from '@labkeep/client';
import { digestOfPath } from './programs/digest.ts';

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
    const found = await stat(file);
    if (!found.isFile()) return { path };
    const { size } = found;
    if (size > hashBytesMax) return { path, size };
    const sha256 = await digestOfPath(file);
    return sha256 === null ? { path, size, note: 'changed while it was read' } : { path, size, sha256 };
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
