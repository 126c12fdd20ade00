/**
 * Keeps the worker’s one lease: renews it every third of its length, carries progress, and hears of cancellations.
 * The end of the lease is reckoned from the moment at which the renewal that was answered had been sent, so it is
 * never later than the server’s own.
 */
import { backoffMs } from '../backoff.ts';
import { failureOf, type WorkerConnection } from '../connection.ts';
import { type Host, rest } from '../host.ts';
import { type AttemptKey, keyOf } from '../journal/facts.ts';
import { type FromThread, type ProgressSaid, type Serving, safetyOf, type ToThread } from './messages.ts';

export interface KeeperOptions {
  readonly connection: WorkerConnection;
  readonly host: Host;
  /** Tells the supervisors. */
  readonly writeEnd: (endsAtBootMs: number) => void;
  readonly safetyMs: number | null;
  readonly tell: (message: FromThread) => void;
}

interface Held extends AttemptKey {
  said: ProgressSaid;
  /** Not yet with the server. */
  fresh: boolean;
}

/** Progress goes at most so often (ms), however often it is told. */
const progressEveryMs = 1_000;
const lookEveryMs = 1_000;

export class LeaseKeeper {
  readonly #options: KeeperOptions;
  readonly #held = new Map<string, Held>();
  readonly #stop = new AbortController();
  #serving: Serving | null = null;
  #endsAt = 0;
  #toldNearEnd = false;
  #dueAt = 0;
  #sentAt = 0;
  #wake = new AbortController();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  receive(message: ToThread): void {
    switch (message.kind) {
      case 'serve':
        this.#serving = message.serving;
        this.#dueAt = message.serving.endsAtBootMs - (message.serving.leaseMs * 2) / 3;
        this.#extend(message.serving.endsAtBootMs, [], []);
        break;
      case 'hold':
        for (const key of message.added)
          this.#held.set(keyOf(key), { ...key, said: nothingSaid, fresh: false });
        for (const key of message.dropped) this.#held.delete(keyOf(key));
        // Renewals go by the clock.
        return;
      case 'progress':
        this.#progress(message.key, message.said);
        break;
      case 'stop':
        this.#stop.abort();
        break;
    }
    this.#wake.abort();
  }

  /** Resolves after `stop`. */
  async run(): Promise<void> {
    await Promise.all([this.#renewAlways(), this.#watchEnd()]);
  }

  async #renewAlways(): Promise<void> {
    let failures = 0;
    const { host } = this.#options;
    while (!this.#stop.signal.aborted) {
      const pauseMs = this.#pauseMs();
      if (pauseMs > 0) {
        this.#wake = new AbortController();
        await rest(host.timers, pauseMs, this.#wake.signal);
        continue;
      }
      const failure = await this.#renew();
      failures = failure === null ? 0 : failures + 1;
      if (failure === null) continue;
      const leaseMs = this.#serving?.leaseMs ?? 0;
      this.#dueAt = host.bootMs() + Math.min(backoffMs(failures, host.chance.next()), leaseMs / 12);
      if (failures === 1) this.#options.tell({ kind: 'trouble', code: failure });
    }
  }

  /** How long nothing is to be sent. */
  #pauseMs(): number {
    if (this.#serving === null) return lookEveryMs * 3_600;
    const fresh = [...this.#held.values()].some((held) => held.fresh);
    const dueAt = fresh ? Math.min(this.#dueAt, this.#sentAt + progressEveryMs) : this.#dueAt;
    return Math.min(dueAt - this.#options.host.bootMs(), this.#serving.leaseMs);
  }

  /** One renewal; the code of its failure, or null. */
  async #renew(): Promise<string | null> {
    const { connection, host, tell } = this.#options;
    const serving = this.#serving;
    if (serving === null) return null;
    const named = [...this.#held.values()];
    const progress = named.map(({ attempt, epoch, said, fresh }) => ({
      attempt,
      epoch,
      ...(fresh ? toldOf(said) : {}),
    }));
    for (const held of named) held.fresh = false;
    const sentAt = host.bootMs();
    this.#sentAt = sentAt;
    try {
      const answer = await connection.renew(
        { worker: serving.worker, progress },
        { signal: this.#stop.signal, timeoutMs: Math.min(serving.leaseMs / 6, 10_000) },
      );
      this.#dueAt = sentAt + answer.leaseMs / 3;
      this.#extend(sentAt + answer.leaseMs, select(named, answer.cancel), select(named, answer.lost));
      return null;
    } catch (error) {
      if (this.#stop.signal.aborted) return null;
      const failure = failureOf(error);
      // What was refused is not sent again; what did not arrive is.
      if (failure.kind === 'away') for (const held of named) held.fresh = held.said !== nothingSaid;
      if (failure.code === 'worker_unknown' && this.#serving === serving) {
        this.#serving = null;
        tell({ kind: 'unknown', worker: serving.worker });
      }
      return failure.code;
    }
  }

  #extend(endsAtBootMs: number, cancel: readonly AttemptKey[], lost: readonly AttemptKey[]): void {
    this.#endsAt = endsAtBootMs;
    this.#toldNearEnd = false;
    this.#options.writeEnd(endsAtBootMs);
    this.#options.tell({ kind: 'renewed', endsAtBootMs, cancel, lost });
  }

  async #watchEnd(): Promise<void> {
    const { host, safetyMs, tell } = this.#options;
    let leaseMs = 0;
    while (!this.#stop.signal.aborted) {
      leaseMs = this.#serving?.leaseMs ?? leaseMs;
      const remainingMs = this.#endsAt - safetyOf(leaseMs, safetyMs) - host.bootMs();
      if (this.#endsAt > 0 && remainingMs <= 0 && !this.#toldNearEnd) {
        this.#toldNearEnd = true;
        tell({ kind: 'near_end' });
      }
      const pauseMs = remainingMs > 0 ? Math.min(remainingMs, lookEveryMs) : lookEveryMs;
      await rest(host.timers, pauseMs, this.#stop.signal);
    }
  }

  #progress(key: AttemptKey, { fraction, text, counts }: ProgressSaid): void {
    const held = this.#held.get(keyOf(key));
    if (held === undefined) return;
    const { said } = held;
    held.said = {
      fraction: fraction === null ? said.fraction : Math.max(said.fraction ?? 0, fraction),
      text: text ?? said.text,
      counts: counts ?? said.counts,
    };
    held.fresh = true;
  }
}

const nothingSaid: ProgressSaid = { fraction: null, text: null, counts: null };

function toldOf({ fraction, text, counts }: ProgressSaid) {
  return {
    ...(fraction === null ? {} : { fraction }),
    ...(text === null ? {} : { text }),
    ...(counts === null ? {} : { counts }),
  };
}

function select(named: readonly AttemptKey[], attempts: readonly string[]): readonly AttemptKey[] {
  const wanted = new Set(attempts);
  return named.filter(({ attempt }) => wanted.has(attempt)).map(({ attempt, epoch }) => ({ attempt, epoch }));
}
