import assert from 'node:assert/strict';
import { Fault } from '../../src/core/faults.ts';
import type { LockWish } from '../../src/core/locks/wishes.ts';
import type { LockRecord } from '../../src/ports/records/locks.ts';
import { ada, type Lab } from './lab.ts';
import type { LockAct } from './lock-acts.ts';
import { addDatabases, newSession, root } from './lock-lab.ts';
import { type KnownRequest, type KnownSession, LockOracle } from './lock-oracle.ts';

const silenceMs = 90_000;
const endedKeptMs = 86_400_000;

type ActOf<Kind extends LockAct['kind']> = Extract<LockAct, { readonly kind: Kind }>;

/** One history: every act is done on the storage and told to the oracle, and the two are compared. */
export class LockHistory {
  readonly #lab: Lab;
  readonly #prefix: string;
  readonly #oracle: LockOracle;
  /** The greatest ticket, epoch or session that was given before. */
  #greatest = 0;
  /** Those that were given with the last act, or the last several. */
  readonly #given = new Set<number>();
  readonly #epochs = new Map<number, number>();
  readonly #epochsOver = new Set<number>();

  private constructor(lab: Lab, prefix: string, names: readonly string[]) {
    this.#lab = lab;
    this.#prefix = prefix;
    this.#oracle = new LockOracle(names.map((name) => prefix + name));
  }

  static async begin(lab: Lab, number: number, names: readonly string[]): Promise<LockHistory> {
    const history = new LockHistory(lab, `h${number}-`, names);
    await addDatabases(lab, ...history.#oracle.databases.map(({ name }) => name));
    await lab.storage.sweep();
    for (let index = 0; index < 4; index++)
      await history.play({ kind: 'open', leaseMs: 600_000, idleMs: null, databases: [] });
    return history;
  }

  /** Leaves nothing behind that another history would see, nor sessions that it would list. */
  async leave(): Promise<void> {
    for (const { id } of this.#oracle.sessions)
      await this.#lab.storage.endSession({ by: root, session: id, text: null });
    for (const { name } of this.#oracle.databases)
      await this.#lab.storage.reopenDatabase({ by: root, name, release: null }).catch(() => null);
    this.#lab.clock.advance(endedKeptMs + 1);
    await this.#lab.storage.sweep();
  }

  get #now(): number {
    return this.#lab.clock.now();
  }

  async play(it: LockAct): Promise<void> {
    await this.#do(it);
    this.#oracle.settle();
    await this.#compare();
    this.#greatest = Math.max(this.#greatest, ...this.#given);
    this.#given.clear();
  }

  async #do(it: LockAct): Promise<void> {
    switch (it.kind) {
      case 'open':
        return this.#open(it);
      case 'acquire':
        return this.#acquire(it);
      case 'together':
        return this.#together(it);
      case 'release':
        return this.#release(it);
      case 'change':
        return this.#change(it);
      case 'renew':
        return this.#renew(it);
      case 'visit':
        return this.#visit(it);
      case 'end':
        return this.#end(it);
      case 'pass':
        return this.#pass(it.ms, 0);
      case 'silence':
        return this.#pass(silenceMs, silenceMs);
      case 'close':
        return this.#close(it);
      case 'reopen':
        return this.#reopen(it);
      case 'break':
        return this.#break(it);
      case 'turn':
        return this.#turn(it);
    }
  }

  async #open({ leaseMs, idleMs, databases }: ActOf<'open'>): Promise<void> {
    const names = databases.map((name) => this.#prefix + name).sort();
    const session = { ...newSession, leaseMs, idleMs, databases: names };
    const opened = await outcomeOf(this.#lab.storage.openSession({ by: ada, session }));
    const shut = this.#oracle.shut(names);
    if (shut !== null) return assert.equal(opened, shut);
    assert.ok(typeof opened === 'object');
    const [leaseEndsAt, usedAt] = [this.#now + leaseMs, this.#now];
    const open = new Set(names);
    this.#oracle.sessions.push({ id: opened.id, leaseMs, idleMs, leaseEndsAt, usedAt, open, ended: null });
    this.#isNew(opened.id);
  }

  async #acquire(it: Omit<ActOf<'acquire'>, 'kind'>): Promise<void> {
    await this.#ask(it)();
  }

  /** Asks for a set; gives what compares the answer, which is to be called after all acts before it were compared. */
  #ask({ which, wishes, wait, waitMs }: Omit<ActOf<'acquire'>, 'kind'>): () => Promise<void> {
    const session = this.#session(which);
    if (session === undefined) return () => Promise.resolve();
    const locks = wishes
      .map(({ path, mode }): LockWish => ({ path: this.#prefix + path, mode }))
      .sort((one, other) => (one.path < other.path ? -1 : 1));
    const asked = { by: ada, session: session.id, locks, wait, waitMs };
    const answered = outcomeOf(this.#lab.storage.acquireLocks(asked));
    return async () => {
      const expected = this.#oracle.answerTo(session, locks, wait);
      const answer = await answered;
      assert.equal(typeof answer === 'string' ? answer : answer.state, expected);
      if (typeof answer === 'string') return;
      this.#oracle.use(session, this.#now);
      this.#isNew(answer.ticket);
      const waitUntil = waitMs === null ? null : this.#now + waitMs;
      const { ticket } = answer;
      const granted = expected === 'granted';
      this.#oracle.requests.push({ ticket, owner: session.id, wishes: locks, granted, waitUntil });
    };
  }

  /**
   * Several at one time: they are answered as if one after another. What waits is taken back first, and of that what came
   * last; so nothing is granted by one of them that another takes back.
   */
  async #together({ back, asks }: ActOf<'together'>): Promise<void> {
    const tickets = [...new Set(back.map((which) => this.#ticket(which)))];
    const isHeld = (ticket: number): boolean => this.#requestOf(ticket)?.granted === true;
    const waiting = tickets.filter((it) => !isHeld(it)).sort((one, other) => other - one);
    const inOrder = [...waiting, ...tickets.filter(isHeld)];
    const compares = [
      ...inOrder.map((ticket) => this.#giveBack(ticket, false)),
      ...asks.map((it) => this.#ask(it)),
    ];
    for (const compare of compares) {
      await compare();
      this.#oracle.settle();
    }
  }

  async #release({ which, stale }: ActOf<'release'>): Promise<void> {
    await this.#giveBack(this.#ticket(which), stale)();
  }

  #giveBack(ticket: number, stale: boolean): () => Promise<void> {
    const epoch = this.#epochOf(ticket, stale);
    const answered = this.#lab.storage.releaseLocks({ by: ada, locks: [{ ticket, epoch }] });
    return async () => {
      const request = this.#requestOf(ticket);
      const [result] = await answered;
      const code = whyNot(request, stale);
      assert.deepEqual(result, { ticket, released: code === null, code });
      if (request === undefined || code !== null) return;
      this.#oracle.use(this.#sessionOf(request), this.#now);
      this.#remove(request);
    };
  }

  async #change({ which, part, mode, stale }: ActOf<'change'>): Promise<void> {
    const ticket = this.#ticket(which);
    const request = this.#requestOf(ticket);
    const wishes = request?.wishes ?? [];
    const wish = wishes[part % Math.max(1, wishes.length)];
    const path = wish?.path ?? `${this.#prefix}a`;
    const lock = { ticket, epoch: this.#epochOf(ticket, stale) };
    const answer = await outcomeOf(this.#lab.storage.changeLock({ by: ada, lock, path, mode }));
    const code = whyNot(request, stale) ?? (request?.granted === false ? 'lock_not_held' : null);
    if (request === undefined || code !== null) {
      // What only waits is not held, whatever epoch is named.
      const waits = request?.granted === false;
      return assert.ok(answer === code || (waits && answer === 'lock_not_held'), `${answer}, not ${code}`);
    }
    if (wish?.mode === mode) return assert.ok(typeof answer === 'object', String(answer));
    const changed = wishes.map((each) => (each.path === path ? { path, mode } : each));
    if (mode === 'exclusive' && !this.#oracle.mayBecomeExclusive(request, changed))
      return assert.equal(answer, 'lock_upgrade_conflict');
    assert.ok(typeof answer === 'object', String(answer));
    this.#oracle.use(this.#sessionOf(request), this.#now);
    request.wishes = changed;
    if (mode === 'exclusive') this.#forget(ticket);
  }

  async #renew({ which, used }: ActOf<'renew'>): Promise<void> {
    const session = this.#session(which);
    if (session === undefined) return;
    const renewal = { principal: ada.principal, session: session.id, used };
    const answer = await outcomeOf(this.#lab.storage.renewSession(renewal));
    if (session.ended !== null) return assert.equal(answer, 'session_ended');
    assert.ok(typeof answer === 'object', String(answer));
    const { usedAt } = session;
    this.#oracle.use(session, this.#now);
    if (!used) session.usedAt = usedAt;
  }

  async #visit({ which, ...names }: ActOf<'visit'>): Promise<void> {
    const session = this.#session(which);
    if (session === undefined) return;
    const open = names.open.map((name) => this.#prefix + name).sort();
    const leave = names.leave.map((name) => this.#prefix + name);
    const visit = { by: ada, session: session.id, open, leave };
    const answer = await outcomeOf(this.#lab.storage.openDatabases(visit));
    if (session.ended !== null) return assert.equal(answer, 'session_ended');
    const shut = this.#oracle.shut(open);
    if (shut !== null) return assert.equal(answer, shut);
    assert.ok(typeof answer === 'object', String(answer));
    this.#oracle.use(session, this.#now);
    for (const name of leave) session.open.delete(name);
    for (const name of open) session.open.add(name);
  }

  async #end({ which, byManager }: ActOf<'end'>): Promise<void> {
    const session = this.#session(which);
    if (session === undefined) return;
    const by = byManager ? root : ada;
    await this.#lab.storage.endSession({ by, session: session.id, text: null });
    if (session.ended === null) this.#oracle.end(session, byManager ? 'ended_by_manager' : 'closed');
  }

  async #pass(ms: number, silence: number): Promise<void> {
    this.#lab.clock.advance(ms);
    await this.#lab.storage.sweep();
    this.#oracle.sweep(this.#now, silence);
  }

  async #close({ name, graceMs }: ActOf<'close'>): Promise<void> {
    const database = this.#oracle.database(this.#prefix + name);
    const params = { by: root, name: database.name, reason: null, until: null, graceMs };
    const answer = await outcomeOf(this.#lab.storage.closeDatabase(params));
    const shut = this.#oracle.shut([database.name]);
    if (shut !== null) return assert.equal(answer, shut);
    assert.ok(typeof answer === 'object', String(answer));
    database.state = 'closing';
    database.graceEndsAt = this.#now + graceMs;
    if (graceMs === 0) this.#oracle.endGrace(database);
    const ticket = answer.closure?.ticket ?? 0;
    this.#isNew(ticket);
    const wishes: LockWish[] = [{ path: database.name, mode: 'exclusive' }];
    this.#oracle.requests.push({ ticket, owner: database.name, wishes, granted: false, waitUntil: null });
    this.#oracle.settle();
    assert.equal(answer.state, database.state, 'the answer tells whether it is closed already');
  }

  async #reopen({ name }: ActOf<'reopen'>): Promise<void> {
    const database = this.#oracle.database(this.#prefix + name);
    const params = { by: root, name: database.name, release: null };
    const answer = await outcomeOf(this.#lab.storage.reopenDatabase(params));
    const [request] = this.#oracle.ownedBy(database.name);
    if (request === undefined) return assert.equal(answer, 'state_conflict');
    assert.ok(typeof answer === 'object', String(answer));
    this.#remove(request);
    database.state = 'on';
  }

  async #break({ which }: ActOf<'break'>): Promise<void> {
    const ticket = this.#ticket(which);
    const request = this.#requestOf(ticket);
    const answer = await outcomeOf(this.#lab.storage.breakLock({ by: root, ticket }));
    if (request === undefined) return assert.equal(answer, 'lock_unknown');
    assert.ok(typeof answer === 'object', String(answer));
    this.#remove(request);
    if (typeof request.owner === 'string') this.#oracle.database(request.owner).state = 'on';
  }

  async #turn({ name, state }: ActOf<'turn'>): Promise<void> {
    const database = this.#oracle.database(this.#prefix + name);
    if (database.state === 'closing' || database.state === 'closed') return;
    const changes = { state } as const;
    await this.#lab.storage.changeDatabase({ by: root, name: database.name, revision: null, changes });
    database.state = state;
  }

  /** Mostly one that is open. */
  #session(which: number): KnownSession | undefined {
    const { sessions } = this.#oracle;
    const open = sessions.filter(({ ended }) => ended === null);
    const from = which % 10 === 0 || open.length === 0 ? sessions : open;
    return from[which % Math.max(1, from.length)];
  }

  #sessionOf({ owner }: KnownRequest): KnownSession {
    const found = this.#oracle.sessions.find(({ id }) => id === owner);
    assert.ok(found, `${owner} is a session`);
    return found;
  }

  /** Mostly a ticket that is there, sometimes one that never was. */
  #ticket(which: number): number {
    const { requests } = this.#oracle;
    return requests[which % (requests.length + 1)]?.ticket ?? this.#greatest + 1_000;
  }

  #requestOf(ticket: number): KnownRequest | undefined {
    return this.#oracle.requests.find((request) => request.ticket === ticket);
  }

  #epochOf(ticket: number, stale: boolean): number {
    const epoch = this.#epochs.get(ticket) ?? 0;
    return stale ? epoch + 500 : epoch;
  }

  #remove(request: KnownRequest): void {
    this.#oracle.requests = this.#oracle.requests.filter((each) => each !== request);
  }

  #forget(ticket: number): void {
    const epoch = this.#epochs.get(ticket);
    if (epoch !== undefined) this.#epochsOver.add(epoch);
    this.#epochs.delete(ticket);
  }

  #isNew(number: number): void {
    assert.ok(number > this.#greatest, `${number} is greater than all given before`);
    assert.ok(!this.#given.has(number), `${number} was given once`);
    this.#given.add(number);
  }

  async #compare(): Promise<void> {
    const { items } = await this.#lab.storage.listLocks({ path: null, limit: 1_000 });
    const found = items.map(({ ticket, state, locks, waitsFor, position }) => ({
      ...{ ticket, state, locks, waitsFor, position },
    }));
    assert.deepEqual(
      found,
      this.#oracle.requests.map((request) => this.#expected(request)),
    );
    this.#compareEpochs(items);
    await this.#compareChecks(items);
    await this.#compareSessions();
    for (const { name, state } of this.#oracle.databases)
      assert.equal((await this.#lab.storage.getDatabase({ name })).state, state, name);
  }

  #expected(request: KnownRequest) {
    const blockers = this.#oracle.waitsFor(request);
    return {
      ticket: request.ticket,
      state: request.granted ? 'granted' : 'waiting',
      locks: request.wishes,
      waitsFor: blockers.map(({ ticket }) => ticket),
      position: request.granted ? 0 : 1 + blockers.filter(({ granted }) => !granted).length,
    };
  }

  /** An epoch is given with the grant, is greater than all before, and stays. */
  #compareEpochs(items: readonly LockRecord[]): void {
    const fresh: number[] = [];
    for (const { ticket, epoch, state } of items) {
      assert.equal(epoch === null, state === 'waiting', `the epoch of ${ticket}`);
      if (epoch === null) continue;
      const known = this.#epochs.get(ticket);
      if (known === undefined) fresh.push(epoch);
      else assert.equal(epoch, known, `${ticket} keeps its epoch`);
      this.#epochs.set(ticket, epoch);
    }
    for (const epoch of fresh.sort((one, other) => one - other)) this.#isNew(epoch);
    const there = new Set(items.map(({ ticket }) => ticket));
    for (const ticket of this.#epochs.keys()) if (!there.has(ticket)) this.#forget(ticket);
  }

  /** Every lock that is held is held under its epoch; under one that is over, nothing is. */
  async #compareChecks(items: readonly LockRecord[]): Promise<void> {
    const check = async (path: string, epoch: number): Promise<boolean> =>
      (await this.#lab.storage.checkLock({ path, mode: 'shared', epoch })).held;
    for (const { epoch, locks } of items)
      if (epoch !== null) for (const { path } of locks) assert.ok(await check(`${path}/z`, epoch), path);
    for (const epoch of [...this.#epochsOver].slice(-2))
      for (const { name } of this.#oracle.databases) assert.equal(await check(name, epoch), false);
  }

  async #compareSessions(): Promise<void> {
    const { items } = await this.#lab.storage.listSessions({ ended: true, limit: 1_000 });
    for (const session of this.#oracle.sessions) {
      const shown = items.find(({ id }) => id === session.id);
      assert.ok(shown, `session ${session.id} is listed`);
      const reason = shown.ended?.reason ?? null;
      assert.ok(
        session.ended === null ? reason === null : session.ended.some((each) => each === reason),
        `session ${session.id}: ${reason}, not ${session.ended}`,
      );
      assert.deepEqual(shown.databases, [...session.open].sort());
      if (reason !== null) continue;
      assert.deepEqual([shown.leaseEndsAt, shown.usedAt], [session.leaseEndsAt, session.usedAt]);
    }
  }
}

/** Why a lock cannot be released; null if it can. */
function whyNot(request: KnownRequest | undefined, stale: boolean): string | null {
  if (request === undefined) return 'lock_unknown';
  if (typeof request.owner === 'string') return 'lock_not_held';
  return stale ? 'lock_lost' : null;
}

/** What an act answers, or the code with which it is refused. */
async function outcomeOf<T>(act: Promise<T>): Promise<T | string> {
  try {
    return await act;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}
