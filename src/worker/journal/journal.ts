/**
 * What this worker was offered, started and finished, and what of it the server has acknowledged: one line a fact,
 * only ever appended. `append` returns when a crash of this process cannot lose it; `flushed` resolves when a power
 * cut cannot either. When little of the file is still of interest, it is written anew.
 */
import type { Log } from '../../ports/log.ts';
import { addFact, type Entry, type Fact, factsOf, readFact, writeFact } from './facts.ts';
import { type JournalFile, openJournalFile } from './file.ts';

export interface JournalOptions {
  readonly folder: string;
  readonly log: Log;
  /** From this size on it is written anew once nothing is open; with something open, from sixteen times this. */
  readonly compactBytes?: number;
  /** The file of the folder, if left out. */
  readonly file?: JournalFile;
}

export class Journal {
  /** What the server has not acknowledged. */
  readonly entries: ReadonlyMap<string, Entry>;
  readonly #entries = new Map<string, Entry>();
  readonly #file: JournalFile;
  readonly #compactBytes: number;
  readonly #log: Log;
  #size: number;
  #syncing: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor({ folder, log, compactBytes = 64 * 1024, file = openJournalFile(folder) }: JournalOptions) {
    this.entries = this.#entries;
    this.#file = file;
    this.#compactBytes = compactBytes;
    this.#log = log;
    this.#size = this.#read(file.read(), log);
    // A torn last line must not swallow the next one.
    file.cut(this.#size);
  }

  append(...facts: readonly Fact[]): void {
    const bytes = Buffer.from(facts.map(writeFact).join(''));
    try {
      this.#file.append(bytes);
    } catch (error) {
      this.#file.cut(this.#size);
      throw error;
    }
    this.#size += bytes.length;
    for (const fact of facts) addFact(this.#entries, fact);
    this.#compact();
  }

  /** Resolves when all that was appended before the call survives a power cut. Calls that wait share one sync. */
  flushed(): Promise<void> {
    if (this.#syncing === null) return this.#sync();
    this.#next ??= this.#syncing.then(
      () => this.#sync(),
      () => this.#sync(),
    );
    return this.#next;
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#syncing, this.#next]);
    this.#file.close();
  }

  #sync(): Promise<void> {
    this.#next = null;
    this.#syncing = this.#file.sync().finally(() => {
      this.#syncing = null;
    });
    return this.#syncing;
  }

  /** The number of bytes that are whole lines. */
  #read(bytes: Buffer, log: Log): number {
    const size = bytes.lastIndexOf(10) + 1;
    let unreadable = 0;
    for (const line of bytes.subarray(0, size).toString('utf8').split('\n')) {
      const fact = line === '' ? null : readFact(line);
      if (fact !== null) addFact(this.#entries, fact);
      else if (line !== '') unreadable += 1;
    }
    if (unreadable > 0) {
      const kept = this.#file.keepDamaged(bytes);
      log.error(
        { kept, unreadable },
        'the journal of this worker has lines that cannot be read; the others were used',
      );
    }
    return size;
  }

  #compact(): void {
    const limit = this.#entries.size === 0 ? this.#compactBytes : this.#compactBytes * 16;
    // While the file is being synced it cannot be exchanged; the next fact comes past here again.
    if (this.#size < limit || this.#syncing !== null) return;
    const lines = [...this.#entries.values()].flatMap(factsOf).map(writeFact).join('');
    if (Buffer.byteLength(lines) > this.#size / 2) return;
    try {
      this.#file.exchange(lines);
    } catch (error) {
      // No room to be brief: the long journal goes on, and is as good.
      this.#log.warn({ error }, 'the journal of this worker could not be written anew');
      return;
    }
    this.#size = Buffer.byteLength(lines);
  }
}
