import { numberName } from '../annotations/annotations.ts';
import { Fault } from '../faults.ts';

/** By creation, or by a number that somebody named; jobs without that number come last. */
export interface Sort {
  readonly by: 'created' | { readonly number: string };
  readonly descending: boolean;
}

export const oldestFirst: Sort = { by: 'created', descending: false };
export const newestFirst: Sort = { by: 'created', descending: true };

const expected = 'newest, oldest, or the name of a number, such as Rfree or Rfree:desc';

/** Reads `newest`, `oldest`, `created`, `created:desc`, `Rfree`, `Rfree:desc`. */
export function parseSort(text: string): Sort {
  if (text === 'newest') return newestFirst;
  if (text === 'oldest') return oldestFirst;
  const [name = '', direction = 'asc', ...more] = text.split(':');
  if (!numberName.test(name) || !['asc', 'desc'].includes(direction) || more.length > 0)
    throw new Fault('invalid_field', { field: 'sort', found: text, expected });
  return { by: name === 'created' ? 'created' : { number: name }, descending: direction === 'desc' };
}
