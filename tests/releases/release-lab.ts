/** A database folder and a directory to publish, with a register that keeps its record in memory. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Publication,
  type Publishing,
  publish,
  type ReleaseRegister,
} from '../../src/releases/publish.ts';

export class ReleaseLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'labkeep-releases-'));
  readonly root = join(this.folder, 'nr');
  readonly from = join(this.folder, 'new');
  readonly told: string[] = [];
  #epoch = 0;

  constructor() {
    mkdirSync(this.root);
  }

  fill(files: Readonly<Record<string, string>>, directory = this.from): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(directory, name, '..'), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
  }

  publish(
    release: string,
    more: Partial<Publication> = {},
    publishing: Partial<Publishing> = {},
    refusing: Partial<ReleaseRegister> = {},
  ) {
    this.#epoch += 1;
    const note = (what: string) => async (): Promise<void> => {
      this.told.push(`${what} ${release}`);
    };
    const register = {
      begin: note('begin'),
      publish: note('publish'),
      drop: note('drop'),
      confirm: async () => undefined,
      ...refusing,
    };
    const it = { root: this.root, release, from: this.from, move: false, epoch: this.#epoch, ...more };
    return publish(it, register, { signal: null, report: () => undefined, ...publishing });
  }

  /** Names in the folder of the database, and in that of Labkeep there. */
  names(...below: readonly string[]): readonly string[] {
    const folder = join(this.root, ...below);
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  read(...path: readonly string[]): string {
    return readFileSync(join(this.root, ...path), 'utf8');
  }

  get current(): string | null {
    return existsSync(join(this.root, 'current')) ? readlinkSync(join(this.root, 'current')) : null;
  }

  /** Nothing of a try is left; what was there before is. */
  isClean(...releases: readonly string[]): void {
    assert.deepEqual(
      this.names().filter((name) => name !== '.labkeep' && name !== 'current'),
      releases,
    );
    assert.deepEqual(this.names('.labkeep', 'building'), []);
    assert.deepEqual(this.names('.labkeep', 'going'), []);
    assert.deepEqual(
      this.names('.labkeep', 'lists'),
      releases.map((release) => `${release}.sha256`),
    );
  }
}
