/** What the work itself wrote when it began and ended. It knows nothing of Labkeep but the names that it was given. */
import type { Offer } from '../../src/worker/connection.ts';

export interface LedgerLine {
  readonly ref: string;
  /** The attempt, without its job. */
  readonly attempt: number;
  readonly epoch: number;
  readonly what: 'start' | 'end' | 'told to end';
  readonly at: number;
}

export class Ledger {
  readonly #lines: LedgerLine[] = [];

  get lines(): readonly LedgerLine[] {
    return this.#lines;
  }

  note(
    { job, attemptNumber, epoch }: Pick<Offer, 'job' | 'attemptNumber' | 'epoch'>,
    what: LedgerLine['what'],
  ): void {
    this.#lines.push({ ref: job, attempt: attemptNumber, epoch, what, at: Date.now() });
  }

  starts(ref: string): readonly LedgerLine[] {
    return this.#lines.filter((line) => line.ref === ref && line.what === 'start');
  }
}
