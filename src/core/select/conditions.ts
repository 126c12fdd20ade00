/**
 * One condition of a selection:
 *
 *   condition = name ( ":" | "=" ) value { "," value } | name ( "<" | "<=" | ">" | ">=" | "!=" ) value
 *   value     = text | "quoted text" | number | number ".." number | time | time ".." time | "none"
 *   words     = word | word "*" | "quoted words"
 */
import { numberName } from '../annotations/annotations.ts';
import { absolutePath } from '../files/paths.ts';
import { isJobNumber } from '../jobs/reference.ts';
import { nearestName } from '../nearest-name.ts';
import {
  type FieldName,
  type FileField,
  fieldNames,
  fields,
  isField,
  type KinField,
  type MeasureField,
  type NameField,
} from './fields.ts';
import type { Reader } from './parse.ts';
import { spanOf, timesExpected, timeWords } from './times.ts';
import type { Token } from './tokens.ts';
import {
  allOf,
  type Comparison,
  comparisons,
  type Item,
  type Measure,
  type Scalar,
  type Tree,
} from './tree.ts';
import { wordsOf } from './words.ts';

const valuesMax = 100;
const nameLengthMax = 200;
const none = 'none';

/** Bare and quoted words: all of them occur in the title or the comments. */
export function readWords(reader: Reader): Tree {
  const token = reader.take();
  if (!token.quoted && /^[-+!]/.test(token.text))
    throw reader.wrong(`a word or a condition; not ${token.text.slice(1)} leaves out`, [], token);
  const prefix = !token.quoted && token.text.endsWith('*');
  const words = wordsOf(token.text);
  if (words.length === 0 || (!token.quoted && token.text.slice(0, -1).includes('*')))
    throw reader.wrong('words of letters and digits, with * at the end for any that begin so', [], token);
  return allOf(
    words.map((word, at) => ({ kind: 'word', word, prefix: prefix && at === words.length - 1 }) as const),
  );
}

/** What begins with a name and an operator. */
export function readCondition(reader: Reader): Tree {
  const name = reader.take();
  const operator = reader.take();
  if (name.quoted || !isField(name.text)) return readNamedNumber(reader, name, operator);
  switch (fields[name.text].kind) {
    case 'words':
    case 'text':
    case 'parent':
      return readNames(reader, name.text as NameField, operator);
    case 'number':
      return readMeasure(reader, { field: name.text as MeasureField }, operator, readNumber);
    case 'time':
      return readMeasure(reader, { field: name.text as MeasureField }, operator, readTime);
    case 'file':
      return readFiles(reader, name.text as FileField, operator);
    case 'kin':
      return readKin(reader, name.text as KinField, operator);
  }
}

const isList = (operator: Token): boolean => operator.text === ':' || operator.text === '=';

function refuseComparison(reader: Reader, name: FieldName, operator: Token): void {
  if (!isList(operator)) throw reader.wrong(`: as in ${name}:…, since ${name} is not a number`, [], operator);
}

/** Values with commas between them. */
function list<T>(reader: Reader, read: (reader: Reader) => T): readonly T[] {
  const values = [read(reader)];
  while (reader.next.kind === 'comma') {
    reader.take();
    if (values.length === valuesMax) throw reader.wrong(`at most ${valuesMax} values`);
    values.push(read(reader));
  }
  return values;
}

function takeText(reader: Reader, expected: string): Token {
  if (reader.next.kind !== 'text') throw reader.wrong(expected);
  return reader.take();
}

function readNames(reader: Reader, field: NameField, operator: Token): Tree {
  if (operator.text === '!=')
    return { kind: 'not', of: { kind: 'name', field, values: [readName(reader, field)] } };
  refuseComparison(reader, field, operator);
  return { kind: 'name', field, values: list(reader, () => readName(reader, field)) };
}

function readName(reader: Reader, field: NameField): string | null {
  const about = fields[field];
  const known: readonly string[] = [
    ...('values' in about ? about.values : []),
    ...(about.none ? [none] : []),
  ];
  const expected =
    about.kind === 'words'
      ? `one of ${known.join(', ')}`
      : about.kind === 'parent'
        ? 'the number of a job, such as 12 or 12.1, or none'
        : `the name of a ${field}${about.none ? ', or none' : ''}`;
  const token = takeText(reader, expected);
  if (about.none && !token.quoted && token.text === none) return null;
  const isFit =
    about.kind === 'words'
      ? known.includes(token.text)
      : about.kind === 'parent'
        ? isJobNumber(token.text)
        : token.text !== '' &&
          token.text.length <= nameLengthMax &&
          token.text.isWellFormed() &&
          !token.text.includes('\0');
  if (!isFit) throw reader.wrong(expected, known, token);
  if (about.kind === 'text' && !token.quoted && token.text.endsWith('*'))
    throw reader.wrong('a whole name; in quotes if it really ends with *', [], token);
  return token.text;
}

type ReadScalar = (text: string) => Scalar | null;

const numberPattern = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;

function readNumber(text: string): number | null {
  const value = numberPattern.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value + 0 : null;
}

function readTime(text: string): string | null {
  return spanOf(text, 0) === null ? null : text;
}

const expectedOf = new Map<ReadScalar, string>([
  [readNumber, 'a number, a range such as 0.2..0.25, or none'],
  [readTime, `${timesExpected}, or a range such as 2026-11-01..2026-11-30`],
]);

function readMeasure(reader: Reader, of: Measure, operator: Token, read: ReadScalar): Tree {
  const expected = expectedOf.get(read) ?? '';
  if (isList(operator))
    return { kind: 'among', of, items: list(reader, () => readItem(reader, of, read, expected)) };
  const token = takeText(reader, expected);
  const value = read(token.text);
  if (value === null) throw reader.wrong(expected, read === readTime ? timeWords : [], token);
  return { kind: 'compare', of, operator: comparisonOf(operator), value };
}

function comparisonOf({ text }: Token): Comparison {
  const found = comparisons.find((one) => one === text);
  if (found === undefined) throw new Error(`${text} is no comparison`);
  return found;
}

function readItem(reader: Reader, of: Measure, read: ReadScalar, expected: string): Item {
  const mayLack = 'number' in of || fields[of.field].none;
  const token = takeText(reader, expected);
  if (mayLack && !token.quoted && token.text === none) return null;
  const [first = '', second, ...more] = token.text.split('..');
  const from = read(first);
  const to = second === undefined ? from : read(second);
  if (from === null || to === null || more.length > 0)
    throw reader.wrong(
      expected,
      [...(read === readTime ? timeWords : []), ...(mayLack ? [none] : [])],
      token,
    );
  return second === undefined ? from : { from, to };
}

/** A name that is no field is that of a number which somebody set, if it is compared like one. */
function readNamedNumber(reader: Reader, name: Token, operator: Token): Tree {
  if (!name.quoted && /^[-+!]/.test(name.text))
    throw reader.wrong(`not ${name.text.slice(1)}${operator.text}… to leave out`, [], name);
  const { kind, text } = reader.next;
  const isNumber =
    kind === 'text' && (text === none || text.split('..').every((part) => readNumber(part) !== null));
  // Whatever is less or more than something is a number, unless a field was misspelt.
  const isMeant =
    name.quoted || isNumber || (!isList(operator) && nearestName(name.text, fieldNames) === null);
  if (!numberName.test(name.text) || !isMeant)
    throw reader.wrong(
      `a field: ${fieldNames.join(', ')}; or the name of a number, and a number`,
      fieldNames,
      name,
    );
  return readMeasure(reader, { number: name.text }, operator, readNumber);
}

const filesExpected = 'an absolute path, in quotes if it has blanks or commas, or sha256: and 64 digits';

function readFiles(reader: Reader, field: FileField, operator: Token): Tree {
  refuseComparison(reader, field, operator);
  const values = list(reader, () => {
    const token = takeText(reader, filesExpected);
    const digest = /^sha256:([0-9a-fA-F]{64})$/.exec(token.text);
    if (digest !== null) return token.text.toLowerCase();
    const path = absolutePath(token.text, reader.folder);
    if (path === null || token.text === '' || token.text.includes('\0') || !token.text.isWellFormed())
      throw reader.wrong(filesExpected, [], token);
    return path;
  });
  return { kind: 'file', field, values };
}

const kinExpected = 'a job such as 12, 12.1 or toxd/12';

function readKin(reader: Reader, field: KinField, operator: Token): Tree {
  refuseComparison(reader, field, operator);
  const refs = list(reader, () => {
    const token = takeText(reader, kinExpected);
    const number = token.text.slice(token.text.lastIndexOf('/') + 1);
    if (token.text.startsWith('/') || !isJobNumber(number)) throw reader.wrong(kinExpected, [], token);
    return token.text;
  });
  return { kind: 'kin', field, refs };
}
