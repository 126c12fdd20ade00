/** Where a command speaks: data on stdout, talk on stderr; colours only for people who want them. */
import { cut } from './text.ts';

export interface Stream {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const codes: Readonly<Record<Paint, readonly [open: number, close: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export class Terminal {
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  readonly #colours: boolean;
  readonly #movesTalk: boolean;
  /** The line of talk that is replaced by the next. */
  #status = '';

  constructor(stdout: Stream, stderr: Stream, env: Readonly<Record<string, string | undefined>>) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#colours = stdout.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
    this.#movesTalk = stderr.isTTY === true && env.TERM !== 'dumb';
  }

  /** Whether a person looks at the data. */
  get isForPeople(): boolean {
    return this.#stdout.isTTY === true;
  }

  /** Columns of the terminal; null where lines may be of any length. */
  get columns(): number | null {
    return this.#stdout.isTTY === true ? (this.#stdout.columns ?? 80) : null;
  }

  get rows(): number | null {
    return this.#stdout.isTTY === true ? (this.#stdout.rows ?? 24) : null;
  }

  get hasColours(): boolean {
    return this.#colours;
  }

  /** Whether a line of talk can be drawn again in its place. */
  get movesTalk(): boolean {
    return this.#movesTalk;
  }

  /** One line of data. */
  out(line: string): void {
    this.#around(() => this.#stdout.write(`${line}\n`));
  }

  bytes(data: Uint8Array): void {
    this.#around(() => this.#stdout.write(data));
  }

  json(value: unknown): void {
    this.out(JSON.stringify(value));
  }

  /** One line of talk. */
  say(line: string): void {
    this.#around(() => this.#stderr.write(`${line}\n`));
  }

  /** A line of talk that stays below all others until the next replaces it; null takes it away. */
  status(line: string | null): void {
    if (!this.#movesTalk) return;
    const shown = line === null ? '' : cut(line, (this.#stderr.columns ?? 80) - 1);
    if (shown === this.#status) return;
    this.#stderr.write(`\r\x1b[K${shown}`);
    this.#status = shown;
  }

  #around(write: () => void): void {
    if (this.#status === '') return void write();
    this.#stderr.write('\r\x1b[K');
    write();
    this.#stderr.write(this.#status);
  }

  paint(text: string, ...paints: readonly Paint[]): string {
    if (!this.#colours || text === '') return text;
    return paints.reduce((inner, paint) => `\x1b[${codes[paint][0]}m${inner}\x1b[${codes[paint][1]}m`, text);
  }
}
