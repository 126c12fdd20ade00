import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { resolve as resolvePath } from 'node:path';
import { versionIn } from '../../core/tasks/asks.ts';
import { signal } from '../supervisor/processes.ts';
import { withinTime } from './time-limit.ts';

export interface VersionAsked {
  /** What is run, where nothing that it may leave behind is taken for a result. */
  readonly words: readonly string[];
  readonly pattern: string | null;
  /** That a relative path of the program is meant in. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly withinMs?: number;
}

const askedWithinMs = 5_000;
const answerCharactersMax = 65_536;
const searchWithinMs = 500;

/** The version that a program tells; null where it tells none, or takes too long. */
export async function askVersion(asked: VersionAsked): Promise<string | null> {
  const answer = await answerTo(asked);
  return answer === '' ? null : withinTime(searchWithinMs, () => versionIn(answer, asked.pattern));
}

/** What it writes, errors last. It has a process group of its own, so that what takes too long is ended whole. */
function answerTo({
  words: [program = '', ...words],
  folder,
  environment: env,
  withinMs = askedWithinMs,
}: VersionAsked): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const said = { out: '', err: '' };
  const file = program.includes('/') ? resolvePath(folder, program) : program;
  const child = spawn(file, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    cwd: tmpdir(),
    env,
  });
  const gather = (stream: typeof child.stdout, name: keyof typeof said): void => {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      if (said[name].length < answerCharactersMax) said[name] += piece;
    });
  };
  gather(child.stdout, 'out');
  gather(child.stderr, 'err');
  const end = (): void => {
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
    resolve(`${said.out}\n${said.err}`.trim());
  };
  const timer = setTimeout(() => {
    if (child.pid !== undefined) signal(-child.pid, 'SIGKILL');
    end();
  }, withinMs);
  child.once('error', end);
  child.once('close', end);
  return promise;
}
