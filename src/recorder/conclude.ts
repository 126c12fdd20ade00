/** What is worked out beside a command and after it: its program, what came out, and the word on it. */
import { closeSync } from 'node:fs';
import { resolve } from 'node:path';
import { streamNotes } from '../core/jobs/streams.ts';
import type { Asks } from '../core/tasks/asks.ts';
import { dataPaths } from '../daemon/data-paths.ts';
import { realPath } from '../worker/programs/look.ts';
import { fileOfStream } from './find-inputs.ts';
import { changedSince, findOutputs } from './find-outputs.ts';
import { look } from './paths.ts';
import { digestOfProgram } from './program-digest.ts';
import type { Recording } from './recording.ts';
import type { EndReport, FileReport } from './report.ts';
import type { Outcome, Prepared } from './run.ts';
import type { StdinTee } from './stdin.ts';

/** So long, after the end of its command, a run waits to be told what its task asks. */
const asksWithinMs = 5_000;

export class Conclusion {
  readonly #prepared: Prepared;
  readonly #recording: Recording;
  readonly #digest: Promise<string | null>;
  readonly #asks: Promise<Asks | null>;
  readonly #version: Promise<string | null>;
  readonly #enough = new AbortController();

  /** Begins at once, beside the command. */
  constructor(prepared: Prepared, recording: Recording, env: NodeJS.ProcessEnv) {
    const { inputs, wish, executable } = prepared;
    this.#prepared = prepared;
    this.#recording = recording;
    inputs.hashOn(wish.hashBytesMax);
    this.#digest = digestOf(executable, recording.dataFolder);
    this.#asks = wish.task === null ? Promise.resolve(null) : recording.asks(this.#enough.signal);
    this.#version = this.#versionOf(env);
    // Awaited only when the command has ended.
    for (const promise of [this.#digest, this.#asks, this.#version]) promise.catch(() => undefined);
  }

  /** Finds what came out, tells it, and says so. */
  async tell(tee: StdinTee | null, outcome: Outcome): Promise<void> {
    const { wish, report, executable } = this.#prepared;
    const enough = setTimeout(() => this.#enough.abort(), asksWithinMs);
    const { outputs, inputs, isComplete } = await this.#files();
    const piped = (await tee?.end()) ?? { text: report.stdin, input: null };
    const end: EndReport = {
      ...outcome,
      inputs: [...inputs, ...(piped.input === null ? [] : [piped.input])],
      outputs,
      stdin: piped.text,
      version: await this.#version,
      executable: executable === null ? null : { path: executable.path, sha256: await this.#digest },
      ...(await this.#numbers()),
    };
    clearTimeout(enough);
    const speaking = wish.quiet || wish.json ? null : import('./end-line.ts');
    const told = await this.#recording.finish(end);
    const { asks: _, ...shown } = { asks: undefined, ...told };
    if (wish.json) process.stderr.write(`${JSON.stringify(shown)}\n`);
    if (speaking === null) return;
    const { endLines } = await speaking;
    for (const line of endLines(report, end, told, this.#recording.keptIn)) process.stderr.write(`${line}\n`);
    if (!isComplete)
      process.stderr.write(
        'labkeep: the folder is too large to look at all of it; name outputs with --out\n',
      );
  }

  /** By --ask-version, else as the task of the run says. */
  async #versionOf(env: NodeJS.ProcessEnv): Promise<string | null> {
    const { wish, executable, folder } = this.#prepared;
    if (executable === null) return null;
    const asked = wish.askVersion === null ? ((await this.#asks)?.version ?? null) : null;
    if (wish.askVersion === null && asked === null) return null;
    const { askVersion } = await import('../worker/programs/ask-version.ts');
    const { questionFor, versionOf } = await import('../core/tasks/asks.ts');
    const words =
      asked === null
        ? [executable.path, ...(wish.askVersion ?? '').split(' ')]
        : questionFor(asked, wish.command);
    const told = await askVersion({ words, pattern: asked?.pattern ?? null, folder, environment: env });
    return told === null || asked === null ? told : versionOf(asked, wish.command, told);
  }

  /** Numbers that its task picks from what it wrote, where that went into a file. */
  async #numbers(): Promise<Pick<EndReport, 'numbers'>> {
    const patterns = (await this.#asks)?.numbers;
    const { logs } = this.#prepared;
    if (patterns === undefined || logs.length === 0) return {};
    const { numbersInFile } = await import('../worker/programs/pick-numbers.ts');
    const numbers: Record<string, number> = {};
    for (const { path, from } of logs) {
      const found = await numbersInFile(path, from, patterns);
      if (found === null) process.stderr.write('labkeep: the search for numbers in the log takes too long\n');
      Object.assign(numbers, found);
    }
    return Object.keys(numbers).length === 0 ? {} : { numbers };
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
    const kept = read.filter(({ path }) => !wished.includes(path));
    return {
      inputs: wish.keepStdin ? noted(kept, fileOfStream(0), streamNotes.input) : kept,
      outputs: noted(noted(outputs, fileOfStream(1), streamNotes.output), fileOfStream(2), streamNotes.error),
      isComplete: complete,
    };
  }
}

/** What was said of the file already stands. */
function noted(files: readonly FileReport[], path: string | null, note: string): readonly FileReport[] {
  return files.map((file) => (file.path === path && file.note === undefined ? { ...file, note } : file));
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
