/** What is found out of an attempt beside its result: its program, and numbers in its log. */
import type { Log } from '../ports/log.ts';
import type { FinishedAttempt } from './connection.ts';
import type { AttemptInHand } from './hand.ts';
import { numbersInOutput } from './programs/pick-numbers.ts';
import type { Program } from './programs/programs.ts';
import { hasCode, outputPath, readProgram, writeProgram } from './supervisor/attempt-folder.ts';

export type Found = Pick<FinishedAttempt, 'executable' | 'version' | 'numbers'>;

export interface FindingsOptions {
  readonly attempt: AttemptInHand;
  readonly folder: string;
  readonly log: Log;
}

export class Findings {
  readonly #options: FindingsOptions;
  #program: Promise<Program | null> | null = null;

  constructor(options: FindingsOptions) {
    this.#options = options;
  }

  /** The program is being looked at, while it runs. A process of this worker that comes later knows it from the folder. */
  look(program: Promise<Program>): void {
    this.#program = program
      .then((found) => {
        writeProgram(this.#options.folder, found);
        return found;
      })
      .catch((error: unknown) => {
        // The folder goes when the attempt has been reported.
        if (!hasCode(error, 'ENOENT'))
          this.#warn(error, 'the program of this attempt could not be looked at');
        return null;
      });
  }

  /** All of it, when the work has ended. What is to end at once waits for nothing. */
  async all(): Promise<Found> {
    const { attempt, folder } = this.#options;
    try {
      const toEnd = attempt.askedToEnd.then(() => null);
      const program =
        this.#program === null ? readProgram(folder) : await Promise.race([this.#program, toEnd]);
      return { ...program, ...(await this.#numbers()) };
    } catch (error) {
      this.#warn(error, 'not all is known of this attempt');
      return {};
    }
  }

  async #numbers(): Promise<Pick<Found, 'numbers'>> {
    const { attempt, folder } = this.#options;
    const patterns = attempt.facts.numbers;
    if (patterns === undefined) return {};
    const numbers = await numbersInOutput(outputPath(folder), patterns);
    if (numbers === null) this.#warn(null, 'to look for numbers in the log takes too long; there are none');
    return numbers === null || Object.keys(numbers).length === 0 ? {} : { numbers };
  }

  #warn(error: unknown, message: string): void {
    const { attempt, log } = this.#options;
    log.warn({ error, attempt: attempt.attempt, job: attempt.facts.job }, message);
  }
}
