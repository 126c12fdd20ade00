/** The attempts that a file came from, as far as the record goes. */
import type { Whence, WhenceInput, WhenceStep } from '@labkeep/client';

/** An attempt that made files, with what it read. */
export type Step = WhenceStep;
export type StepInput = WhenceInput;

/** Steps by `stepKey`. */
export type Ancestry = ReadonlyMap<string, Step>;

export function stepKey({ ref, attempt }: { readonly ref: string; readonly attempt: number }): string {
  return `${ref} ${attempt}`;
}

/** The steps that these inputs go back to, so many generations; what closes a circle is not followed. */
export function ancestryOf(
  inputs: readonly StepInput[],
  { steps }: Pick<Whence, 'steps'>,
  generations: number,
): Ancestry {
  const all = new Map(steps.map((step) => [stepKey(step), step]));
  const found = new Map<string, Step>();
  let level = inputs;
  for (let generation = 1; generation <= generations && level.length > 0; generation++) {
    const next: StepInput[] = [];
    for (const { madeBy } of level) {
      if (madeBy === null || madeBy.cyclic) continue;
      const key = stepKey(madeBy);
      const step = all.get(key);
      if (step === undefined || found.has(key)) continue;
      found.set(key, step);
      next.push(...step.inputs);
    }
    level = next;
  }
  return found;
}

/** What an attempt read, if it is among the steps. */
export function inputsOf(
  { steps }: Pick<Whence, 'steps'>,
  attempt: { readonly ref: string; readonly attempt: number },
): readonly StepInput[] {
  return steps.find((step) => stepKey(step) === stepKey(attempt))?.inputs ?? [];
}
