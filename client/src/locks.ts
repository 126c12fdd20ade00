import { type HeldLocks, type HoldOptions, LockHold } from './lock-hold.ts';
import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import type { Sessions } from './sessions.ts';
import type { Transport } from './transport.ts';
import type {
  Lock,
  LockChange,
  LockCheck,
  LockChecked,
  LockClaimed,
  LockList,
  LocksReleased,
  LocksRenewed,
  LockWish,
  NewLock,
} from './types.ts';

export interface LockQuery extends PageQuery {
  /** Only those that touch this path, or lie under it. */
  readonly path?: string | undefined;
}

/** A server answers within so long (ms), granted or not. */
const pollMs = 30_000;
const usualLeaseMs = 60_000;
const pollSlackMs = 5_000;

/** Sets of shared and exclusive locks on databases. */
export class Locks {
  readonly #transport: Transport;
  readonly #sessions: Sessions;

  constructor(transport: Transport, sessions: Sessions) {
    this.#transport = transport;
    this.#sessions = sessions;
  }

  /**
   * Asks for a set, such as `['embl:shared', 'chado/curation:exclusive']`, and waits for it as long as `wait` says.
   * Whoever asks within a session renews that; a lock with a session of its own is renewed here while it waits, and by
   * `renew` thereafter. `hold` does all of this.
   */
  async acquire(asked: NewLock, options?: CallOptions): Promise<Lock> {
    const ownLeaseMs = asked.session === undefined ? (asked.leaseMs ?? usualLeaseMs) : null;
    let lock: Lock = await this.#transport.json({
      method: 'POST',
      path: '/v1/locks',
      body: asked,
      repeat: 'key',
      waitMs: asked.wait === undefined || asked.wait === false ? 0 : pollMs + pollSlackMs,
      options,
    });
    while (lock.state === 'waiting') {
      if (ownLeaseMs !== null) await this.renew([{ lock: lock.lock, epoch: 0 }], options);
      const waitMs = ownLeaseMs === null ? pollMs : Math.min(pollMs, Math.floor(ownLeaseMs / 3));
      lock = await this.get(lock.lock, { waitMs }, options);
    }
    return lock;
  }

  /**
   * Calls a function while a set is held: in a session of its own, which is renewed meanwhile and ended thereafter. The
   * function’s signal is aborted when the locks are lost; then this rejects with `lock_lost` or `session_ended`,
   * whatever the function gave.
   */
  hold<T>(
    locks: readonly (string | LockWish)[],
    act: (held: HeldLocks) => T | Promise<T>,
    options: HoldOptions = {},
  ): Promise<T> {
    return new LockHold(this, this.#sessions, options).run(locks, act);
  }

  /** With `waitMs`, the answer comes with the grant, or after so long. */
  get(lock: string, query: { readonly waitMs?: number } = {}, options?: CallOptions): Promise<Lock> {
    const { waitMs = 0 } = query;
    return this.#transport.json({
      method: 'GET',
      path: `/v1/locks/${encodeURIComponent(lock)}`,
      query: { waitMs },
      repeat: 'safe',
      waitMs: waitMs + pollSlackMs,
      options,
    });
  }

  /** Who holds what and who waits, in the order of arrival. */
  list(query: LockQuery = {}, options?: CallOptions): Promise<LockList> {
    return this.#transport.json({
      method: 'GET',
      path: '/v1/locks',
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  each(query: LockQuery = {}, options?: CallOptions): AsyncGenerator<Lock, void, undefined> {
    return eachItem(query, (page) => this.list(page, options));
  }

  /** Extends the leases of the sessions that hold these; names those that are lost. */
  renew(locks: readonly LockClaimed[], options?: CallOptions): Promise<LocksRenewed> {
    return this.#post('renew', { locks }, 'safe', options);
  }

  release(locks: readonly LockClaimed[], options?: CallOptions): Promise<LocksReleased> {
    return this.#post('release', { locks }, 'key', options);
  }

  /** Makes one lock of a set weaker, or, for its sole holder, stronger: under a new epoch. */
  change(change: LockChange, options?: CallOptions): Promise<Lock> {
    return this.#post('change', change, 'key', options);
  }

  /** Whether an epoch still holds a path: to be asked before something is written elsewhere. */
  check(check: LockCheck, options?: CallOptions): Promise<LockChecked> {
    return this.#post('check', check, 'safe', options);
  }

  /** Takes locks from whoever has them; for managers. */
  break(lock: string, options?: CallOptions): Promise<Lock> {
    return this.#post('break', { lock }, 'key', options);
  }

  #post<T>(
    verb: string,
    body: unknown,
    repeat: 'key' | 'safe',
    options: CallOptions | undefined,
  ): Promise<T> {
    return this.#transport.json({ method: 'POST', path: `/v1/locks/${verb}`, body, repeat, options });
  }
}
