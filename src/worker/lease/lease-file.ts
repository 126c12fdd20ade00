import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The end of the worker’s lease, on the boot clock, in a file: so that every supervisor sees it move while the worker
 * renews, and sees it stand still when the worker is gone or busy.
 */
export function leaseFile(folder: string): string {
  return join(folder, 'lease');
}

export function writeLeaseEnd(file: string, endsAtBootMs: number): void {
  const draft = `${file}.draft`;
  writeFileSync(draft, String(endsAtBootMs), { mode: 0o600 });
  renameSync(draft, file);
}

/** Null if no end is to be read: then the one known before stands. */
export function readLeaseEnd(file: string): number | null {
  try {
    const text = readFileSync(file, 'utf8');
    return /^[0-9]+$/.test(text) ? Number(text) : null;
  } catch (error) {
    // Whatever the system says (the folder is gone, the disk fails, too many files are open): a supervisor goes on.
    if (error instanceof Error && 'errno' in error) return null;
    throw error;
  }
}
