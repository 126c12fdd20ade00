/** What ties must be, worked out from nothing but what was told: the rule in its plainest form. */
import assert from 'node:assert/strict';
import type { MadeBy } from '../../src/core/jobs/job.ts';

/** A file as somebody names it: which it is, wherever its folder is, and what is in it. */
export interface Named {
  readonly file: string;
  /** 'nothing' is the digest of an empty file. */
  readonly content: string | null;
}

interface Made extends Named {
  readonly ref: string;
  readonly attempt: number;
  readonly at: number;
}

interface Attempt {
  readonly ref: string;
  readonly attempt: number;
}

interface Reading {
  readonly inputs: readonly Named[];
  /** By attempt, then by file. */
  readonly ties: Map<number, ReadonlyMap<string, MadeBy>>;
}

export class TiesOracle {
  /** In the order in which it was told. */
  readonly #made: Made[] = [];
  readonly #readings = new Map<string, Reading>();

  get refs(): readonly string[] {
    return [...this.#readings.keys()];
  }

  told(ref: string, inputs: readonly Named[]): void {
    this.#readings.set(ref, { inputs, ties: new Map() });
  }

  made(ref: string, attempt: number, outputs: readonly Named[], at: number): void {
    for (const output of outputs) this.#made.push({ ...output, ref, attempt, at });
  }

  /** An attempt starts; or (provisional) the job waits for it. */
  starts(ref: string, attempt: number, at: number, provisional = false): void {
    const { inputs, ties } = this.#readingOf(ref);
    ties.delete(attempt);
    const below = this.kin(ref, 'descendants');
    const found = new Map<string, MadeBy>();
    for (const input of inputs) {
      const before = this.#made.filter((made) => made.ref !== ref && made.at <= at);
      const samePlace = newest(before.filter(({ file }) => file === input.file));
      const { content } = input;
      const sameContent =
        content === null || content === 'nothing'
          ? null
          : newest(before.filter((made) => made.content === content));
      const made = samePlace ?? sameContent;
      if (made === null) continue;
      const by = samePlace === null ? 'content' : 'path';
      const cyclic = below.has(made.ref);
      found.set(input.file, { ref: made.ref, attempt: made.attempt, by, cyclic, provisional });
    }
    ties.set(attempt, found);
  }

  /** Of each input, what the last attempt found. */
  expected(ref: string): Record<string, MadeBy> {
    const attempts = [...this.#readingOf(ref).ties].sort(([one], [other]) => one - other);
    return Object.fromEntries(attempts.flatMap(([, found]) => [...found]));
  }

  kin(ref: string, side: 'ancestors' | 'descendants'): ReadonlySet<string> {
    const steps = [...this.#readings].flatMap(([reader, { ties }]) =>
      [...ties.values()]
        .flatMap((found) => [...found.values()])
        .filter(({ cyclic }) => !cyclic)
        .map(({ ref: maker }) =>
          side === 'ancestors' ? { from: reader, to: maker } : { from: maker, to: reader },
        ),
    );
    const kin = new Set<string>();
    const visit = (at: string): void => {
      for (const { from, to } of steps)
        if (from === at && !kin.has(to)) {
          kin.add(to);
          visit(to);
        }
    };
    visit(ref);
    return kin;
  }

  /** The attempt that made a file last; null for none. */
  maker(file: string): Attempt | null {
    return newest(this.#made.filter((made) => made.file === file));
  }

  /** The attempts that a first one goes back to, this among them, each as `ref attempt`. */
  behind(first: Attempt): ReadonlySet<string> {
    const found = new Set<string>();
    const visit = ({ ref, attempt }: Attempt): void => {
      if (found.has(`${ref} ${attempt}`)) return;
      found.add(`${ref} ${attempt}`);
      for (const tie of this.tiesOf({ ref, attempt }).values()) if (!tie.cyclic) visit(tie);
    };
    visit(first);
    return found;
  }

  /** What an attempt read that something had made, by file. */
  tiesOf({ ref, attempt }: Attempt): ReadonlyMap<string, MadeBy> {
    return this.#readingOf(ref).ties.get(attempt) ?? new Map();
  }

  #readingOf(ref: string): Reading {
    const reading = this.#readings.get(ref);
    assert.ok(reading, `${ref} was told`);
    return reading;
  }
}

/** Made last; told last, where that is equal. */
function newest(made: readonly Made[]): Made | null {
  return made.reduce<Made | null>((last, it) => (last === null || it.at >= last.at ? it : last), null);
}
