/** Where a command speaks: data on stdout, talk on stderr; colours only for people who want them. */

export interface Stream {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
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

  constructor(stdout: Stream, stderr: Stream, env: Readonly<Record<string, string | undefined>>) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#colours = stdout.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  }

  /** Whether a person looks at the data. */
  get isForPeople(): boolean {
    return this.#stdout.isTTY === true;
  }

  /** Columns of the terminal; null where lines may be of any length. */
  get columns(): number | null {
    return this.#stdout.isTTY === true ? (this.#stdout.columns ?? 80) : null;
  }

  /** One line of data. */
  out(line: string): void {
    this.#stdout.write(`${line}\n`);
  }

  bytes(data: Uint8Array): void {
    this.#stdout.write(data);
  }

  json(value: unknown): void {
    this.out(JSON.stringify(value));
  }

  /** One line of talk. */
  say(line: string): void {
    this.#stderr.write(`${line}\n`);
  }

  paint(text: string, ...paints: readonly Paint[]): string {
    if (!this.#colours) return text;
    return paints.reduce((inner, paint) => `\x1b[${codes[paint][0]}m${inner}\x1b[${codes[paint][1]}m`, text);
  }
}
