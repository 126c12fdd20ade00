import type { ToldCounts } from './types.ts';

const textLengthMax = 1_000;
const unitLengthMax = 40;

/** Counts as a server takes them: a program that has done more than it meant to do is not refused for it. */
export function boundedCounts({ done, total = null, unit = null }: ToldCounts): ToldCounts {
  const bounded = (count: number): number =>
    Number.isFinite(count) ? Math.min(Math.max(count, 0), Number.MAX_SAFE_INTEGER) : 0;
  return {
    done: bounded(done),
    total: total === null ? null : Math.max(bounded(total), bounded(done)),
    unit: unit === null ? null : unit.slice(0, unitLengthMax).toWellFormed(),
  };
}

/** How far something is, and what of that the server has not been told. */
export class ProgressNews {
  #fraction: number | undefined;
  #text: string | undefined;
  #counts: ToldCounts | undefined;
  #fresh = false;

  get fresh(): boolean {
    return this.#fresh;
  }

  /** 0 to 1; it never goes backwards. */
  tell(fraction: number, text: string | undefined, counts?: ToldCounts): void {
    if (!Number.isFinite(fraction)) return;
    this.#fraction = Math.max(this.#fraction ?? 0, Math.min(1, fraction));
    this.#text = text?.slice(0, textLengthMax).toWellFormed() ?? this.#text;
    if (counts !== undefined) this.#counts = boundedCounts(counts);
    this.#fresh = true;
  }

  /** What is fresh, which it then is no longer. */
  take(): { readonly fraction?: number; readonly text?: string; readonly counts?: ToldCounts } {
    const [fraction, text, counts] = [this.#fraction, this.#text, this.#counts];
    const fresh = this.#fresh;
    this.#fresh = false;
    if (!fresh || fraction === undefined) return {};
    return {
      fraction,
      ...(text === undefined ? {} : { text }),
      ...(counts === undefined ? {} : { counts }),
    };
  }

  /** What was taken did not arrive. */
  putBack(): void {
    this.#fresh = this.#fraction !== undefined;
  }
}
