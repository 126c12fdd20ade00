/** Messages between clients, workers and servers: lost, late, doubled, out of order, cut. */
import { LabkeepError } from '../../client/src/labkeep-error.ts';
import type { SeededChance } from '../crash-loop/chance.ts';
import type { Clockwork, Process } from './clockwork.ts';
import type { Weather } from './weather.ts';

export interface Peer {
  readonly name: string;
  readonly process: Process;
  /** Answers one request; a refusal is thrown as a LabkeepError. */
  serve(verb: string, body: unknown, gone: AbortSignal): Promise<unknown>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

export interface NetworkOptions {
  readonly clockwork: Clockwork;
  readonly chance: SeededChance;
  readonly weather: Weather;
  readonly trace: (what: () => string) => void;
}

export class Network {
  readonly #options: NetworkOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #partitions = new Set<string>();
  #calm = false;
  #calls = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** The peer that answers at an address from now on. */
  attach(address: string, peer: Peer): void {
    this.#peers.set(address, peer);
  }

  cut(one: string, other: string): void {
    this.#partitions.add(pairOf(one, other));
  }

  mend(one: string, other: string): void {
    this.#partitions.delete(pairOf(one, other));
  }

  /** From now on all messages arrive. */
  becalm(): void {
    this.#calm = true;
    this.#partitions.clear();
  }

  async call(
    from: { readonly name: string; readonly process: Process },
    address: string,
    verb: string,
    body: unknown,
    { signal, timeoutMs }: CallOptions,
  ): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const text = JSON.stringify(body);
    const id = ++this.#calls;
    const gone = new AbortController();
    let open = true;
    const settle = (act: () => void): void => {
      if (!open) return;
      open = false;
      stopWaiting();
      signal?.removeEventListener('abort', leave);
      act();
    };
    const away = (detail: string): void =>
      settle(() => reject(new LabkeepError({ code: 'server_away', detail })));
    const leave = (): void => {
      away('given up');
      this.#options.clockwork.after(this.#delay(), () => gone.abort());
    };
    const stopWaiting = from.process.timers.after(timeoutMs, () => {
      away(`no answer within ${timeoutMs} ms`);
      this.#options.clockwork.after(this.#delay(), () => gone.abort());
    });
    if (signal?.aborted === true) leave();
    else signal?.addEventListener('abort', leave, { once: true });

    const travel = (copy: number): void => {
      const { clockwork, trace } = this.#options;
      if (this.#isLost(from.name, address)) {
        trace(() => `${from.name} → ${address} ${verb} #${id} lost`);
        // Most losses show at once, as a connection that breaks; some as silence.
        if (this.#options.chance.next() < 0.7) this.#to(from.process, () => away('the connection broke'));
        return;
      }
      clockwork.after(this.#delay(), () => {
        const peer = this.#peers.get(address);
        if (peer === undefined || peer.process.isDead || this.#isCut(from.name, address)) {
          this.#to(from.process, () => away('nobody answers'));
          return;
        }
        trace(() => `${from.name} → ${address} ${verb} #${id}${copy > 1 ? ' again' : ''} ${text}`);
        peer.process.timers.after(0, () => {
          peer.serve(verb, JSON.parse(text), gone.signal).then(
            (answer) =>
              this.#answer(
                from,
                peer,
                () => `${verb} #${id} ${JSON.stringify(answer)}`,
                () => settle(() => resolve(copied(answer))),
              ),
            (error: unknown) =>
              this.#answer(
                from,
                peer,
                () => `${verb} #${id} ${String(error)}`,
                () => settle(() => reject(error)),
              ),
          );
        });
        peer.process.whenKilled(() => this.#to(from.process, () => away('the connection broke')));
      });
    };
    travel(1);
    if (this.#happens(this.#options.weather.doubled)) travel(2);
    return promise;
  }

  #answer(
    from: { readonly name: string; readonly process: Process },
    peer: Peer,
    what: () => string,
    act: () => void,
  ): void {
    if (peer.process.isDead) return;
    const { trace } = this.#options;
    if (this.#isLost(peer.name, from.name) || this.#isCut(from.name, peer.name))
      trace(() => `${from.name} ← ${peer.name} ${what()} lost`);
    else {
      trace(() => `${from.name} ← ${peer.name} ${what()}`);
      this.#to(from.process, act);
    }
  }

  #to(process: Process, act: () => void): void {
    this.#options.clockwork.after(this.#delay(), () => void process.timers.after(0, act));
  }

  #isLost(from: string, to: string): boolean {
    return this.#isCut(from, to) || this.#happens(this.#options.weather.lost);
  }

  #isCut(one: string, other: string): boolean {
    return this.#partitions.has(pairOf(one, other));
  }

  #happens(part: number): boolean {
    return !this.#calm && this.#options.chance.next() < part;
  }

  #delay(): number {
    const { chance, weather } = this.#options;
    if (!this.#happens(weather.slow)) return chance.between(1, 5);
    return chance.next() < 0.9 ? chance.between(5, 2_000) : chance.between(2_000, 40_000);
  }
}

function pairOf(one: string, other: string): string {
  return [one, other].sort().join(' ');
}

function copied(answer: unknown): unknown {
  return answer === undefined ? undefined : JSON.parse(JSON.stringify(answer));
}
