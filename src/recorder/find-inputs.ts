/**
 * The files that a command is about to read: every argument that names an existing one, also behind `=`. They are held
 * open while it runs, so that what it replaced can still be read and asked whether it was read.
 */
import { closeSync, fstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemCode } from '../daemon/system-error.ts';
import { openUntouched, orNull, realPath } from '../worker/programs/look.ts';
import { contains } from './paths.ts';
import type { FileReport } from './report.ts';

/** Together at most so many bytes are hashed before the command starts; larger files while it runs. */
const hashedFirstBytes = 2 << 20;

interface Held {
  readonly path: string;
  readonly descriptor: number;
  readonly size: number;
  readonly readBefore: bigint;
  readonly writtenBefore: bigint;
  /** Named with --in, or standard input: read, whatever the file system says. */
  readonly certain: boolean;
  digest: Promise<string | null> | string | null;
}

export class Inputs {
  readonly #held: readonly Held[];
  readonly #directories: readonly string[];

  private constructor(held: readonly Held[], directories: readonly string[]) {
    this.#held = held;
    this.#directories = directories;
  }

  static async find(
    words: readonly string[],
    folder: string,
    hashBytesMax: number,
    wished: readonly string[],
  ): Promise<Inputs> {
    const held = new Map<string, Held>();
    const directories = new Set<string>();
    const look = (name: string, certain: boolean): void => {
      const path = realPath(resolve(folder, name));
      if (path === null || held.has(path)) return;
      const found = statSync(path, { bigint: true });
      if (found.isDirectory() && !contains(path, folder)) directories.add(path);
      if (!found.isFile()) return;
      const file = hold(path, certain);
      if (file !== null) held.set(path, file);
    };
    for (const name of wished) look(name, true);
    for (const word of words) {
      if (word.length > 4096 || word.includes('\0')) continue;
      look(word, false);
      const equals = word.indexOf('=');
      if (equals > 0 && equals < word.length - 1) look(word.slice(equals + 1), false);
    }
    await hashFirst([...held.values()], hashBytesMax);
    return new Inputs([...held.values()], [...directories]);
  }

  /** Begins to hash what is left, beside the command. */
  hashOn(hashBytesMax: number): void {
    for (const file of this.#held)
      if (file.digest === null && file.size <= hashBytesMax) file.digest = hashLater(file);
  }

  /** As known so far, without waiting. */
  now(): readonly FileReport[] {
    const files = this.#held.map(({ path, size, digest }) => ({
      path,
      size,
      ...(typeof digest === 'string' ? { sha256: digest } : {}),
    }));
    return [...files, ...this.#directories.map((path) => ({ path, kind: 'directory' as const }))];
  }

  /**
   * What was read. An argument that the command changed and certainly did not read before (its time of access stands
   * still where it would have moved) was an output only.
   */
  async close(isChanged: (path: string) => boolean): Promise<readonly FileReport[]> {
    const files: FileReport[] = [];
    for (const file of this.#held) {
      const digest = await file.digest;
      if (file.certain || !isChanged(file.path) || this.#mayHaveBeenRead(file))
        files.push({
          path: file.path,
          size: file.size,
          ...(digest === null ? {} : { sha256: digest }),
          ...(digest === null && file.digest !== null ? { note: 'changed while it was read' } : {}),
        });
      closeSync(file.descriptor);
    }
    return [...files, ...this.#directories.map((path) => ({ path, kind: 'directory' as const }))];
  }

  /** With `relatime`, the time of access moves at a read if it lay before the last change, and not always if after. */
  #mayHaveBeenRead(file: Held): boolean {
    const { atimeNs } = fstatSync(file.descriptor, { bigint: true });
    if (atimeNs !== file.readBefore) return true;
    return file.readBefore > file.writtenBefore || keepsNoAccessTimes(file.path);
  }
}

/** Small files, before the command starts. What hashes takes as long to load as the rest, and most often is not needed. */
async function hashFirst(files: readonly Held[], hashBytesMax: number): Promise<void> {
  let budget = hashedFirstBytes;
  for (const file of files) {
    if (file.size > Math.min(budget, hashBytesMax)) continue;
    budget -= file.size;
    const { digestNow } = await import('../worker/programs/digest.ts');
    file.digest = digestNow(file.descriptor, file.size);
  }
}

/** What cannot be read to its end has no digest. */
async function hashLater({ descriptor }: Held): Promise<string | null> {
  const { digestOf } = await import('../worker/programs/digest.ts');
  try {
    return await digestOf(descriptor);
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return null;
  }
}

function hold(path: string, certain: boolean): Held | null {
  const descriptor = orNull(() => openUntouched(path));
  if (descriptor === null) return null;
  const { size, atimeNs, mtimeNs, ctimeNs } = fstatSync(descriptor, { bigint: true });
  return {
    path,
    descriptor,
    size: Number(size),
    readBefore: atimeNs,
    writtenBefore: mtimeNs > ctimeNs ? mtimeNs : ctimeNs,
    certain,
    digest: null,
  };
}

/** The file behind one of our own streams, if it is one. */
export function fileOfStream(descriptor: 0 | 1 | 2): string | null {
  if (!fstatSync(descriptor).isFile()) return null;
  return realPath(readlinkSync(`/proc/self/fd/${descriptor}`));
}

/** A pipe or a socket can only be kept by reading it; a terminal, a file or a device is handed over as it is. */
export function stdinIsPiped(): boolean {
  const stats = fstatSync(0);
  return stats.isFIFO() || stats.isSocket();
}

/** Whether the file system of the path is mounted without times of access: then they prove nothing. */
function keepsNoAccessTimes(path: string): boolean {
  let longest = '';
  let without = true;
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, escaped = '', , options = ''] = line.split(' ');
    const mount = escaped.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    );
    if (mount.length < longest.length || !contains(mount, path)) continue;
    longest = mount;
    without = options.split(',').includes('noatime');
  }
  return without;
}
