/** A wall clock that can be set, for the processes that preload it. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const source = join(import.meta.dirname, 'shifted-clock.c');

export class ShiftedClock {
  readonly env: Readonly<Record<string, string>>;
  readonly #file: number;

  /** `folder`: any that whoever preloads it may read. */
  constructor(folder: string) {
    const library = join(folder, 'shifted-clock.so');
    execFileSync('cc', ['-shared', '-fPIC', '-Wall', '-Werror', '-o', library, source, '-ldl']);
    const file = join(folder, 'shift');
    this.#file = openSync(file, 'w');
    this.set(0);
    this.env = { LD_PRELOAD: library, CLOCK_SHIFT_FILE: file };
  }

  /** All processes have it so from now on: ms ahead of the machine’s own. */
  set(aheadMs: number): void {
    const shift = Buffer.alloc(8);
    shift.writeBigInt64LE(BigInt(aheadMs) * 1_000_000n);
    writeSync(this.#file, shift, 0, shift.length, 0);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
