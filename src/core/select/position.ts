import { Fault } from '../faults.ts';
import type { Sort } from './sort.ts';

/** A place in the order of a selection: that of a job. `value` is of the number sorted by; null: it has none. */
export interface SelectedPlace {
  readonly value: number | null;
  readonly id: number;
}

/** Whether one place comes before another: by value, those without one last, then by creation. */
export function comesBefore(one: SelectedPlace, other: SelectedPlace, { by, descending }: Sort): boolean {
  const first = descending ? other : one;
  const second = descending ? one : other;
  if (by !== 'created' && one.value !== other.value) {
    if (one.value === null || other.value === null) return other.value === null;
    return (first.value ?? 0) < (second.value ?? 0);
  }
  return first.id < second.id;
}

/** A place as `next` carries it: `3f`, or `-0.25~3f` behind a value. */
export function writePlace({ value, id }: SelectedPlace): string {
  return `${value === null ? '' : `${value}~`}${id.toString(36)}`;
}

export function readPlace(after: string): SelectedPlace {
  const match = /^(?:([-+.0-9e]{1,30})~)?([0-9a-z]{1,11})$/.exec(after);
  const value = match?.[1] === undefined ? null : Number(match[1]);
  const id = Number.parseInt(match?.[2] ?? '', 36);
  if (match === null || Number.isNaN(value) || !Number.isSafeInteger(id))
    throw new Fault('cursor_invalid', { field: 'after', found: after, expected: 'next of the page before' });
  return { value, id };
}
