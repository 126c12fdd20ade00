/** Signals on their way to the command, and its end as our own. */
import type { ChildProcess } from 'node:child_process';
import { isatty } from 'node:tty';

const forwarded = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;
/** A terminal gives these to the whole foreground group, so to the command too. */
const fromKeyboard = ['SIGINT', 'SIGQUIT'] as const;

export function passSignals(child: ChildProcess): () => void {
  const hasTerminal = isatty(0) || isatty(1) || isatty(2);
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  const leave = (): void => undefined;
  for (const signal of forwarded) process.on(signal, pass);
  for (const signal of fromKeyboard) process.on(signal, hasTerminal ? leave : pass);
  return () => {
    for (const signal of [...forwarded, ...fromKeyboard]) process.removeAllListeners(signal);
  };
}

/** Ends this process as the command ended, so that whoever waits for it sees no difference. */
export function endAs(code: number | null, signal: NodeJS.Signals | null): never {
  if (signal !== null) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  process.exit(code ?? 128);
}
