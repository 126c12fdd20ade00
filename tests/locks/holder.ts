/** A process with several sessions, each of which asks for locks at random, holds them, and notes all that it does. */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { LockWish } from '../../src/core/locks/wishes.ts';
import { SeededChance } from '../crash-loop/chance.ts';
import { type Happening, note, now } from './history.ts';
import { Wire } from './wire.ts';

const { values } = parseArgs({
  options: {
    ledger: { type: 'string', default: '' },
    servers: { type: 'string', default: '' },
    token: { type: 'string', default: '' },
    name: { type: 'string', default: '' },
    sessions: { type: 'string', default: '' },
    seed: { type: 'string', default: '' },
    'try-ms': { type: 'string' },
  },
});

const leaseMs = 3_000;
const paths = ['embl', 'chado', 'chado/curation', 'chado/curation/genes', 'chado/public', 'nr'];
const chance = new SeededChance(Number(values.seed));
const tryMs = values['try-ms'] === undefined ? undefined : Number(values['try-ms']);
const wire = new Wire(values.servers.split(','), values.token, { first: chance.between(0, 1), tryMs });
let stopping = false;
let requests = 0;
process.once('SIGTERM', () => {
  stopping = true;
});

function tell(happening: Happening): void {
  note(values.ledger, happening);
}

class Session {
  readonly id: string;
  #leaseEndsAt: number;
  #over = false;

  private constructor(id: string, sentAt: number) {
    this.id = id;
    this.#leaseEndsAt = sentAt + leaseMs;
  }

  static async open(): Promise<Session | null> {
    const sentAt = now();
    const asked = { name: values.name, host: hostname(), pid: process.pid, leaseMs };
    const answer = await wire.call('POST', '/v1/sessions', asked);
    if (answer?.status !== 201) return null;
    const { session } = answer.body;
    tell({ what: 'opened', session, leaseMs, sentAt });
    return new Session(session, sentAt);
  }

  /** By its own clock: the server may let it live longer, never shorter. */
  get isAlive(): boolean {
    return !this.#over && now() < this.#leaseEndsAt;
  }

  async keepAlive(): Promise<void> {
    while (this.isAlive) {
      const sentAt = now();
      const answer = await wire.call('POST', `/v1/sessions/${this.id}/renew`, {}, leaseMs);
      if (answer?.status === 200) {
        tell({ what: 'renewed', session: this.id, sentAt });
        this.#leaseEndsAt = sentAt + leaseMs;
      } else if (answer !== null) this.#over = true;
      await delay(leaseMs / 4);
    }
  }

  async close(): Promise<void> {
    this.#over = true;
    tell({ what: 'closing', session: this.id });
    await wire.call('DELETE', `/v1/sessions/${this.id}`);
  }

  /** Without a word: its lease will end. */
  leave(): void {
    this.#over = true;
  }

  async act(): Promise<void> {
    const locks = someLocks();
    const how = chance.weighted({ wait: 6, limit: 2, try: 2 });
    requests += 1;
    const request = `${values.name}.${requests}`;
    const waitMs = how === 'limit' ? chance.between(20, 600) : null;
    tell({ what: 'asked', request, session: this.id, locks, waitMs });
    const wait = how === 'try' ? false : (waitMs ?? true);
    const lock = await this.#granted(request, { session: this.id, locks, wait }, how === 'wait');
    if (lock === null) return;
    tell({ what: 'granted', request, ticket: Number.parseInt(lock.lock, 36), epoch: lock.epoch });
    const held = await this.#hold(request, lock, locks);
    tell({ what: 'leaving', request });
    await wire.call('POST', '/v1/locks/release', { locks: [{ lock: lock.lock, epoch: held }] });
  }

  /** Waits for the grant; null where it is refused, or was taken back. */
  async #granted(
    request: string,
    asked: { readonly session: string; readonly locks: readonly LockWish[]; readonly wait: boolean | number },
    mayTakeBack: boolean,
  ): Promise<Granted | null> {
    const answering = wire.call('POST', '/v1/locks', asked);
    const early = await Promise.race([answering, delay(40)]);
    const ticket = early === undefined ? await this.#ticketOf(asked.locks) : null;
    if (ticket !== null) tell({ what: 'queued', request, ticket: Number.parseInt(ticket, 36) });
    if (ticket !== null && mayTakeBack && chance.next() < 0.1) {
      tell({ what: 'leaving', request });
      await wire.call('POST', '/v1/locks/release', { locks: [{ lock: ticket, epoch: 0 }] });
    }
    let answer = await answering;
    while (answer?.status === 200 && answer.body.state === 'waiting')
      answer = await wire.call('GET', `/v1/locks/${answer.body.lock}?waitMs=20000`);
    if (answer?.status === 200) return answer.body;
    if (answer === null) throw new Error('no server answers');
    tell({ what: 'refused', request, code: answer.body.code });
    if (answer.body.code === 'session_ended') this.#over = true;
    return null;
  }

  async #ticketOf(locks: readonly LockWish[]): Promise<string | null> {
    const answer = await wire.call('GET', `/v1/locks?limit=1000&path=${locks[0]?.path}`);
    const items: readonly { lock: string; state: string; holder: { session?: string } }[] =
      answer?.body.items ?? [];
    const own = items.find(({ holder, state }) => holder.session === this.id && state === 'waiting');
    return own?.lock ?? null;
  }

  /** Looks after its locks for a while; answers with the epoch that it has at last. */
  async #hold(request: string, lock: Granted, asked: readonly LockWish[]): Promise<number> {
    let { epoch } = lock;
    let locks = asked;
    await delay(chance.between(0, 40));
    const wish = chance.oneOf(locks);
    if (wish !== undefined && this.isAlive && chance.next() < 0.3) {
      const mode = wish.mode === 'shared' ? 'exclusive' : 'shared';
      locks = locks.map((each) => (each === wish ? { path: each.path, mode } : each));
      if (mode === 'shared') tell({ what: 'weakening', request, locks });
      const change = { lock: lock.lock, epoch, path: wish.path, mode };
      const answer = await wire.call('POST', '/v1/locks/change', change);
      if (answer?.status === 200) epoch = answer.body.epoch;
      if (answer?.status === 200 && mode === 'exclusive') tell({ what: 'stronger', request, locks, epoch });
      if (answer?.status !== 200) locks = asked;
    }
    if (chance.next() < 0.5) await this.#check(request, epoch, chance.oneOf(locks));
    await delay(chance.between(0, 40));
    return epoch;
  }

  async #check(request: string, epoch: number, wish: LockWish | undefined): Promise<void> {
    if (wish === undefined || !this.isAlive) return;
    const path = chance.next() < 0.5 ? wish.path : `${wish.path}/part`;
    tell({ what: 'checking', request, path, mode: wish.mode });
    const answer = await wire.call('POST', '/v1/locks/check', { path, mode: wish.mode, epoch });
    if (answer?.status === 200)
      tell({ what: answer.body.held ? 'held' : 'not held', request, path, mode: wish.mode });
  }
}

interface Granted {
  readonly lock: string;
  readonly epoch: number;
}

function someLocks(): readonly LockWish[] {
  const many = chance.weighted({ one: 6, two: 3, three: 1 });
  const set = new Map<string, LockWish>();
  for (let left = { one: 1, two: 2, three: 3 }[many]; left > 0; left--) {
    const path = chance.oneOf(paths) ?? 'embl';
    set.set(path, { path, mode: chance.next() < 0.7 ? 'shared' : 'exclusive' });
  }
  return [...set.values()];
}

async function live(): Promise<void> {
  while (!stopping) {
    const session = await Session.open();
    if (session === null) throw new Error('no session was opened');
    const renewing = session.keepAlive();
    for (let acts = chance.between(3, 30); acts > 0 && session.isAlive && !stopping; acts--) {
      await session.act();
      await delay(chance.between(0, 20));
    }
    // Some go without a word.
    if (stopping || chance.next() < 0.8) await session.close();
    else session.leave();
    await renewing;
  }
}

await Promise.all(Array.from({ length: Number(values.sessions) }, live));
