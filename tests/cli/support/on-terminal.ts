/** The real program on a terminal of a given size, by script(1). */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type Home, program } from './labkeep.ts';

/** Why tests on a terminal are left out here; false where they run. */
export const noTerminal =
  spawnSync('script', ['--version']).status === 0 ? false : 'script(1) is not installed here';

export interface TerminalOptions {
  readonly cwd: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** What steers a terminal, as something that one can read. */
const steering: readonly (readonly [string, string])[] = [
  ['\x1b[?1049h\x1b[?25l\x1b[?7l', '«enter»'],
  ['\x1b[?7h\x1b[?25h\x1b[?1049l', '«leave»'],
  ['\x1b[H', '«page»'],
  ['\x1b[K', ''],
  ['\x1b[J', ''],
  ['\r\n', '\n'],
  ['\r', '«line»'],
];

/** A command under way on a terminal, with all that it has written. */
export class OnTerminal {
  static readonly #open = new Set<OnTerminal>();
  #raw = '';
  readonly #child;
  readonly #ended: Promise<unknown>;
  #heard = Promise.withResolvers<void>();

  constructor(home: Home, args: readonly string[], { cwd, columns = 80, rows = 24, env }: TerminalOptions) {
    const words = [program, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const command = `stty cols ${columns} rows ${rows} -echo; exec ${words}`;
    this.#child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
      cwd,
      env: { ...home.env(env), SHELL: '/bin/sh', TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#raw += text;
      this.#tell();
    });
    OnTerminal.#open.add(this);
    this.#ended = once(this.#child, 'close').then(([code]) => {
      OnTerminal.#open.delete(this);
      this.#tell();
      return code;
    });
  }

  /** What was written; «page» begins a page, «line» a line that replaces the one before. */
  get text(): string {
    return steering.reduce((text, [code, name]) => text.replaceAll(code, name), this.#raw);
  }

  /** Waits until this has been written; throws if the command ends before. */
  async says(what: RegExp): Promise<void> {
    const ended = this.#ended.then(() => 'ended');
    while (!what.test(this.text)) {
      const first = await Promise.race([this.#heard.promise, ended]);
      if (first === 'ended' && !what.test(this.text))
        throw new Error(`it ended without ${what}:\n${this.text}`);
    }
  }

  /** Kills those that a test has left. */
  static endAll(): void {
    for (const one of OnTerminal.#open) one.#child.kill('SIGKILL');
  }

  press(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** The exit code. */
  async ended(): Promise<unknown> {
    const code = await this.#ended;
    this.#child.stdin.destroy();
    return code;
  }

  #tell(): void {
    const { resolve } = this.#heard;
    this.#heard = Promise.withResolvers<void>();
    resolve();
  }
}

/** Runs a command to its end on a terminal; what it wrote, without colours. */
export async function runOnTerminal(
  home: Home,
  args: readonly string[],
  options: TerminalOptions,
): Promise<{ readonly code: unknown; readonly text: string }> {
  const running = new OnTerminal(home, args, { ...options, env: { NO_COLOR: '1', ...options.env } });
  const code = await running.ended();
  return { code, text: running.text };
}
