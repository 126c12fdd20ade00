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
import { resolve } from 'node:path';
import { digestOfPath } from './digest.ts';
import { endLines } from './end-line.ts';
import { findExecutable } from './executable.ts';
import { contains, fileOfStream, Inputs, realPath } from './find-inputs.ts';
import { changedSince, findOutputs } from './find-outputs.ts';
import { isMissing } from './missing.ts';
import type { Recording } from './recording.ts';
import type { EndReport, RunReport } from './report.ts';
import { passSignals } from './signals.ts';
import { isPiped, StdinTee, stdinKeptBytes, textOf } from './stdin.ts';
import type { Wish } from './wish.ts';

/** In the environment of the command: the key of its run, by which programs within it are known to be of it. */
export const runVariable = 'LABKEEP_RUN';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending & { readonly error: NodeJS.ErrnoException | null }>;
  readonly tee: StdinTee | null;
}

export async function run(
  wish: Wish,
  env: NodeJS.ProcessEnv,
  begin: (run: RunReport) => Recording,
): Promise<Ending> {
  const folder = realPath(process.cwd()) ?? process.cwd();
  const [program = '', ...words] = wish.command;
  const stdinFile = wish.keepStdin ? fileOfStream(0) : null;
  const stdoutFiles = [fileOfStream(1), fileOfStream(2)].filter((file) => file !== null);
  const inputs = Inputs.find(words, folder, wish.hashBytesMax, [
    ...wish.inputs,
    ...(stdinFile === null ? [] : [stdinFile]),
  ]);
  const executable = findExecutable(program, folder, env.PATH);
  const report: RunReport = {
    key: randomUUID(),
    ...(wish.project === null ? {} : { project: wish.project }),
    folder,
    ...(wish.task === null ? {} : { task: wish.task }),
    ...(wish.title === null ? {} : { title: wish.title }),
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
  const recording = begin(report);
  const started = start(wish, { ...env, [runVariable]: report.key });
  const unpass = passSignals(started.child);
  recording.attend(() => started.child.kill('SIGTERM'));
  inputs.hashOn(wish.hashBytesMax);
  const meanwhile = Promise.all([
    executable === null ? null : digestOrNull(executable),
    executable === null || wish.askVersion === null ? null : askVersion(executable, wish.askVersion, env),
  ]);

  const ending = await started.ended;
  const finishedAt = new Date();
  unpass();
  const [sha256, version] = await meanwhile;
  const startedAt = Date.parse(report.startedAt);
  const outputs = await findOutputs({
    folder,
    startedAt,
    named: [...argumentsOf(words, folder), ...stdoutFiles],
    certain: wish.outputs.map((path) => realPath(resolve(folder, path)) ?? resolve(folder, path)),
    except: recording.folders,
    hashBytesMax: wish.hashBytesMax,
  });
  const isChanged = changedSince(startedAt);
  const onlyOut = new Set(wish.outputs.map((path) => realPath(resolve(folder, path))));
  const read = await inputs.close((path) => {
    const now = lookAgain(path);
    return now === null || isChanged(now);
  });
  const piped = started.tee?.end() ?? { text: report.stdin, input: null };
  const end: EndReport = {
    finishedAt: finishedAt.toISOString(),
    ...outcomeOf(ending),
    inputs: [
      ...read.filter(({ path }) => !onlyOut.has(path)),
      ...(piped.input === null ? [] : [piped.input]),
    ],
    outputs: outputs.files.filter(({ path }) => path !== executable || outputs.complete),
    stdin: piped.text,
    version,
    executable: executable === null ? null : { path: executable, sha256 },
  };
  const told = await recording.finish(end);
  if (wish.json) process.stderr.write(`${JSON.stringify(told)}\n`);
  else if (!wish.quiet) process.stderr.write(`${endLines(report, end, told, recording.keptIn).join('\n')}\n`);
  if (!outputs.complete && !wish.quiet)
    process.stderr.write('labkeep: the folder is too large to look at all of it; name outputs with --out\n');
  if (ending.error !== null) return { code: ending.error.code === 'ENOENT' ? 127 : 126, signal: null };
  return ending;
}

function start(wish: Wish, env: NodeJS.ProcessEnv): Started {
  const tee = wish.keepStdin && isPiped() ? new StdinTee() : null;
  const [program = '', ...words] = wish.command;
  const child = spawn(program, words, {
    stdio: [tee === null ? 'inherit' : 'pipe', 'inherit', 'inherit'],
    env,
  });
  const ended = Promise.race([
    once(child, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      error: null,
    })),
    once(child, 'error').then(([error]) => {
      process.stderr.write(`labkeep: ${program}: ${wordsFor(error as NodeJS.ErrnoException)}\n`);
      return { code: null, signal: null, error: error as NodeJS.ErrnoException };
    }),
  ]);
  if (tee !== null && child.stdin !== null) tee.feed(process.stdin, child.stdin);
  return { child, ended, tee };
}

function wordsFor({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'command not found';
  return code === 'EACCES' ? 'permission denied' : message;
}

function outcomeOf({
  code,
  signal,
  error,
}: Awaited<Started['ended']>): Pick<EndReport, 'outcome' | 'exitCode' | 'reason' | 'error'> {
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

function account(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return `uid-${process.getuid?.() ?? 0}`;
  }
}
