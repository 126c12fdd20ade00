/** What is worked out beside a command and after it: its program, what came out, and the word on it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { resolve } from 'node:path';
import { dataPaths } from '../daemon/data-paths.ts';
import { changedSince, findOutputs } from './find-outputs.ts';
import { look, realPath } from './paths.ts';
import { digestOfProgram } from './program-digest.ts';
import type { Recording } from './recording.ts';
import type { EndReport } from './report.ts';
import type { Outcome, Prepared } from './run.ts';
import type { StdinTee } from './stdin.ts';

export class Conclusion {
  readonly #prepared: Prepared;
  readonly #recording: Recording;
  readonly #digest: Promise<string | null>;
  readonly #version: Promise<string | null>;

  /** Begins at once, beside the command. */
  constructor(prepared: Prepared, recording: Recording, env: NodeJS.ProcessEnv) {
    const { inputs, wish, executable } = prepared;
    this.#prepared = prepared;
    this.#recording = recording;
    inputs.hashOn(wish.hashBytesMax);
    this.#digest = digestOf(executable, recording.dataFolder);
    this.#version =
      wish.askVersion === null || executable === null
        ? Promise.resolve(null)
        : askVersion(executable.path, wish.askVersion, env);
    // Awaited only when the command has ended.
    for (const promise of [this.#digest, this.#version]) promise.catch(() => undefined);
  }

  /** Finds what came out, tells it, and says so. */
  async tell(tee: StdinTee | null, outcome: Outcome): Promise<void> {
    const { wish, report, executable } = this.#prepared;
    const { outputs, inputs, isComplete } = await this.#files();
    const piped = (await tee?.end()) ?? { text: report.stdin, input: null };
    const end: EndReport = {
      ...outcome,
      inputs: [...inputs, ...(piped.input === null ? [] : [piped.input])],
      outputs,
      stdin: piped.text,
      version: await this.#version,
      executable: executable === null ? null : { path: executable.path, sha256: await this.#digest },
    };
    const speaking = wish.quiet || wish.json ? null : import('./end-line.ts');
    const told = await this.#recording.finish(end);
    if (wish.json) process.stderr.write(`${JSON.stringify(told)}\n`);
    if (speaking === null) return;
    const { endLines } = await speaking;
    for (const line of endLines(report, end, told, this.#recording.keptIn)) process.stderr.write(`${line}\n`);
    if (!isComplete)
      process.stderr.write(
        'labkeep: the folder is too large to look at all of it; name outputs with --out\n',
      );
  }

  async #files(): Promise<Pick<EndReport, 'inputs' | 'outputs'> & { readonly isComplete: boolean }> {
    const { wish, folder, named, report, inputs } = this.#prepared;
    const { dataFolder } = this.#recording;
    const isChanged = this.#prepared.isChanged ?? changedSince(Date.parse(report.startedAt));
    const wished = wish.outputs.map((path) => realPath(resolve(folder, path)) ?? resolve(folder, path));
    const { files: outputs, complete } = await findOutputs({
      folder,
      isChanged,
      named,
      certain: wished,
      except: dataFolder === null ? [] : [dataFolder],
      hashBytesMax: wish.hashBytesMax,
    });
    const read = await inputs.close((path) => {
      const now = look(path);
      return now === null || isChanged(path, now);
    });
    return { inputs: read.filter(({ path }) => !wished.includes(path)), outputs, isComplete: complete };
  }
}

async function digestOf(
  executable: Prepared['executable'],
  dataFolder: string | null,
): Promise<string | null> {
  const descriptor = executable?.descriptor ?? null;
  if (descriptor === null) return null;
  try {
    return await digestOfProgram(descriptor, dataFolder === null ? null : dataPaths(dataFolder).programs);
  } finally {
    closeSync(descriptor);
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
