/** A client that follows the stream of events, from one server to the next, and must get each of them once. */
import type { Position } from '../../src/core/events/cursor.ts';
import type { RecordedEvent } from '../../src/core/events/event.ts';
import { Fault } from '../../src/core/faults.ts';
import type { SeededChance } from '../crash-loop/chance.ts';
import type { Clockwork } from './clockwork.ts';
import type { Server } from './server.ts';

export interface Around {
  readonly clockwork: Clockwork;
  readonly chance: SeededChance;
  readonly servers: readonly Server[];
}

const againMs = 700;

export class Reader {
  readonly #around: Around;
  readonly #breach: (what: string) => void;
  #at: Position | null = null;
  #from = 0;
  #got: number[] = [];

  constructor(around: Around, breach: (what: string) => void) {
    this.#around = around;
    this.#breach = breach;
  }

  begin(): void {
    void this.#follow();
  }

  hasRead(events: readonly RecordedEvent[], incarnation: string): boolean {
    return (
      this.#at?.incarnation === incarnation && (events.at(-1)?.sequence ?? 0) <= (this.#at?.sequence ?? -1)
    );
  }

  /** Whether it got exactly what is on record since it began. */
  compare(events: readonly RecordedEvent[]): void {
    const expected = events.map(({ sequence }) => sequence).filter((sequence) => sequence > this.#from);
    const wrong = expected.findIndex((sequence, index) => this.#got[index] !== sequence);
    if (wrong >= 0 || this.#got.length !== expected.length)
      this.#breach(
        `of ${expected.length} events ${this.#got.length} were streamed; number ${wrong} is ${this.#got[wrong]}, not ${expected[wrong]}`,
      );
  }

  async #follow(): Promise<void> {
    const { chance, clockwork, servers } = this.#around;
    const server = chance.oneOf(servers.filter(({ process }) => process.isRunning));
    const again = (): void => void clockwork.after(againMs, () => void this.#follow());
    if (server === undefined) return again();
    let isOpen = true;
    const over = (): void => {
      if (isOpen) again();
      isOpen = false;
    };
    server.process.whenKilled(over);
    try {
      const start = await server.follow(this.#at, (events) => this.#take(events, isOpen), over);
      if (this.#at !== null) return;
      this.#at = start;
      this.#from = start.sequence;
      this.#got = [];
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      // Of another incarnation: it begins anew.
      if (error.code === 'cursor_gone') this.#at = null;
      over();
    }
  }

  #take(events: readonly RecordedEvent[], isOpen: boolean): void {
    if (!isOpen || this.#at === null) return;
    for (const { sequence } of events) {
      this.#got.push(sequence);
      this.#at = { ...this.#at, sequence };
    }
  }
}
