/**
 * `labkeep run`: starts a command as if nothing stood between, and has it recorded: what ran, where, with what input,
 * what came out. The order of steps is that of haste: what must be known before the command starts is looked at
 * first, all else beside it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { basename, resolve } from 'node:path';
import { networkFileSystem } from '../daemon/file-systems.ts';
import { systemWords } from '../daemon/system-error.ts';
import { digestOfPath } from './digest.ts';
import { endLines } from './end-line.ts';
import { findExecutable } from './executable.ts';
import { contains, fileOfStream, Inputs, realPath } from './find-inputs.ts';
import { changedFromNow, changedSince, findOutputs, type IsChanged } from './find-outputs.ts';
import { isMissing } from './missing.ts';
import type { Recording } from './recording.ts';
import type { EndReport, RunReport } from './report.ts';
import { runVariable } from './run-variable.ts';
import { Signals } from './signals.ts';
import { isPiped, StdinTee, stdinKeptBytes, textOf } from './stdin.ts';
import type { Wish } from './wish.ts';

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
  readonly tee: StdinTee | null;
}

/** What is known before the command starts. */
interface Prepared {
  readonly wish: Wish;
  readonly folder: string;
  readonly inputs: Inputs;
  readonly executable: string | null;
  /** Files behind standard output and standard error. */
  readonly streamed: readonly string[];
  readonly report: RunReport;
  readonly isChanged: IsChanged;
}

/** What is worked out beside the command. */
interface Meanwhile {
  readonly digest: string | null;
  readonly version: string | null;
}

/** Whatever becomes of the record, the command is run, and its end is the one that comes back. */
export async function run(
  wish: Wish,
  env: NodeJS.ProcessEnv,
  begin: (run: RunReport) => Recording,
): Promise<Ending> {
  const signals = new Signals();
  const prepared = prepare(wish, env);
  const recording = begin(prepared.report);
  const started = start(wish, { ...env, [runVariable]: prepared.report.key });
  signals.passTo(started.child);
  recording.attend(() => started.child.kill('SIGTERM'));
  prepared.inputs.hashOn(wish.hashBytesMax);
  const meanwhile = learn(prepared, env);
  // It is awaited only when the command has ended; until then nobody is there to hear of its failure.
  meanwhile.catch(() => undefined);
  const ending = await started.ended;
  const finishedAt = new Date().toISOString();
  try {
    await conclude(prepared, recording, started.tee, { ...outcomeOf(ending), finishedAt }, meanwhile);
  } catch (error) {
    process.stderr.write(`labkeep: the end of the run could not be recorded: ${systemWords(error)}\n`);
  }
  if (ending.error !== null) return { code: ending.error.code === 'ENOENT' ? 127 : 126, signal: null };
  return ending;
}

function prepare(wish: Wish, env: NodeJS.ProcessEnv): Prepared {
  const folder = realPath(process.cwd()) ?? process.cwd();
  const [program = '', ...words] = wish.command;
  const stdinFile = wish.keepStdin ? fileOfStream(0) : null;
  const certain = stdinFile === null ? wish.inputs : [...wish.inputs, stdinFile];
  const inputs = Inputs.find(words, folder, wish.hashBytesMax, certain);
  const executable = findExecutable(program, folder, env.PATH);
  const report: RunReport = {
    key: randomUUID(),
    ...(wish.project === null ? {} : { project: wish.project }),
    folder,
    ...(wish.task === null ? {} : { task: wish.task }),
    title: wish.title ?? titleOf(wish.command),
    ...(wish.tags.length === 0 ? {} : { tags: wish.tags }),
    command: wish.command,
    stdin: stdinFile === null ? null : readShort(stdinFile),
    inputs: inputs.now(),
    host: hostname(),
    account: account(),
    executable: executable === null ? null : { path: executable, sha256: null },
    version: null,
    startedAt: new Date().toISOString(),
  };
  const streamed = [fileOfStream(1), fileOfStream(2)].filter((file) => file !== null);
  const isChanged =
    networkFileSystem(folder) === null
      ? changedSince(Date.parse(report.startedAt))
      : changedFromNow(folder, argumentsOf(words, folder));
  return { wish, folder, inputs, executable, streamed, report, isChanged };
}

async function learn({ wish, executable }: Prepared, env: NodeJS.ProcessEnv): Promise<Meanwhile> {
  if (executable === null) return { digest: null, version: null };
  const [digest, version] = await Promise.all([
    digestOrNull(executable),
    wish.askVersion === null ? null : askVersion(executable, wish.askVersion, env),
  ]);
  return { digest, version };
}

/** Finds what came out, tells it, and says so. */
async function conclude(
  prepared: Prepared,
  recording: Recording,
  tee: StdinTee | null,
  outcome: Outcome & Pick<EndReport, 'finishedAt'>,
  meanwhile: Promise<Meanwhile>,
): Promise<void> {
  const { wish, folder, executable, report, isChanged } = prepared;
  const wished = wish.outputs.map((path) => realPath(resolve(folder, path)) ?? resolve(folder, path));
  const outputs = await findOutputs({
    folder,
    isChanged,
    named: [...argumentsOf(wish.command.slice(1), folder), ...prepared.streamed],
    certain: wished,
    except: recording.folders,
    hashBytesMax: wish.hashBytesMax,
  });
  const read = await prepared.inputs.close((path) => {
    const now = lookAgain(path);
    return now === null || isChanged(path, now);
  });
  const piped = tee?.end() ?? { text: report.stdin, input: null };
  const { digest, version } = await meanwhile;
  const end: EndReport = {
    ...outcome,
    inputs: [
      ...read.filter(({ path }) => !wished.includes(path)),
      ...(piped.input === null ? [] : [piped.input]),
    ],
    outputs: outputs.files,
    stdin: piped.text,
    version,
    executable: executable === null ? null : { path: executable, sha256: digest },
  };
  const told = await recording.finish(end);
  if (wish.json) process.stderr.write(`${JSON.stringify(told)}\n`);
  if (wish.json || wish.quiet) return;
  for (const line of endLines(report, end, told, recording.keptIn)) process.stderr.write(`${line}\n`);
  if (!outputs.complete)
    process.stderr.write('labkeep: the folder is too large to look at all of it; name outputs with --out\n');
}

function start(wish: Wish, env: NodeJS.ProcessEnv): Started {
  const tee = wish.keepStdin && isPiped() ? new StdinTee() : null;
  const [program = '', ...words] = wish.command;
  const child = spawn(program, words, {
    stdio: [tee === null ? 'inherit' : 'pipe', 'inherit', 'inherit'],
    env,
  });
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, error: null }));
    child.once('error', (error) => {
      process.stderr.write(`labkeep: ${program}: ${wordsFor(error)}\n`);
      resolve({ code: null, signal: null, error });
    });
  });
  if (tee !== null && child.stdin !== null) tee.feed(process.stdin, child.stdin);
  return { child, ended, tee };
}

function wordsFor({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'command not found';
  return code === 'EACCES' ? 'permission denied' : message;
}

type Outcome = Pick<EndReport, 'outcome' | 'exitCode' | 'reason' | 'error'>;

function outcomeOf({ code, signal, error }: CommandEnd): Outcome {
  if (error !== null)
    return { outcome: 'failed', exitCode: null, reason: 'not_started', error: wordsFor(error) };
  if (signal !== null) return { outcome: 'failed', exitCode: null, reason: 'signal', error: signal };
  if (code === 0) return { outcome: 'succeeded', exitCode: 0, error: null };
  return { outcome: 'failed', exitCode: code, reason: 'exit_code', error: null };
}

/** Files outside the working folder are found only by the arguments that name them. */
function argumentsOf(words: readonly string[], folder: string): readonly string[] {
  const paths = words
    .filter((word) => word.length <= 4096 && !word.includes('\0'))
    .flatMap((word) => [word, word.slice(word.indexOf('=') + 1)])
    .map((word) => realPath(resolve(folder, word)));
  return paths.filter((path) => path !== null && !contains(folder, path)) as readonly string[];
}

function readShort(file: string): string | null {
  try {
    return statSync(file).size > stdinKeptBytes ? null : textOf(readFileSync(file));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function lookAgain(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function digestOrNull(path: string): Promise<string | null> {
  try {
    return await digestOfPath(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const versionWaitMs = 5_000;

/** The first line that the program prints when it is asked for its version. */
async function askVersion(executable: string, words: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const child = spawn(executable, words.split(' '), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    timeout: versionWaitMs,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      if (text.length < 4_096) text += piece;
    });
  child.on('error', () => child.emit('close'));
  await once(child, 'close');
  return (
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '')
      ?.slice(0, 200) ?? null
  );
}

const titleLength = 100;

/** In lists, a run without a title goes by its command. */
function titleOf([program = '', ...words]: readonly string[]): string {
  const text = [basename(program), ...words].join(' ').replaceAll(/\s+/g, ' ').trim();
  const characters = Array.from(text.replaceAll('\0', ''));
  return characters.length <= titleLength
    ? characters.join('')
    : `${characters.slice(0, titleLength - 1).join('')}…`;
}

function account(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return `uid-${process.getuid?.() ?? 0}`;
  }
}
