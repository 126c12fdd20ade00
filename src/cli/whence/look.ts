/** A file as it is now, and what the record says of it. */
import { statSync } from 'node:fs';
import type { FileMaker } from '@labkeep/client';
import { look } from '../../recorder/paths.ts';
import { digestOfPath } from '../../worker/programs/digest.ts';
import { isMissing, orNull } from '../../worker/programs/look.ts';

export interface FileNow {
  readonly kind: 'file' | 'directory' | 'other' | 'missing';
  readonly size: number | null;
  /** Null of what is no file, cannot be read, or is being written. */
  readonly sha256: string | null;
}

export async function lookAt(path: string): Promise<FileNow> {
  // A link that leads nowhere is there itself.
  const stats = orNull(() => statSync(path)) ?? look(path);
  if (stats === null) return { kind: 'missing', size: null, sha256: null };
  if (stats.isDirectory()) return { kind: 'directory', size: null, sha256: null };
  if (!stats.isFile()) return { kind: 'other', size: null, sha256: null };
  return { kind: 'file', size: stats.size, sha256: await digestOrNull(path) };
}

async function digestOrNull(path: string): Promise<string | null> {
  try {
    return await digestOfPath(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export type Comparison = 'unchanged' | 'changed' | 'missing' | 'unknown';

/** Whether a file is as it was made; unknown where no digest tells. */
export function compare(now: FileNow, { sha256, size }: Pick<FileMaker, 'sha256' | 'size'>): Comparison {
  if (now.kind === 'missing') return 'missing';
  if (now.sha256 !== null && sha256 !== null) return now.sha256 === sha256 ? 'unchanged' : 'changed';
  return now.size !== null && size !== null && now.size !== size ? 'changed' : 'unknown';
}
