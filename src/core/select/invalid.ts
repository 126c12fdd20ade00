import { Fault } from '../faults.ts';
import { nearestName } from '../nearest-name.ts';

interface Wrong {
  /** The whole selection, and the part of it that is wrong. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly expected: string;
  /** What could stand there: the one nearest to what does stand there is told. */
  readonly known?: readonly string[];
}

/** The refusal of a selection: where, what stands there, what was expected, and the nearest right word. */
export function invalid({ text, from, to, expected, known = [] }: Wrong): Fault {
  const found = text.slice(from, to);
  const nearest = found === '' ? null : nearestName(found, known);
  const position = [...text.slice(0, from)].length + 1;
  return new Fault('selection_invalid', {
    detail: `The selection cannot be read at character ${position}`,
    field: 'where',
    found: found === '' ? 'its end' : found,
    expected: nearest === null ? expected : `most likely ${nearest}; ${expected}`,
    facts: { position, length: Math.max(1, [...found].length), ...(nearest === null ? {} : { nearest }) },
  });
}
