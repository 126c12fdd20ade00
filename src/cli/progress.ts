/** What goes on, on the last line of a terminal, while a command waits; nothing where nobody looks. */

import { span } from '../recorder/span.ts';
import type { Cli } from './cli.ts';

const drawEveryMs = 200;
const barColumns = 24;

/** `━━━━━━──────` */
export function barText(fraction: number, columns = barColumns): string {
  const done = Math.round(Math.min(Math.max(fraction, 0), 1) * columns);
  return '━'.repeat(done) + '─'.repeat(columns - done);
}

/** Shows a line, made anew several times a second with the time it takes so far, while `work` goes on. */
export async function withProgress<T>(
  { terminal, now }: Cli,
  line: () => string,
  work: () => Promise<T>,
): Promise<T> {
  if (!terminal.movesTalk) return work();
  const begun = now();
  const draw = (): void => terminal.status(`${line()}  ${wholeSeconds(now() - begun)}`);
  // What is over at once shows nothing.
  const timer = setInterval(draw, drawEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    terminal.status(null);
  }
}

/** Tenths would flicker. */
function wholeSeconds(ms: number): string {
  return ms < 60_000 ? `${Math.floor(ms / 1_000)} s` : span(ms);
}
