import type { RecordedEvent } from '../core/events/event.ts';

const eventsMax = 20_000;
/** An event may list a thousand jobs; together the ring keeps no more than this many of them. */
const jobsMax = 200_000;

/** The newest events, in order: all those after `from`, up to `upTo`. */
export class EventRing {
  #events: RecordedEvent[] = [];
  #jobs = 0;
  #from = 0;
  #upTo = 0;

  get from(): number {
    return this.#from;
  }

  get upTo(): number {
    return this.#upTo;
  }

  reset(upTo: number): void {
    this.#events = [];
    this.#jobs = 0;
    this.#from = upTo;
    this.#upTo = upTo;
  }

  push(events: readonly RecordedEvent[], upTo: number): void {
    for (const event of events) {
      this.#events.push(event);
      this.#jobs += event.jobs.length;
    }
    this.#upTo = upTo;
    if (this.#events.length > eventsMax || this.#jobs > jobsMax) this.#trim();
  }

  /** What comes after a sequence number that is in the ring, at most `many` events, and how far that leads. */
  after(
    sequence: number,
    many: number,
  ): { readonly events: readonly RecordedEvent[]; readonly upTo: number } {
    const first = this.#indexAfter(sequence);
    const events = this.#events.slice(first, first + many);
    const last = events.at(-1);
    const all = first + many >= this.#events.length;
    return { events, upTo: all || last === undefined ? this.#upTo : last.sequence };
  }

  #indexAfter(sequence: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.sequence ?? Number.POSITIVE_INFINITY) > sequence) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Lets the older half go, so that trimming costs little for each event. */
  #trim(): void {
    let kept = this.#events.length;
    while (kept > 0 && (kept > eventsMax / 2 || this.#jobs > jobsMax / 2)) {
      const oldest = this.#events[this.#events.length - kept];
      this.#jobs -= oldest?.jobs.length ?? 0;
      this.#from = oldest?.sequence ?? this.#from;
      kept--;
    }
    this.#events = this.#events.slice(this.#events.length - kept);
  }
}
