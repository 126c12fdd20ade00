/**
 * The files that a command is about to read: every argument that names an existing one, also behind `=`. They are held
 * open while it runs, so that what it replaced can still be read and asked whether it was read.
 */
import { closeSync, fstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { systemCode } from '../daemon/system-error.ts';
import { digestNow, digestOf, openUntouched } from './digest.ts';
import { isMissing } from './missing.ts';
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

  static find(
    words: readonly string[],
    folder: string,
    hashBytesMax: number,
    wished: readonly string[],
  ): Inputs {
    const held = new Map<string, Held>();
    const directories = new Set<string>();
    let budget = hashedFirstBytes;
    const look = (name: string, certain: boolean): void => {
      const path = realPath(resolve(folder, name));
      if (path === null || held.has(path)) return;
      const found = statSync(path, { bigint: true });
      if (found.isDirectory() && !contains(path, folder)) directories.add(path);
      if (!found.isFile()) return;
      const file = hold(path, certain);
      if (file === null) return;
      if (file.size <= Math.min(budget, hashBytesMax)) {
        budget -= file.size;
        file.digest = digestNow(file.descriptor, file.size);
      }
      held.set(path, file);
    };
    for (const name of wished) look(name, true);
    for (const word of words) {
      if (word.length > 4096 || word.includes('\0')) continue;
      look(word, false);
      const equals = word.indexOf('=');
      if (equals > 0 && equals < word.length - 1) look(word.slice(equals + 1), false);
    }
    return new Inputs([...held.values()], [...directories]);
  }

  /** Begins to hash what is left, beside the command. */
  hashOn(hashBytesMax: number): void {
    for (const file of this.#held)
      if (file.digest === null && file.size <= hashBytesMax)
        file.digest = digestOf(file.descriptor).catch(unreadable);
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

/** What cannot be read to its end has no digest. */
function unreadable(error: unknown): null {
  if (systemCode(error) === null) throw error;
  return null;
}

function hold(path: string, certain: boolean): Held | null {
  let descriptor: number;
  try {
    descriptor = openUntouched(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
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

/** Null if there is nothing of this name. */
export function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The file behind one of our own streams, if it is one. */
export function fileOfStream(descriptor: 0 | 1 | 2): string | null {
  if (!fstatSync(descriptor).isFile()) return null;
  return realPath(readlinkSync(`/proc/self/fd/${descriptor}`));
}

export function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way.startsWith('..') || isAbsolute(way));
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
