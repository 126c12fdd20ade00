/** The file below a journal: what of it survives a crash, and what a power cut too. */
import {
  closeSync,
  fdatasync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCode, syncPath } from '../supervisor/attempt-folder.ts';

export interface JournalFile {
  readonly path: string;
  /** All that it holds; nothing if it is new. */
  read(): Buffer;
  /** Cuts it to so many bytes. */
  cut(size: number): void;
  /** Throws if not all bytes were taken; then some of them may be there. */
  append(bytes: Buffer): void;
  /** Resolves when all that was appended before survives a power cut. */
  sync(): Promise<void>;
  /** Puts other contents in its place, which survive a power cut; throws and leaves it if they cannot be written. */
  exchange(contents: string): void;
  /** Keeps a copy of what could not be read, and says where. */
  keepDamaged(bytes: Buffer): string;
  close(): void;
}

const syncData = promisify(fdatasync);

/** The journal of a worker’s folder, opened, or made. */
export function openJournalFile(folder: string): JournalFile {
  const path = join(folder, 'journal.ndjson');
  let file = openSync(path, 'a', 0o600);
  syncPath(folder);
  return {
    path,
    read: () => readOrNothing(path),
    cut: (size) => ftruncateSync(file, size),
    append: (bytes) => {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    },
    sync: () => syncData(file),
    exchange: (contents) => {
      const draft = `${path}.draft`;
      writeFileSync(draft, contents, { mode: 0o600, flush: true });
      // Opened under its first name: once it has the other, nothing may fail any more.
      const next = openSync(draft, 'a', 0o600);
      try {
        renameSync(draft, path);
      } catch (error) {
        closeSync(next);
        throw error;
      }
      closeSync(file);
      file = next;
      syncPath(folder);
    },
    keepDamaged: (bytes) => {
      const kept = `${path}.damaged`;
      writeFileSync(kept, bytes, { mode: 0o600 });
      return kept;
    },
    close: () => closeSync(file),
  };
}

function readOrNothing(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  }
}
