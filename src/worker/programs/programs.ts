/** The programs that a worker runs: their digests and versions, found once as long as the file is the same. */
import { closeSync, fstatSync } from 'node:fs';
import { questionFor, type VersionQuestion, versionOf } from '../../core/tasks/asks.ts';
import type { FinishedAttempt } from '../connection.ts';
import { askVersion } from './ask-version.ts';
import { digestOf } from './digest.ts';
import { findExecutable, openUntouched, orNull } from './look.ts';

export type Program = Required<Pick<FinishedAttempt, 'executable' | 'version'>>;

export interface ProgramRun {
  readonly command: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ProgramsOptions {
  /** Larger ones have no digest. */
  readonly hashBytesMax: number;
  /** Milliseconds, never set back. */
  readonly now: () => number;
}

const keptMax = 500;
/** A program may call another for its version, which is exchanged without a trace in its own file. */
const versionKeptMs = 300_000;
/** What was changed so shortly ago may be changed again before the clock that stamps it ticks. */
const settledMs = 2_000;

interface Version {
  readonly askedAt: number;
  readonly answer: Promise<string | null>;
}

export class Programs {
  readonly #options: ProgramsOptions;
  readonly #digests = new Map<string, Promise<string | null>>();
  readonly #versions = new Map<string, Version>();

  constructor(options: ProgramsOptions) {
    this.#options = options;
  }

  /** What is about to be run. To be called before it is, and done beside it. */
  async of(run: ProgramRun, question: VersionQuestion | undefined): Promise<Program> {
    const { command, directory, environment } = run;
    const path = findExecutable(command[0] ?? '', directory, environment.PATH);
    if (path === null) return { executable: null, version: null };
    const descriptor = orNull(() => openUntouched(path));
    if (descriptor === null)
      return { executable: { path, sha256: null }, version: await this.#ask(path, run, question) };
    try {
      const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = fstatSync(descriptor, { bigint: true });
      const file = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
      const version = this.#ask(file, run, question);
      const isKept = Date.now() - Number(ctimeMs) > settledMs;
      const sha256 = size > this.#options.hashBytesMax ? null : await this.#digest(file, descriptor, isKept);
      return { executable: { path, sha256 }, version: await version };
    } finally {
      closeSync(descriptor);
    }
  }

  async #digest(file: string, descriptor: number, isKept: boolean): Promise<string | null> {
    const known = this.#digests.get(file);
    if (known !== undefined) return known;
    const digest = digestOf(descriptor);
    if (isKept) keep(this.#digests, file, digest);
    return digest;
  }

  #ask(file: string, run: ProgramRun, question: VersionQuestion | undefined): Promise<string | null> {
    if (question === undefined) return Promise.resolve(null);
    const words = questionFor(question, run.command);
    const environment = withoutOwn(run.environment);
    const { pattern } = question;
    const asked = findExecutable(words[0] ?? '', run.directory, environment.PATH);
    if (asked === null) return Promise.resolve(null);
    const key = JSON.stringify([file, asked, words, pattern, Object.entries(environment)]);
    const known = this.#versions.get(key);
    const askedAt = this.#options.now();
    if (known !== undefined && askedAt - known.askedAt < versionKeptMs) return known.answer;
    const answer = askVersion({ words, pattern, folder: run.directory, environment }).then((told) =>
      told === null ? null : versionOf(question, run.command, told),
    );
    keep(this.#versions, key, { askedAt, answer });
    return answer;
  }
}

/** A question is no attempt: it has no token, and nothing to say of a job. */
function withoutOwn(environment: ProgramRun['environment']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('LABKEEP_')));
}

/** The oldest goes where there are too many. */
function keep<T>(kept: Map<string, T>, key: string, value: T): void {
  const [oldest] = kept.keys();
  if (kept.size >= keptMax && oldest !== undefined) kept.delete(oldest);
  kept.delete(key);
  kept.set(key, value);
}
