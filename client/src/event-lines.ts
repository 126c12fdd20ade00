/** One server-sent event; `data` is null for a block that only moves the place to resume from. */
export interface ServerSentEvent {
  readonly id: string | null;
  readonly data: string | null;
}

/** Text of an event stream in, whole events out. Chunks may end anywhere. */
export class EventLines {
  #rest = '';
  #data: string[] = [];
  #id: string | null = null;

  push(chunk: string): ServerSentEvent[] {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    const events: ServerSentEvent[] = [];
    for (const line of lines) {
      const event = this.#take(line.endsWith('\r') ? line.slice(0, -1) : line);
      if (event !== null) events.push(event);
    }
    return events;
  }

  #take(line: string): ServerSentEvent | null {
    if (line === '') return this.#complete();
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'id') this.#id = value;
    return null;
  }

  #complete(): ServerSentEvent | null {
    if (this.#id === null && this.#data.length === 0) return null;
    const event = { id: this.#id, data: this.#data.length === 0 ? null : this.#data.join('\n') };
    this.#id = null;
    this.#data = [];
    return event;
  }
}
