/** A file system of few megabytes in memory, to be filled. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverUser } from '../support/postgres-binaries.ts';

/** Why none can be mounted here. Where CI=true a skipped test would hide a failure, so there the reason is thrown. */
export function smallDiskUnavailable(): string | undefined {
  try {
    SmallDisk.mount(1)[Symbol.dispose]();
    return undefined;
  } catch (error) {
    const reason = 'no right to mount a small file system';
    if (process.env.CI === 'true') throw new Error(reason, { cause: error });
    return reason;
  }
}

export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static mount(mebibytes: number): SmallDisk {
    const folder = mkdtempSync(join(tmpdir(), 'labkeep-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'none', folder], { stdio: 'pipe' });
    } catch (error) {
      rmdirSync(folder);
      throw error;
    }
    chmodSync(folder, 0o711);
    return new SmallDisk(folder);
  }

  /** A new folder on it. */
  folderOf(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  }

  /** One that belongs to whom PostgreSQL runs as. */
  serversFolder(name: string): string {
    const folder = this.folderOf(name);
    const user = serverUser();
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
    return folder;
  }

  /** Leaves so many bytes free. */
  fillBut(bytes: number): void {
    const { bavail, bsize } = statfsSync(this.folder);
    writeFileSync(this.#ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
  }

  makeSpace(): void {
    rmSync(this.#ballast);
  }

  /** Whoever uses it has stopped by then. */
  [Symbol.dispose](): void {
    execFileSync('umount', [this.folder]);
    rmdirSync(this.folder);
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}
