/** Signals on their way to the command, and its end as our own. */
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';

const forwarded = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;
/** A terminal gives these to the whole foreground group, so to the command too. */
const fromKeyboard = ['SIGINT', 'SIGQUIT'] as const;

/** Holds every signal from now on: for the command as soon as there is one, and off the record while it is written. */
export class Signals {
  #child: ChildProcess | null = null;
  #early: NodeJS.Signals[] = [];

  constructor() {
    const hasTerminal = isatty(0) || isatty(1) || isatty(2);
    const pass = (signal: NodeJS.Signals): void => {
      if (this.#child === null) this.#early.push(signal);
      else this.#child.kill(signal);
    };
    const leave = (): void => undefined;
    for (const signal of forwarded) process.on(signal, pass);
    for (const signal of fromKeyboard) process.on(signal, hasTerminal ? leave : pass);
  }

  /** Once the command has ended, this does nothing any more. */
  passTo(child: ChildProcess): void {
    this.#child = child;
    for (const signal of this.#early.splice(0)) child.kill(signal);
  }
}

/** Ends this process as the command ended, so that whoever waits for it sees no difference. */
export function endAs(code: number | null, signal: NodeJS.Signals | null): never {
  if (signal !== null) {
    // Without a listener of ours, it does what it does to everybody.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  // Node does not die of some, such as SIGPIPE: then it is said as a shell says it.
  process.exit(code ?? 128 + constants.signals[signal ?? 'SIGKILL']);
}

/** Why a command could not be started, as a shell says it. */
export function startErrorText({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'command not found';
  return code === 'EACCES' ? 'permission denied' : message;
}

/** What a shell exits with then. */
export function startErrorCode({ code }: NodeJS.ErrnoException): number {
  return code === 'ENOENT' ? 127 : 126;
}
