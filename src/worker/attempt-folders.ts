/** Where the worker keeps what it keeps, below its folder. */
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Offer } from './connection.ts';
import { type AttemptKey, keyOf } from './journal/facts.ts';
import { hasCode } from './supervisor/attempt-folder.ts';

export class AttemptFolders {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    mkdirSync(join(root, 'attempts'), { recursive: true, mode: 0o700 });
  }

  /** The folder of an attempt’s traces; it goes when the server has acknowledged the attempt. */
  of(key: AttemptKey): string {
    return join(this.#root, 'attempts', fileName(keyOf(key)));
  }

  make(folder: string): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  async remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }

  /** The working folder of a job that names none: made when needed, and kept when something is left in it. */
  scratch(offer: Offer): string {
    return join(
      this.#root,
      'scratch',
      fileName(`${offer.job.replaceAll('/', '-')}-${offer.attemptNumber}.${offer.epoch}`),
    );
  }

  /** A scratch folder in which nothing was left goes. */
  tidy(directory: string): void {
    if (dirname(directory) === join(this.#root, 'scratch')) removeIfEmpty(directory);
  }

  /** The folders of attempts of which the journal knows nothing (any more). */
  strays(known: ReadonlySet<string>): readonly string[] {
    const names = new Set([...known].map(fileName));
    return readdirSync(join(this.#root, 'attempts'))
      .filter((name) => !names.has(name))
      .map((name) => join(this.#root, 'attempts', name));
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'ENOENT')) throw error;
  }
}

/** What the server named, as one name of a file. Percent signs keep different names different. */
function fileName(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9._@+-]/g, (character) => `%${character.codePointAt(0)?.toString(16) ?? ''}`)
    .slice(0, 200);
}
