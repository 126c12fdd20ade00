/** What people and programs say of a job beside its own record: a rating, tags, named numbers. */
import { Fault } from '../faults.ts';

/** Best first. */
export const ratings = ['best', 'good', 'marginal', 'bad'] as const;
export type Rating = (typeof ratings)[number];

export interface Annotations {
  readonly rating: Rating | null;
  /** In the order of their code units, each once. */
  readonly tags: readonly string[];
  readonly numbers: Readonly<Record<string, number>>;
  /** How many there are. */
  readonly comments: number;
}

export const noAnnotations: Annotations = { rating: null, tags: [], numbers: {}, comments: 0 };

/** `tags` replaces all of them; then tags are removed and added. Of the numbers, null removes one. */
export interface AnnotationChanges {
  readonly rating?: Rating | null | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly addTags?: readonly string[] | undefined;
  readonly removeTags?: readonly string[] | undefined;
  readonly numbers?: Readonly<Record<string, number | null>> | undefined;
}

export const annotationBounds = { tags: 100, tagLength: 100, numbers: 200 } as const;

const changeNames = ['rating', 'tags', 'addTags', 'removeTags', 'numbers'] as const;

/** The annotations among the fields of an edit; null if there are none. Refuses what can be no tag or number. */
export function readAnnotationChanges(request: AnnotationChanges): AnnotationChanges | null {
  if (changeNames.every((name) => request[name] === undefined)) return null;
  const { rating, numbers } = request;
  return {
    ...(rating === undefined ? {} : { rating }),
    ...(request.tags === undefined ? {} : { tags: readTags(request.tags, 'tags') }),
    ...(request.addTags === undefined ? {} : { addTags: readTags(request.addTags, 'addTags') }),
    ...(request.removeTags === undefined ? {} : { removeTags: readTags(request.removeTags, 'removeTags') }),
    ...(numbers === undefined ? {} : { numbers: readNumbers(numbers) }),
  };
}

/** The annotations with these changes in them; null where they change nothing. Refused where they would be too many. */
export function annotated(before: Annotations, changes: AnnotationChanges): Annotations | null {
  const removed = new Set(changes.removeTags);
  const kept = (changes.tags ?? before.tags).filter((tag) => !removed.has(tag));
  const tags = sorted([...kept, ...(changes.addTags ?? [])]);
  const numbers = { ...before.numbers, ...changes.numbers };
  const named = Object.entries(numbers).filter((entry): entry is [string, number] => entry[1] !== null);
  refuseMore(tags.length, annotationBounds.tags, changes.tags === undefined ? 'addTags' : 'tags', 'tags');
  refuseMore(named.length, annotationBounds.numbers, 'numbers', 'numbers');
  const { rating = before.rating } = changes;
  const after = {
    rating,
    tags,
    numbers: Object.fromEntries(named.toSorted(([one], [other]) => (one < other ? -1 : 1))),
    comments: before.comments,
  };
  const { tags: tagsBefore, numbers: numbersBefore } = before;
  const unchanged =
    rating === before.rating &&
    JSON.stringify([tagsBefore, numbersBefore]) === JSON.stringify([tags, after.numbers]);
  return unchanged ? null : after;
}

/** With numbers that a run turned out to have, as far as there is room for them; null where they change nothing. */
export function withNumbers(
  before: Annotations,
  found: Readonly<Record<string, number>>,
): Annotations | null {
  let room = annotationBounds.numbers - Object.keys(before.numbers).length;
  const kept = Object.entries(found).filter(([name]) => Object.hasOwn(before.numbers, name) || room-- > 0);
  return annotated(before, { numbers: Object.fromEntries(kept) });
}

function sorted(tags: readonly string[]): readonly string[] {
  return [...new Set(tags)].sort((one, other) => (one < other ? -1 : 1));
}

function refuseMore(found: number, max: number, field: string, noun: string): void {
  if (found > max)
    throw new Fault('invalid_field', { field, found, expected: `at most ${max} ${noun} of a job` });
}

const tagPattern = /^(?!\p{Zs})[^\p{Cc}\p{Cs}\p{Zl}\p{Zp},]+(?<!\p{Zs})$/u;

/** Tags that look the same are the same: they are kept in the composed form of Unicode. */
function readTags(tags: readonly string[], field: string): readonly string[] {
  return tags.map((text, index) => {
    const tag = text.normalize('NFC');
    if ([...tag].length > annotationBounds.tagLength || !tagPattern.test(tag))
      throw new Fault('invalid_field', {
        field: `${field}[${index}]`,
        found: text,
        expected: `1 to ${annotationBounds.tagLength} characters without commas, control characters or blanks at the ends`,
      });
    return tag;
  });
}

/** Names of numbers: letters first, so that none is taken for a value. */
export const numberName = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** Refuses what can be no number of a job; `at` is their place in the request. */
export function readNumbers<T extends number | null>(
  numbers: Readonly<Record<string, T>>,
  at = '',
): Readonly<Record<string, T | 0>> {
  const entries = Object.entries(numbers).map(([name, value]): [string, T | 0] => {
    if (!numberName.test(name))
      throw new Fault('invalid_field', {
        field: `${at}numbers`,
        found: name,
        expected: 'names of a letter, then at most 63 letters, digits or _ . -',
      });
    if (value !== null && !Number.isFinite(value))
      throw new Fault('invalid_field', {
        field: `${at}numbers.${name}`,
        found: String(value),
        expected: 'a finite number, or null to remove it',
      });
    // Minus zero is zero.
    return [name, value === 0 ? 0 : value];
  });
  return Object.fromEntries(entries);
}
