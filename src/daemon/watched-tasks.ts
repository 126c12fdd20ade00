/** Keeps the tasks of a file as it says them, also after it has changed; with a problem in it, the last good state stays. */
import type { UseCases } from '../app/use-cases.ts';
import type { DeclarationProblem } from '../core/catalogue/declared.ts';
import { Fault } from '../core/faults.ts';
import type { Log } from '../ports/log.ts';
import type { Schemas } from '../ports/schemas.ts';
import type { Timers } from '../ports/timers.ts';
import type { Troubles } from '../ports/troubles.ts';
import { LookOut } from './look-out.ts';
import { type FileText, lookEveryMs, readSettled, sameText } from './read-declarations.ts';
import { problemAt, readTasks } from './read-tasks.ts';

export interface WatchedTasksOptions {
  readonly file: string;
  readonly useCases: Pick<UseCases, 'setTasksOfFile' | 'catalogueProblems'>;
  readonly schemas: Schemas;
  readonly timers: Timers;
  readonly log: Log;
  readonly troubles: Troubles;
}

const looking = {
  failed: 'the file of tasks could not be looked at; it is tried again',
  succeeds: 'the file of tasks is looked at again',
  apart: true,
};

export class WatchedTasks {
  readonly #options: WatchedTasksOptions;
  #text: FileText | null = null;
  readonly #lookOut: LookOut;

  constructor(options: WatchedTasksOptions) {
    const { file, timers, log, troubles } = options;
    this.#options = options;
    this.#lookOut = new LookOut({
      files: [file],
      look: () => this.#look(),
      everyMs: lookEveryMs,
      timers,
      log,
      what: looking,
      troubles,
    });
  }

  /** Resolves when the file was read once. */
  start(): Promise<void> {
    return this.#lookOut.look();
  }

  stop(): Promise<void> {
    return this.#lookOut.stop();
  }

  async #look(): Promise<void> {
    const { file, timers } = this.#options;
    const read = await readSettled(file, this.#text, timers);
    if (sameText(read, this.#text)) return;
    this.#text = read;
    this.#tell(
      'problem' in read ? { line: null, database: null, text: read.problem } : await this.#take(read.text),
    );
  }

  /** What is wrong with the file, or null. */
  async #take(text: string): Promise<DeclarationProblem | null> {
    const { useCases, schemas } = this.#options;
    const read = await readTasks(text, schemas);
    if ('problem' in read) return read.problem;
    try {
      await useCases.setTasksOfFile(read.tasks);
      return null;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { field = '', found, expected } = error.said;
      const [, index, rest = ''] = /^task\[(\d+)\]\.(.*)$/.exec(field) ?? [];
      const name = read.tasks[Number(index)]?.name ?? '';
      return problemAt(
        `task.${name}.${rest}`,
        `found ${JSON.stringify(found)}, expected ${expected ?? 'another value'}`,
      );
    }
  }

  #tell(problem: DeclarationProblem | null): void {
    const { file, useCases, log } = this.#options;
    useCases.catalogueProblems.set(file, problem === null ? [] : [problem]);
    if (problem === null) log.info({ file }, 'the file of tasks is read');
    else log.warn({ file, line: problem.line }, `the file of tasks: ${problem.text}`);
  }
}
