/**
 * `labkeep run`: starts a command as if nothing stood between, and has it recorded: what ran, where, with what input,
 * what came out. The order of steps is that of haste: what must be known before the command starts is looked at
 * first, all else beside it. So is what has to be loaded: this module and what it imports is all that the start needs,
 * and the rest is loaded when the command runs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fstatSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, isAbsolute, resolve } from 'node:path';
import { titleOf } from '../core/jobs/command-text.ts';
import { networkFileSystem } from '../daemon/file-systems.ts';
import { systemWords } from '../daemon/system-error.ts';
import { accountName, findExecutable, openUntouched, orNull, realPath } from '../worker/programs/look.ts';
import { fileOfStream, Inputs, stdinIsPiped } from './find-inputs.ts';
import type { IsChanged } from './find-outputs.ts';
import { contains } from './paths.ts';
import type { Recording } from './recording.ts';
import type { EndReport, RunReport } from './report.ts';
import { Signals, startErrorCode, startErrorText } from './signals.ts';
import { runVariable } from './spool.ts';
import type { StdinTee } from './stdin.ts';
import { stdinKeptBytes, type Wish } from './wish.ts';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface CommandEnd extends Ending {
  /** Why it could not be started. */
  readonly error: NodeJS.ErrnoException | null;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandEnd>;
}

/** What is known before the command starts. */
export interface Prepared {
  readonly wish: Wish;
  readonly folder: string;
  readonly inputs: Inputs;
  readonly executable: Executable | null;
  /** Files outside the folder that arguments name, and those behind standard output and standard error. */
  readonly named: readonly string[];
  /** Where what it writes goes into files, and how long these were; for runs of tasks. */
  readonly logs: readonly { readonly path: string; readonly from: number }[];
  readonly report: RunReport;
  /** Null: what was changed is told by the clock. */
  readonly isChanged: IsChanged | null;
}

interface Executable {
  readonly path: string;
  /** Open for reading, so that it is known even if it is replaced meanwhile; null if that is not allowed. */
  readonly descriptor: number | null;
}

export type Outcome = Pick<EndReport, 'outcome' | 'exitCode' | 'reason' | 'error' | 'finishedAt'>;

/** Whatever becomes of the record, the command is run, and its end is the one that comes back. */
export async function run(
  wish: Wish,
  env: NodeJS.ProcessEnv,
  begin: (run: RunReport) => Promise<Recording>,
): Promise<Ending> {
  const signals = new Signals();
  const prepared = await prepare(wish, env);
  const recording = await begin(prepared.report);
  const isPiped = wish.keepStdin && stdinIsPiped();
  const started = start(wish, { ...env, [runVariable]: prepared.report.key }, isPiped);
  signals.passTo(started.child);
  recording.attend(() => started.child.kill('SIGTERM'));
  const tee = isPiped ? feed(started.child) : Promise.resolve(null);
  const conclusion = import('./conclude.ts').then(
    ({ Conclusion }) => new Conclusion(prepared, recording, env),
  );
  // They are awaited only when the command has ended; until then nobody is there to hear of their failure.
  conclusion.catch(() => undefined);
  tee.catch(() => undefined);
  const ending = await started.ended;
  const finishedAt = new Date().toISOString();
  try {
    await (await conclusion).tell(await tee, { ...outcomeOf(ending), finishedAt });
  } catch (error) {
    process.stderr.write(`labkeep: the end of the run could not be recorded: ${systemWords(error)}\n`);
  }
  if (ending.error !== null) return { code: startErrorCode(ending.error), signal: null };
  return ending;
}

async function prepare(wish: Wish, env: NodeJS.ProcessEnv): Promise<Prepared> {
  const folder = realPath(process.cwd()) ?? process.cwd();
  const [program = '', ...words] = wish.command;
  const stdinFile = wish.keepStdin ? fileOfStream(0) : null;
  const certain = stdinFile === null ? wish.inputs : [...wish.inputs, stdinFile];
  const executable = findExecutable(program, folder, env.PATH);
  const read = isOwn(program, executable, folder) ? [program, ...words] : words;
  const inputs = await Inputs.find(read, folder, wish.hashBytesMax, certain);
  const elsewhere = argumentsElsewhere(words, folder);
  const isChanged =
    networkFileSystem(folder) === null
      ? null
      : await (await import('./find-outputs.ts')).changedFromNow(folder, elsewhere);
  const report: RunReport = {
    // The kernel’s: to load what makes others takes longer than all of this.
    key: readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim(),
    ...(wish.project === null ? {} : { project: wish.project }),
    folder,
    ...(wish.task === null ? {} : { task: wish.task }),
    title: wish.title ?? titleOf([basename(program), ...words]),
    ...(wish.tags.length === 0 ? {} : { tags: wish.tags }),
    command: wish.command,
    stdin: stdinFile === null ? null : await readShort(stdinFile),
    inputs: inputs.now(),
    host: hostname(),
    account: accountName(),
    executable: executable === null ? null : { path: executable, sha256: null },
    version: null,
    startedAt: new Date().toISOString(),
  };
  return {
    wish,
    folder,
    inputs,
    executable:
      executable === null ? null : { path: executable, descriptor: orNull(() => openUntouched(executable)) },
    named: [...elsewhere, ...[fileOfStream(1), fileOfStream(2)].filter((file) => file !== null)],
    logs: wish.task === null ? [] : logsNow(),
    report,
    isChanged,
  };
}

function logsNow(): Prepared['logs'] {
  const logs = new Map<string, number>();
  for (const stream of [1, 2] as const) {
    const path = fileOfStream(stream);
    if (path !== null) logs.set(path, fstatSync(stream).size);
  }
  return [...logs].map(([path, from]) => ({ path, from }));
}

function start(wish: Wish, env: NodeJS.ProcessEnv, isPiped: boolean): Started {
  const [program = '', ...words] = wish.command;
  const child = spawn(program, words, { stdio: [isPiped ? 'pipe' : 'inherit', 'inherit', 'inherit'], env });
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, error: null }));
    child.once('error', (error) => {
      process.stderr.write(`labkeep: ${program}: ${startErrorText(error)}\n`);
      resolve({ code: null, signal: null, error });
    });
  });
  return { child, ended };
}

async function feed(child: ChildProcess): Promise<StdinTee | null> {
  const { StdinTee } = await import('./stdin.ts');
  if (child.stdin === null) return null;
  const tee = new StdinTee();
  tee.feed(process.stdin, child.stdin);
  return tee;
}

function outcomeOf({ code, signal, error }: CommandEnd): Omit<Outcome, 'finishedAt'> {
  if (error !== null)
    return { outcome: 'failed', exitCode: null, reason: 'not_started', error: startErrorText(error) };
  if (signal !== null) return { outcome: 'failed', exitCode: null, reason: 'signal', error: signal };
  if (code === 0) return { outcome: 'succeeded', exitCode: 0, error: null };
  return { outcome: 'failed', exitCode: code, reason: 'exit_code', error: null };
}

/** A program that somebody makes here, as `./sum` is, and not one that is installed: it is an input like any other file. */
function isOwn(program: string, executable: string | null, folder: string): boolean {
  if (executable === null || !program.includes('/')) return false;
  return !isAbsolute(program) || contains(folder, executable);
}

/** Files outside the working folder are found only by the arguments that name them. */
function argumentsElsewhere(words: readonly string[], folder: string): readonly string[] {
  return words
    .filter((word) => word.length <= 4096 && !word.includes('\0'))
    .flatMap((word) => [word, word.slice(word.indexOf('=') + 1)])
    .map((word) => realPath(resolve(folder, word)))
    .filter((path) => path !== null && !contains(folder, path)) as readonly string[];
}

async function readShort(file: string): Promise<string | null> {
  const { textOf } = await import('./stdin.ts');
  return orNull(() => (statSync(file).size > stdinKeptBytes ? null : textOf(readFileSync(file))));
}
