/**
 * The process that watches over `labkeep lock run`. Should that be killed, or stopped for longer than its lease, its
 * command must not go on: others have the lock then. So this process ends it when nobody has said in time that the lock is
 * safe, or when the pipe that it listens to closes unasked. Signals that are sent to everybody do not end it.
 */
import { type Host, rest, systemHost } from '../../worker/host.ts';
import { LineCutter } from '../../worker/supervisor/lines.ts';
import { type Doomed, endCommand } from './end-command.ts';
import type { WatchOrder } from './watch-order.ts';

/** `labkeep lock run` ends the command itself if it can: it comes first. */
const lateMs = 250;
/** Timers stand still while the machine sleeps, and a lease does not. */
const lookEveryMs = 500;

class Watchdog {
  readonly #host: Host;
  #doomed: Doomed | null = null;
  #termForMs = 0;
  #safeUntil = Number.POSITIVE_INFINITY;
  #changed = new AbortController();
  #isDone = false;
  #isAlone = false;

  constructor(host: Host) {
    this.#host = host;
  }

  receive(order: WatchOrder): void {
    switch (order.kind) {
      case 'watch':
        this.#doomed = order.doomed;
        this.#termForMs = order.termForMs;
        break;
      case 'safe':
        this.#safeUntil = order.untilBootMs + lateMs;
        break;
      case 'done':
        this.#isDone = true;
        break;
    }
    this.#changed.abort();
  }

  /** Nobody speaks to it any more. */
  leave(): void {
    this.#isAlone = true;
    this.#changed.abort();
  }

  async run(): Promise<void> {
    while (!this.#isDone) {
      const leftMs = this.#isAlone ? 0 : this.#safeUntil - this.#host.bootMs();
      if (leftMs <= 0) {
        if (this.#doomed !== null) await endCommand(this.#doomed, this.#termForMs, this.#host);
        return;
      }
      this.#changed = new AbortController();
      await rest(this.#host.timers, Math.min(leftMs, lookEveryMs), this.#changed.signal);
    }
  }
}

for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.on(name, () => undefined);
const watchdog = new Watchdog(systemHost);
const lines = new LineCutter();
process.stdin.on('data', (chunk: Buffer) => {
  for (const line of lines.push(chunk)) watchdog.receive(JSON.parse(line) as WatchOrder);
});
process.stdin.once('close', () => watchdog.leave());
await watchdog.run();
process.exit();
