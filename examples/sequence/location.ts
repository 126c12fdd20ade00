import { Refusal } from '../program/refusal.ts';
import { reverseComplement } from './nucleotides.ts';

/**
 * A location of the INSDC feature table, such as `complement(join(9600..9609,1..>20))`.
 * Positions count from 1 and ranges include both ends. A mark `<` or `>` says that
 * the feature goes on beyond the position. On a circular record a range whose start is
 * greater than its end runs across the origin.
 */
export type Location =
  | { readonly kind: 'range'; readonly start: Bound; readonly end: Bound }
  | { readonly kind: 'between'; readonly left: number; readonly right: number }
  | { readonly kind: 'complement'; readonly of: Location }
  | { readonly kind: 'join' | 'order'; readonly parts: readonly Location[] };

export interface Bound {
  readonly position: number;
  readonly mark: '' | '<' | '>';
}

/** A stretch that is read in one direction; `start <= end` always. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly strand: '+' | '-';
}

export interface Molecule {
  readonly bases: string;
  readonly topology: 'circular' | 'linear';
}

export function parseLocation(text: string): Location {
  const { location, rest } = parsePart(text.replaceAll(/\s/g, ''), text);
  if (rest !== '') throw notUnderstood(text, rest);
  return location;
}

interface Parsed {
  readonly location: Location;
  readonly rest: string;
}

function parsePart(input: string, whole: string): Parsed {
  const operator = /^(complement|join|order)\(/.exec(input)?.[1];
  const inside = input.slice((operator?.length ?? 0) + 1);
  switch (operator) {
    case 'complement': {
      const { location, rest } = parsePart(inside, whole);
      return { location: { kind: operator, of: location }, rest: afterClosing(rest, whole) };
    }
    case 'join':
    case 'order': {
      const { parts, rest } = parseList(inside, whole);
      return { location: { kind: operator, parts }, rest: afterClosing(rest, whole) };
    }
    default:
      return parseSimple(input, whole);
  }
}

function parseList(input: string, whole: string): { parts: readonly Location[]; rest: string } {
  const parts: Location[] = [];
  let remaining = `,${input}`;
  while (remaining.startsWith(',')) {
    const { location, rest } = parsePart(remaining.slice(1), whole);
    parts.push(location);
    remaining = rest;
  }
  return { parts, rest: remaining };
}

function afterClosing(rest: string, whole: string): string {
  if (!rest.startsWith(')')) throw notUnderstood(whole, rest);
  return rest.slice(1);
}

const simple = /^(?<startMark>[<>]?)(?<start>\d+)(?:\.\.(?<endMark>[<>]?)(?<end>\d+)|\^(?<right>\d+))?/;

function parseSimple(input: string, whole: string): Parsed {
  const found = simple.exec(input);
  if (found?.groups === undefined) throw notUnderstood(whole, input);
  const { startMark, start, endMark, end, right } = found.groups;
  const rest = input.slice(found[0].length);
  const first = parseBound(startMark, start);
  if (right !== undefined) {
    if (first.mark !== '') throw notUnderstood(whole, input);
    return { location: { kind: 'between', left: first.position, right: Number(right) }, rest };
  }
  const last = end === undefined ? first : parseBound(endMark, end);
  return { location: { kind: 'range', start: first, end: last }, rest };
}

function parseBound(mark: string | undefined, digits: string | undefined): Bound {
  return { position: Number(digits), mark: mark === '<' || mark === '>' ? mark : '' };
}

function notUnderstood(whole: string, rest: string): Refusal {
  const where = rest === '' ? 'its end' : `"${rest}"`;
  return new Refusal(
    `location "${whole}" is not understood at ${where}; expected N, N..M, N^M, complement(), join() or order()`,
  );
}

export function formatLocation(location: Location): string {
  switch (location.kind) {
    case 'range': {
      const start = `${location.start.mark}${location.start.position}`;
      const end = `${location.end.mark}${location.end.position}`;
      return start === end ? start : `${start}..${end}`;
    }
    case 'between':
      return `${location.left}^${location.right}`;
    case 'complement':
      return `complement(${formatLocation(location.of)})`;
    default:
      return `${location.kind}(${location.parts.map(formatLocation).join(',')})`;
  }
}

/** The stretches in the order in which they are read, split where they cross the origin. */
export function spansOf(location: Location, molecule: Molecule): readonly Span[] {
  switch (location.kind) {
    case 'range':
      return spansOfRange(location.start.position, location.end.position, molecule);
    case 'between':
      return [];
    case 'complement':
      return spansOf(location.of, molecule).map(turned).reverse();
    default:
      return location.parts.flatMap((part) => spansOf(part, molecule));
  }
}

function turned(span: Span): Span {
  return { ...span, strand: span.strand === '+' ? '-' : '+' };
}

function spansOfRange(start: number, end: number, molecule: Molecule): readonly Span[] {
  const { length } = molecule.bases;
  if (start < 1 || end < 1 || start > length || end > length) {
    throw new Refusal(
      `location ${start}..${end} lies outside the record, whose positions are 1 to ${length}`,
    );
  }
  if (start <= end) return [{ start, end, strand: '+' }];
  if (molecule.topology === 'linear') {
    throw new Refusal(
      `location ${start}..${end} runs backwards; only on a circular record may it cross the origin`,
    );
  }
  return [
    { start, end: length, strand: '+' },
    { start: 1, end, strand: '+' },
  ];
}

export function basesAt(location: Location, molecule: Molecule): string {
  return spansOf(location, molecule)
    .map(({ start, end, strand }) => {
      const forward = molecule.bases.slice(start - 1, end);
      return strand === '+' ? forward : reverseComplement(forward);
    })
    .join('');
}

/** Whether the feature begins, in its direction of reading, before the first base that the record has of it. */
export function lacksBeginning(location: Location): boolean {
  return endMarks(location).first !== '';
}

function endMarks(location: Location): { first: string; last: string } {
  switch (location.kind) {
    case 'range':
      return { first: location.start.mark, last: location.end.mark };
    case 'between':
      return { first: '', last: '' };
    case 'complement': {
      const { first, last } = endMarks(location.of);
      return { first: last, last: first };
    }
    default: {
      const marks = location.parts.map(endMarks);
      return { first: marks.at(0)?.first ?? '', last: marks.at(-1)?.last ?? '' };
    }
  }
}
