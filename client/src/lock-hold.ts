import { LabkeepError } from './labkeep-error.ts';
import type { Locks } from './locks.ts';
import type { CallOptions } from './options.ts';
import { Renewals } from './renewals.ts';
import { mayPass } from './repetition.ts';
import type { Sessions } from './sessions.ts';
import type { Lock, LockWish, SessionNotice } from './types.ts';
import { whileRenewed } from './while-renewed.ts';

export interface HoldOptions {
  /** As long as it takes (the default); so long (ms); or not at all. */
  readonly wait?: boolean | number | undefined;
  /** What others read: who holds it, where. */
  readonly name?: string | undefined;
  readonly host?: string | undefined;
  readonly pid?: number | undefined;
  /** The locks are free so long after this process was last heard of. */
  readonly leaseMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A database among those locked is about to be closed, at the time that is told; told once for each. */
  readonly onNotice?: ((notice: SessionNotice) => void) | undefined;
  /** The locks are safe for so long (ms) from now; called at the grant, and at each renewal. */
  readonly onRenewed?: ((safeForMs: number) => void) | undefined;
  /** Called when the server is away (once each time), or could not be told of the end. */
  readonly onTrouble?: ((error: LabkeepError) => void) | undefined;
}

export interface HeldLocks {
  readonly lock: Lock;
  /** To be sent along with what is written under these locks: it is larger than that of any holder before. */
  readonly epoch: number;
  /** Aborted when the locks are lost, and with the caller’s own signal. */
  readonly signal: AbortSignal;
}

const usualLeaseMs = 30_000;
const endMsMax = 5_000;

/** One set of locks, from asking for it to giving it back. */
export class LockHold {
  readonly #locks: Locks;
  readonly #sessions: Sessions;
  readonly #options: HoldOptions;
  readonly #abort = new AbortController();
  readonly #told = new Set<string>();
  #session = '';
  #held: { readonly lock: string; readonly epoch: number } | null = null;
  #lost: LabkeepError | null = null;

  constructor(locks: Locks, sessions: Sessions, options: HoldOptions) {
    this.#locks = locks;
    this.#sessions = sessions;
    this.#options = options;
  }

  async run<T>(wishes: readonly (string | LockWish)[], act: (held: HeldLocks) => T | Promise<T>): Promise<T> {
    const { signal, name = 'lock', host, pid, leaseMs = usualLeaseMs } = this.#options;
    const sentAt = performance.now();
    const opened = await this.#sessions.open({ name, host, pid, leaseMs }, { signal });
    this.#session = opened.session;
    const renewals = new Renewals(
      {
        renew: (options) => this.#renew(options),
        hasNews: () => false,
        onFailure: (error, failures) => this.#failed(error, failures),
        onNearEnd: () => this.#lose(notRenewed()),
      },
      opened.leaseMs,
      sentAt,
    );
    try {
      return await whileRenewed(renewals, { abort: this.#abort, signal }, () =>
        this.#act(wishes, act, renewals),
      );
    } catch (error) {
      throw this.#lost ?? error;
    } finally {
      await this.#end();
    }
  }

  async #act<T>(
    wishes: readonly (string | LockWish)[],
    act: (held: HeldLocks) => T | Promise<T>,
    renewals: Renewals,
  ): Promise<T> {
    const asked = { locks: wishes, wait: this.#options.wait ?? true, session: this.#session };
    // While it waits its place lives as long as its lease, and so is worth as much patience.
    const { leaseMs = usualLeaseMs } = this.#options;
    const lock = await this.#locks.acquire(asked, { signal: this.#abort.signal, retryForMs: leaseMs });
    const epoch = lock.epoch ?? 0;
    this.#held = { lock: lock.lock, epoch };
    this.#options.onRenewed?.(renewals.safeForMs);
    void this.#tellRenewals(renewals);
    const result = await act({ lock, epoch, signal: this.#abort.signal });
    if (this.#lost !== null) throw this.#lost;
    return result;
  }

  async #tellRenewals(renewals: Renewals): Promise<void> {
    for (;;) {
      await renewals.renewed;
      this.#options.onRenewed?.(renewals.safeForMs);
    }
  }

  async #renew(options: CallOptions): Promise<{ readonly leaseMs: number }> {
    if (this.#held === null) {
      const { leaseMs } = await this.#sessions.renew(this.#session, false, options);
      return { leaseMs };
    }
    const { leaseMs, lost, notices } = await this.#locks.renew([this.#held], options);
    if (leaseMs === null || lost.length > 0) throw await this.#whyLost(options);
    for (const notice of notices) this.#notice(notice);
    return { leaseMs };
  }

  async #whyLost(options: CallOptions): Promise<LabkeepError> {
    const { ended } = await this.#sessions.get(this.#session, options);
    if (ended === null)
      return new LabkeepError({
        code: 'lock_lost',
        detail: 'The locks were broken: others may have them now',
        status: 409,
        advice: 'What was done under them since then does not count.',
      });
    const said = ended.text === null ? '' : `: ${ended.text}`;
    return new LabkeepError({
      code: 'session_ended',
      detail: `The locks were lost; their session was ended (${ended.reason.replaceAll('_', ' ')})${said}`,
      status: 409,
      advice: 'Ask for them again. What was done under them since then does not count.',
    });
  }

  #notice(notice: SessionNotice): void {
    if (this.#told.has(notice.database)) return;
    this.#told.add(notice.database);
    this.#options.onNotice?.(notice);
  }

  #failed(error: LabkeepError, failures: number): void {
    if (!mayPass(error)) this.#lose(error);
    else if (failures === 0) this.#options.onTrouble?.(error);
  }

  #lose(why: LabkeepError): void {
    this.#lost ??= why;
    this.#abort.abort(this.#lost);
  }

  /** What cannot be told now ends with the lease. */
  async #end(): Promise<void> {
    try {
      await this.#sessions.end(this.#session, undefined, { retryForMs: endMsMax, timeoutMs: endMsMax });
    } catch (error) {
      if (!(error instanceof LabkeepError)) throw error;
      this.#options.onTrouble?.(error);
    }
  }
}

function notRenewed(): LabkeepError {
  return new LabkeepError({
    code: 'lock_lost',
    detail: 'The locks could not be renewed in time: others may have them now',
    advice: 'See that the server can be reached. What was done under them since then does not count.',
  });
}
