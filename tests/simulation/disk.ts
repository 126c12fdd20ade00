/** A worker’s folder on a disk that loses, with the power, what was not synced. */

import { addFact, type Entry, readFact } from '../../src/worker/journal/facts.ts';
import type { JournalFile } from '../../src/worker/journal/file.ts';
import type { ExitRecord } from '../../src/worker/supervisor/attempt-folder.ts';
import type { SeededChance } from '../crash-loop/chance.ts';
import type { Process } from './clockwork.ts';
import type { Command } from './commands.ts';

/** What a command leaves. */
export interface Traces {
  /** Who may start it: a supervisor that has passed, or nobody any more. */
  gate: 'closed' | Command | null;
  exit: ExitRecord | null;
}

export class Disk {
  /** Nothing more can be written. */
  full = false;
  leaseEnd: number | null = null;
  readonly folders = new Map<string, Traces>();
  readonly #chance: SeededChance;
  #journal = Buffer.alloc(0);
  #synced = 0;
  #counted: { readonly of: Buffer; readonly count: number } | null = null;

  constructor(chance: SeededChance) {
    this.#chance = chance;
  }

  /** The journal as one process has it open: what that wrote stays when it dies, and it writes nothing after. */
  journalOf(process: Process): JournalFile {
    return {
      path: 'journal',
      read: () => this.#journal,
      cut: (size) => {
        if (process.isDead) return;
        this.#journal = this.#journal.subarray(0, size);
        this.#synced = Math.min(this.#synced, size);
      },
      append: (bytes) => {
        if (process.isDead) return;
        if (this.full) throw new Error('no space left on device');
        this.#journal = Buffer.concat([this.#journal, bytes]);
      },
      sync: () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const size = this.#journal.length;
        process.timers.after(this.#syncMs(), () => {
          this.#synced = Math.max(this.#synced, Math.min(size, this.#journal.length));
          resolve();
        });
        return promise;
      },
      exchange: (contents) => {
        if (process.isDead) return;
        if (this.full) throw new Error('no space left on device');
        this.#journal = Buffer.from(contents);
        this.#synced = this.#journal.length;
      },
      keepDamaged: () => 'journal.damaged',
      close: () => undefined,
    };
  }

  /** How many attempts the journal knows of whose end the server has not acknowledged. */
  get unacknowledged(): number {
    if (this.#counted?.of !== this.#journal)
      this.#counted = { of: this.#journal, count: countOpen(this.#journal.toString('utf8')) };
    return this.#counted.count;
  }

  /** Of what was not synced, some part may be there all the same, torn anywhere. */
  losePower(): void {
    const kept = this.#chance.between(this.#synced, this.#journal.length);
    this.#journal = this.#journal.subarray(0, kept);
    this.#synced = kept;
    for (const traces of this.folders.values())
      if (traces.exit === null && this.#chance.next() < 0.5) traces.gate = null;
  }

  #syncMs(): number {
    return this.#chance.next() < 0.95 ? this.#chance.between(1, 20) : this.#chance.between(100, 3_000);
  }
}

function countOpen(journal: string): number {
  const entries = new Map<string, Entry>();
  for (const line of journal.split('\n')) {
    const fact = line === '' ? null : readFact(line);
    if (fact !== null) addFact(entries, fact);
  }
  return entries.size;
}
