/**
 * The program, in a home of its own, with nothing of the environment that means something: as a user starts it, or what
 * it does when it has started.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Cli } from '../../../src/cli/cli.ts';
import { obey } from '../../../src/cli/command-line.ts';
import { complete } from '../../../src/cli/completion/complete.ts';
import { type Stream, Terminal } from '../../../src/cli/terminal.ts';
import { userCache } from '../../support/compile-cache.ts';

export const program = join(import.meta.dirname, '..', '..', '..', 'bin', 'labkeep');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** These take signals, a terminal, or standard streams as a process has them; or what they trust, all trust from then on. */
const ofTheirOwnProcess: readonly RegExp[] = [
  /^(demo|lock run|db publish|run|top|up|worker)( |$)/,
  /^(-V|--version)$/,
  / --ca /,
];

/** A folder that goes with the test file; its path is the real one. */
export class Home {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'labkeep-test-')));
  readonly #servers = new Set<Server>();

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  env(more: RunOptions['env'] = {}): Record<string, string> {
    const kept = Object.entries(process.env).filter(
      ([name, value]) => value !== undefined && !/^(LABKEEP_|XDG_|NO_COLOR|NODE_)/.test(name),
    );
    const own = {
      HOME: this.folder,
      XDG_CACHE_HOME: userCache,
      LABKEEP_DATA: this.path('data'),
      // The Node of the tests, from its own folder: bin/labkeep sees there how old it is, without starting it.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    };
    return { ...Object.fromEntries(kept), ...own, ...more };
  }

  /** Runs a command to its end. */
  async run(
    args: readonly string[],
    { cwd = this.folder, env, input = '' }: RunOptions = {},
  ): Promise<Ended> {
    const child = spawn(program, args, { cwd, env: this.env(env), stdio: 'pipe' });
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    child.stdin.on('error', ignoreClosed);
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout: await stdout, stderr: await stderr };
  }

  /**
   * What a command does: as by `run`, but in this process where that shows the same, in a tenth of the time. Of several at
   * once all must be called in the same folder. One that has to start a server is for `run`.
   */
  async call(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const line = args.join(' ');
    if (!args.includes('--help') && ofTheirOwnProcess.some((one) => one.test(line)))
      return this.run(args, options);
    const { cwd = this.folder, env, input = '' } = options;
    const [stdout, stderr] = [new Said(), new Said()];
    let code = 0;
    const environment = this.env(env);
    const cli: Cli = {
      terminal: new Terminal(stdout, stderr, environment),
      env: environment,
      folder: cwd,
      now: () => Date.now(),
      input: async () => input,
      exit: (wanted) => {
        code ||= wanted;
      },
    };
    const leave = enter(cwd, environment.HOME);
    try {
      if (args[0] === 'complete') await complete(cli, args.slice(1));
      else await obey(cli, args);
    } finally {
      leave();
    }
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  /** Starts `labkeep up` on any free port, unless told otherwise, and waits until it listens. */
  async up(args: readonly string[] = [], options: RunOptions = {}): Promise<Server> {
    const server = this.starting(args, options);
    await server.listens();
    return server;
  }

  /** The same, without waiting. */
  starting(args: readonly string[] = [], options: RunOptions = {}): Server {
    const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
    const server = new Server(['up', ...listen, ...args], options.cwd ?? this.folder, this.env(options.env));
    this.#servers.add(server);
    return server;
  }

  async clean(): Promise<void> {
    for (const server of this.#servers) await server.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One `labkeep up`, with all that it has said. */
export class Server {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | string | null>;
  #heard = Promise.withResolvers<void>();

  constructor(args: readonly string[], cwd: string, env: Record<string, string>) {
    this.#child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout
      ?.setEncoding('utf8')
      .on('data', (text: string) => this.#hear(() => (this.stdout += text)));
    this.#child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => this.#hear(() => (this.stderr += text)));
    this.#ended = once(this.#child, 'close').then(([code, signal]) => {
      this.#hear(() => undefined);
      return code ?? signal;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Without the code that lets a browser in. */
  get url(): string {
    return /https?:\/\/[^\s/"]+/.exec(this.stdout)?.[0] ?? '';
  }

  /** Waits until stdout, or stderr, says this; throws if the program ends before. */
  async says(what: RegExp, on: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    const ended = this.#ended.then(() => 'ended');
    while (!what.test(this[on])) {
      if ((await Promise.race([this.#heard.promise, ended])) === 'ended' && !what.test(this[on]))
        throw new Error(`labkeep up ended without saying ${what}:\n${this.stdout}\n${this.stderr}`);
    }
  }

  listens(): Promise<void> {
    return this.says(/^(Data |\{)/m);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** The exit code, or the signal that ended it. */
  ended(): Promise<number | string | null> {
    return this.#ended;
  }

  stop(name: NodeJS.Signals = 'SIGTERM'): Promise<number | string | null> {
    this.#child.kill(name);
    return this.#ended;
  }

  #hear(add: () => void): void {
    add();
    const { resolve } = this.#heard;
    this.#heard = Promise.withResolvers<void>();
    resolve();
  }
}

const outside = { folder: process.cwd(), home: process.env.HOME };
let callsInside = 0;

/** The working folder and the home are those of the whole process: files are named, and paths shown, by them. */
function enter(folder: string, home: string | undefined): () => void {
  if (callsInside > 0 && process.cwd() !== realpathSync(folder))
    throw new Error(`a command is under way in ${process.cwd()}, so none can be called in ${folder}`);
  process.chdir(folder);
  process.env.HOME = home;
  callsInside += 1;
  return () => {
    callsInside -= 1;
    if (callsInside > 0) return;
    process.chdir(outside.folder);
    process.env.HOME = outside.home;
  };
}

/** All that is written to a stream. */
class Said implements Stream {
  readonly #chunks: Uint8Array[] = [];

  write(chunk: string | Uint8Array): void {
    this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return text;
}

/** A command that refuses its arguments does not read what it is given. */
function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
