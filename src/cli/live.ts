/** A page that is drawn again and again: in place on a terminal, else each time that it has changed. */
import { setTimeout as delay } from 'node:timers/promises';
import { LabkeepError } from '@labkeep/client';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { untilSignal } from './signals.ts';
import { type Stream, Terminal } from './terminal.ts';

/** Writes a page to the terminal it is given; false when nothing will change any more. */
export type Draw = (page: Cli) => Promise<boolean>;

/** The other screen; no cursor; what is too long for a line is cut off. */
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l';

/** Draws until Ctrl-C, `q`, or until the page is final. */
export async function live(cli: Cli, draw: Draw, everyMs: number): Promise<void> {
  const stop = new AbortController();
  void untilSignal().then(() => stop.abort());
  const screen = cli.terminal.isForPeople ? new Screen(cli, () => stop.abort()) : null;
  let last = '';
  try {
    for (;;) {
      const page = new Page(cli);
      const goesOn = await drawn(draw, page, last === '');
      if (goesOn === null) screen?.draw(last, 'No server answers; trying again. q ends.');
      else {
        if (screen === null && page.text !== last) cli.terminal.bytes(Buffer.from(page.text));
        last = page.text;
        screen?.draw(last, goesOn ? 'q ends.' : '');
      }
      if (goesOn === false || stop.signal.aborted) return;
      await delay(everyMs, undefined, { signal: stop.signal }).catch(ignoreAbort);
      if (stop.signal.aborted) return;
    }
  } finally {
    screen?.close();
    if (screen !== null) cli.terminal.bytes(Buffer.from(last));
  }
}

/** Null if no server answers now. One that never did is an error. */
async function drawn(draw: Draw, page: Page, isFirst: boolean): Promise<boolean | null> {
  try {
    return await draw(page.cli);
  } catch (error) {
    if (!isFirst && error instanceof LabkeepError && error.code === 'server_away') return null;
    throw error;
  }
}

function ignoreAbort(error: Error): void {
  if (error.name !== 'AbortError') throw error;
}

/** What is written of one page, as wide and as colourful as the terminal it is for. */
class Page implements Stream {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  readonly cli: Cli;

  constructor(cli: Cli) {
    const { isForPeople, columns, rows } = cli.terminal;
    this.isTTY = isForPeople;
    this.columns = columns ?? undefined;
    this.rows = rows ?? undefined;
    this.cli = { ...cli, terminal: new Terminal(this, this, cli.env) };
  }

  write(text: string | Uint8Array): void {
    this.text += typeof text === 'string' ? text : Buffer.from(text).toString();
  }
}

/** The other screen that terminals have for programs that draw; what was there before comes back. */
class Screen {
  readonly #terminal: Terminal;
  readonly #isRaw: boolean;
  readonly #onKey: (key: Buffer) => void;

  constructor({ terminal }: Cli, onEnd: () => void) {
    this.#terminal = terminal;
    this.#onKey = (key) => {
      // In raw mode Ctrl-C is a letter.
      if (['q', 'Q', '\x03', '\x1b'].includes(key.toString())) onEnd();
    };
    this.#isRaw = process.stdin.isTTY === true;
    if (this.#isRaw) process.stdin.setRawMode(true).on('data', this.#onKey);
    this.#write(enter);
  }

  draw(text: string, note: string): void {
    const rows = this.#terminal.rows ?? 24;
    const lines = text.split('\n').slice(0, -1);
    const shown = lines.length > rows - 2 ? lines.slice(0, rows - 2) : lines;
    const page = [...shown, ...(note === '' ? [] : ['', this.#terminal.paint(note, 'dim')])];
    this.#write(`\x1b[H${page.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`);
  }

  close(): void {
    if (this.#isRaw) process.stdin.off('data', this.#onKey).setRawMode(false).pause();
    this.#write(leave);
  }

  #write(text: string): void {
    this.#terminal.bytes(Buffer.from(text));
  }
}

export interface WatchOption {
  readonly watch?: true;
}

export function withWatch(command: Command): Command {
  return command.option('-w, --watch', 'show it again as it changes, until q or Ctrl-C');
}

const watchEveryMs = 2_000;

/** Draws once, or as long as somebody watches. */
export async function drawOrWatch(cli: Cli, { watch }: WatchOption, draw: Draw): Promise<void> {
  if (watch) await live(cli, draw, watchEveryMs);
  else await draw(cli);
}
