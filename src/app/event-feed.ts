/**
 * One tailer feeds all event streams of this server. It reads what is new once, into a ring; each stream is a place
 * in the order of events, so what a client has not taken yet waits in the ring and nowhere else. A stream that comes
 * from farther back reads pages of the storage until it meets the ring; one that was in the ring and fell out of it,
 * since its client takes too little, ends: the client comes back with the cursor it has.
 */
import type { Position } from '../core/events/cursor.ts';
import type { RecordedEvent } from '../core/events/event.ts';
import { Fault } from '../core/faults.ts';
import type { Hint, Storage } from '../ports/storage.ts';
import type { Timers } from '../ports/timers.ts';
import type { Troubles } from '../ports/troubles.ts';
import { EventRing } from './event-ring.ts';
import { type EventView, endOf } from './list-events.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface EventStream {
  /** Where the stream begins. */
  readonly start: Position;
  /** The events that come next, at least one, and where they lead; null when the stream has ended. */
  next(): Promise<{ readonly events: readonly RecordedEvent[]; readonly upTo: Position } | null>;
  close(): void;
}

const pageLength = 1_000;
const reaskMs = 1_000;
const takenAtOnce = 500;
const wokenAtOnce = 100;
const wakePauseMs = 2;

const readingEvents = {
  failed: 'the events could not be read; it is tried again',
  succeeds: 'the events are read again',
};

export class EventFeed {
  readonly #storage: Pick<Storage, 'identify' | 'listEvents' | 'onHint'>;
  readonly #timers: Timers;
  readonly #troubles: Troubles | undefined;
  readonly #room: WaitingRoom;
  readonly #ring = new EventRing();
  readonly #streams = new Set<Stream>();
  #incarnation = '';
  #starting: Promise<void> | null = null;
  #pulling = false;
  #pulled: Promise<void> = Promise.resolve();
  #pullAgain = false;
  #stopTimer: (() => void) | null = null;
  #unlisten: (() => void) | null = null;
  #stopped = false;

  constructor(world: {
    readonly storage: Pick<Storage, 'identify' | 'listEvents' | 'onHint'>;
    readonly timers: Timers;
    readonly troubles?: Troubles | undefined;
    readonly room: WaitingRoom;
  }) {
    this.#storage = world.storage;
    this.#timers = world.timers;
    this.#troubles = world.troubles;
    this.#room = world.room;
  }

  /** A stream of what comes after a cursor, or from now on. A cursor that is gone is refused here. */
  async open(after: Position | null, view: EventView): Promise<EventStream> {
    if (this.#stopped) throw new Fault('stopping');
    this.#room.check('streams');
    const giveBack = this.#room.take('streams');
    try {
      await this.#start();
      const start = after ?? (await this.#now());
      if (after !== null) await this.#storage.listEvents({ after, limit: 1, project: view.project });
      const stream = new Stream(start, view, this.#ring, this.#storage, (closed) => {
        this.#streams.delete(closed);
        giveBack();
      });
      this.#streams.add(stream);
      if (this.#stopped) stream.close();
      return stream;
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  /** Ends every stream; resolves when nothing is read any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#rest();
    for (const stream of this.#streams) stream.close();
    await this.#pulled;
  }

  async #now(): Promise<Position> {
    const { incarnation, lastEvent } = await this.#storage.identify();
    return { incarnation, sequence: lastEvent };
  }

  /** Listens from the first stream on. */
  #start(): Promise<void> {
    this.#starting ??= this.#begin().catch((error: unknown) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }

  async #begin(): Promise<void> {
    const now = await this.#now();
    if (this.#stopped) throw new Fault('stopping');
    this.#incarnation = now.incarnation;
    this.#ring.reset(now.sequence);
    this.#unlisten = this.#storage.onHint((hint: Hint) => {
      if (hint.event) this.#pull();
    });
    this.#tick();
  }

  #tick(): void {
    this.#stopTimer = this.#timers.after(reaskMs, () => {
      this.#tick();
    });
    this.#pull();
  }

  #rest(): void {
    this.#unlisten?.();
    this.#stopTimer?.();
    this.#unlisten = null;
    this.#stopTimer = null;
    this.#starting = null;
    this.#troubles?.rests(readingEvents);
  }

  /** Reads what is new; what is announced in the meantime makes it read once more. */
  #pull(): void {
    this.#pullAgain = true;
    if (this.#pulling) return;
    this.#pulling = true;
    this.#pulled = this.#pullAll();
  }

  async #pullAll(): Promise<void> {
    try {
      while (this.#pullAgain && !this.#stopped && this.#unlisten !== null) {
        this.#pullAgain = false;
        await this.#pullPage();
      }
      this.#troubles?.succeeded(readingEvents);
    } catch (error) {
      if (error instanceof Fault && error.code === 'cursor_gone') this.#restart();
      else if (this.#unlisten !== null) this.#troubles?.failed(readingEvents, error);
    } finally {
      this.#pulling = false;
    }
  }

  async #pullPage(): Promise<void> {
    const after = { incarnation: this.#incarnation, sequence: this.#ring.upTo };
    const page = await this.#storage.listEvents({ after, limit: pageLength, project: null });
    if (page.upTo === after.sequence) return;
    this.#ring.push(page.items, page.upTo);
    if (page.items.length >= pageLength) this.#pullAgain = true;
    await this.#wakeStreams();
  }

  /** Some at a time, with a pause: what else is asked of the server is answered in between. */
  async #wakeStreams(): Promise<void> {
    let woken = 0;
    for (const stream of [...this.#streams]) {
      stream.wake();
      woken += 1;
      if (woken % wokenAtOnce === 0) await this.#pause();
    }
  }

  #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#timers.after(wakePauseMs, resolve);
    return promise;
  }

  /** The storage is another than it was, or the server slept for longer than events are kept. */
  #restart(): void {
    this.#rest();
    for (const stream of this.#streams) stream.close();
  }
}

class Stream implements EventStream {
  readonly start: Position;
  readonly #view: EventView;
  readonly #ring: EventRing;
  readonly #storage: Pick<Storage, 'listEvents'>;
  readonly #closed: (stream: Stream) => void;
  #upTo: number;
  #inRing = false;
  #ended = false;
  #wake: (() => void) | null = null;

  constructor(
    start: Position,
    view: EventView,
    ring: EventRing,
    storage: Pick<Storage, 'listEvents'>,
    closed: (stream: Stream) => void,
  ) {
    this.start = start;
    this.#upTo = start.sequence;
    this.#view = view;
    this.#ring = ring;
    this.#storage = storage;
    this.#closed = closed;
  }

  async next(): Promise<{ readonly events: readonly RecordedEvent[]; readonly upTo: Position } | null> {
    while (!this.#ended) {
      const events = await this.#step();
      if (this.#ended) return null;
      if (events.length > 0) return { events, upTo: { ...this.start, sequence: this.#upTo } };
    }
    return null;
  }

  wake(): void {
    this.#wake?.();
    this.#wake = null;
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closed(this);
    this.wake();
  }

  /** Moves on: in the ring, or by a page of the storage, or by waiting. */
  async #step(): Promise<readonly RecordedEvent[]> {
    if (this.#upTo < this.#ring.from) {
      if (this.#inRing) this.close();
      return this.#inRing ? [] : this.#readPage();
    }
    this.#inRing = true;
    if (this.#upTo >= this.#ring.upTo) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
      return [];
    }
    const { events, upTo } = this.#ring.after(this.#upTo, takenAtOnce);
    this.#upTo = upTo;
    return events.filter(this.#view.shows);
  }

  async #readPage(): Promise<readonly RecordedEvent[]> {
    const after = { ...this.start, sequence: this.#upTo };
    const page = await this.#storage.listEvents({ after, limit: pageLength, project: this.#view.project });
    this.#upTo = endOf(page).sequence;
    return page.items.filter(this.#view.shows);
  }
}
