import type { Log } from '../../ports/log.ts';
import type { ServerAddress } from '../connection.ts';
import { type Host, rest } from '../host.ts';
import { type AttemptKey, keyOf } from '../journal/facts.ts';
import { leaseFile } from './lease-file.ts';
import {
  type FromThread,
  type ProgressSaid,
  type RenewingThread,
  type Serving,
  type StartRenewing,
  safetyOf,
  type ToThread,
} from './messages.ts';

export interface LeaseOptions {
  readonly server: ServerAddress;
  readonly connectionModule: string;
  readonly folder: string;
  readonly safetyMs: number | null;
  readonly host: Host;
  readonly log: Log;
  readonly startRenewing: StartRenewing;
  readonly onCancel: (attempts: readonly AttemptKey[]) => void;
  readonly onLost: (attempts: readonly AttemptKey[]) => void;
  readonly onNearEnd: () => void;
  readonly onUnknown: (worker: string) => void;
}

const goodbyeMs = 500;
const restartMs = 1_000;
const gatherMs = 100;

/** The worker’s lease as the worker sees it: the renewing itself is done by a thread. */
export class Lease {
  readonly file: string;
  readonly #options: LeaseOptions;
  readonly #held = new Map<string, AttemptKey>();
  #thread: RenewingThread;
  #serving: Serving | null = null;
  #endsAt = 0;
  #stopped = false;
  /** Held or dropped since the thread was told. */
  #changed = new Map<string, AttemptKey>();
  #untell: (() => void) | null = null;
  #renewed = Promise.withResolvers<void>();

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.file = leaseFile(options.folder);
    this.#thread = this.#startThread();
  }

  /** The end as it is known, on the boot clock. */
  get endsAtBootMs(): number {
    return this.#endsAt;
  }

  get safetyMs(): number {
    return safetyOf(this.#serving?.leaseMs ?? 0, this.#options.safetyMs);
  }

  /** The worker was registered: this is its lease from now on. */
  serve(serving: Serving): void {
    this.#serving = serving;
    this.#extend(serving.endsAtBootMs);
    this.#tell({ kind: 'serve', serving });
  }

  /** From now on renewals name the attempt, so that the server can say when it is lost. */
  hold({ attempt, epoch }: AttemptKey): void {
    const key = { attempt, epoch };
    this.#held.set(keyOf(key), key);
    this.#changed.set(keyOf(key), key);
    this.#tellSoon();
  }

  drop({ attempt, epoch }: AttemptKey): void {
    const key = { attempt, epoch };
    if (!this.#held.delete(keyOf(key))) return;
    this.#changed.set(keyOf(key), key);
    this.#tellSoon();
  }

  progress({ attempt, epoch }: AttemptKey, said: ProgressSaid): void {
    this.#tellChanges();
    this.#tell({ kind: 'progress', key: { attempt, epoch }, said });
  }

  /** Whether something that is started now is covered. */
  get isSafe(): boolean {
    return this.#options.host.bootMs() < this.#endsAt - this.safetyMs;
  }

  /** Resolves at the next renewal. */
  renewed(): Promise<void> {
    return this.#renewed.promise;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#untell?.();
    const thread = this.#thread;
    this.#tell({ kind: 'stop' });
    const patience = new AbortController();
    await Promise.race([thread.gone, rest(this.#options.host.timers, goodbyeMs, patience.signal)]);
    patience.abort();
    await thread.terminate();
  }

  #startThread(): RenewingThread {
    const { server, connectionModule, safetyMs, log, host, startRenewing } = this.#options;
    const thread = startRenewing({ server, connectionModule, file: this.file, safetyMs }, host, {
      tell: (message) => this.#receive(message),
      failed: (error) => log.error({ error }, 'the thread that renews the lease failed'),
    });
    void thread.gone.then(async () => {
      if (this.#stopped) return;
      await rest(host.timers, restartMs);
      this.#restartThread();
    });
    return thread;
  }

  #restartThread(): void {
    if (this.#stopped) return;
    this.#thread = this.#startThread();
    if (this.#serving !== null)
      this.#tell({ kind: 'serve', serving: { ...this.#serving, endsAtBootMs: this.#endsAt } });
    this.#tell({ kind: 'hold', added: [...this.#held.values()], dropped: [] });
  }

  #receive(message: FromThread): void {
    switch (message.kind) {
      case 'renewed':
        this.#extend(message.endsAtBootMs);
        if (message.cancel.length > 0) this.#options.onCancel(message.cancel);
        if (message.lost.length > 0) this.#options.onLost(message.lost);
        break;
      case 'near_end':
        this.#options.onNearEnd();
        break;
      case 'unknown':
        this.#options.onUnknown(message.worker);
        break;
      case 'trouble':
        this.#options.log.warn(
          { code: message.code },
          'the lease of this worker could not be renewed; it goes on trying',
        );
        break;
    }
  }

  #extend(endsAtBootMs: number): void {
    this.#endsAt = endsAtBootMs;
    const { resolve } = this.#renewed;
    this.#renewed = Promise.withResolvers<void>();
    resolve();
  }

  /** Gathered for a moment: what is over as soon as it began need not be told at all. */
  #tellSoon(): void {
    this.#untell ??= this.#options.host.timers.after(gatherMs, () => this.#tellChanges());
  }

  #tellChanges(): void {
    this.#untell?.();
    this.#untell = null;
    if (this.#changed.size === 0) return;
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    const isHeld = (key: AttemptKey): boolean => this.#held.has(keyOf(key));
    this.#tell({
      kind: 'hold',
      added: changed.filter(isHeld),
      dropped: changed.filter((key) => !isHeld(key)),
    });
  }

  #tell(message: ToThread): void {
    this.#thread.tell(message);
  }
}
