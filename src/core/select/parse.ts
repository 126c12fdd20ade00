/**
 * Reads a selection:
 *
 *   selection = [ any ]
 *   any       = all { "or" all }
 *   all       = one { [ "and" ] one }
 *   one       = "not" one | "(" any ")" | condition | words
 *
 * The grammar of conditions is in conditions.ts; docs/selection.md has all of it, with examples.
 */
import { readCondition, readWords } from './conditions.ts';
import { invalid } from './invalid.ts';
import { type Token, tokensOf } from './tokens.ts';
import { allOf, anyOf, everything, type Tree } from './tree.ts';

export const selectionLengthMax = 4_000;
const depthMax = 50;
const conditionsMax = 200;

/**
 * A selection as a tree; refused with the place of what is wrong. Nothing selects every job. Paths of files are absolute,
 * or stand below `folder`.
 */
export function parseSelection(text: string, folder: string | null = null): Tree {
  if (text.length > selectionLengthMax)
    throw invalid({
      text,
      from: selectionLengthMax,
      to: selectionLengthMax + 1,
      expected: `at most ${selectionLengthMax} characters`,
    });
  const reader = new Reader(text, folder);
  if (reader.is('end')) return everything;
  const tree = parseAny(reader, 0);
  if (!reader.is('end')) throw reader.wrong('a condition, and, or, or the end');
  return tree;
}

/** The tokens of one selection, and how far they were read. */
export class Reader {
  /** Below which relative paths stand; null where there is none. */
  readonly folder: string | null;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #conditions = 0;

  constructor(text: string, folder: string | null) {
    this.folder = folder;
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  get next(): Token {
    return this.peek(0);
  }

  is(kind: Token['kind']): boolean {
    return this.next.kind === kind;
  }

  peek(ahead: number): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)];
    if (token === undefined) throw new Error('a list of tokens ends with its end');
    return token;
  }

  take(): Token {
    const token = this.next;
    this.#at += 1;
    return token;
  }

  countCondition(): void {
    this.#conditions += 1;
    if (this.#conditions > conditionsMax) throw this.wrong(`at most ${conditionsMax} conditions`);
  }

  wrong(expected: string, known: readonly string[] = [], token = this.next): Error {
    return invalid({ text: this.#text, from: token.from, to: token.to, expected, known });
  }
}

const keywords = ['and', 'or', 'not'] as const;
type Keyword = (typeof keywords)[number];

/** Small or capital letters; in quotes, or before an operator, it is a word like others. */
function isKeyword(reader: Reader, word: Keyword): boolean {
  const { kind, quoted, text } = reader.next;
  if (kind !== 'text' || quoted || reader.peek(1).kind === 'operator') return false;
  return text === word || text === word.toUpperCase();
}

function parseAny(reader: Reader, depth: number): Tree {
  if (depth > depthMax) throw reader.wrong(`at most ${depthMax} levels of parentheses`);
  const first = parseAll(reader, depth);
  const others: Tree[] = [];
  while (isKeyword(reader, 'or')) {
    reader.take();
    others.push(parseAll(reader, depth));
  }
  return anyOf([first, ...others]);
}

function parseAll(reader: Reader, depth: number): Tree {
  const parts = [parseOne(reader, depth)];
  for (;;) {
    if (isKeyword(reader, 'and')) reader.take();
    else if (!begins(reader)) return allOf(parts);
    parts.push(parseOne(reader, depth));
  }
}

function begins(reader: Reader): boolean {
  const { kind } = reader.next;
  return kind === 'open' || (kind === 'text' && !isKeyword(reader, 'or'));
}

function parseOne(reader: Reader, depth: number): Tree {
  if (isKeyword(reader, 'not')) {
    if (depth > depthMax) throw reader.wrong(`at most ${depthMax} levels`);
    reader.take();
    return { kind: 'not', of: parseOne(reader, depth + 1) };
  }
  if (reader.is('open')) {
    reader.take();
    const inner = parseAny(reader, depth + 1);
    if (!reader.is('close')) throw reader.wrong('a condition or )');
    reader.take();
    return inner;
  }
  if (!reader.is('text') || isKeyword(reader, 'and') || isKeyword(reader, 'or'))
    throw reader.wrong('a condition such as state:failed, or a word');
  reader.countCondition();
  return reader.peek(1).kind === 'operator' ? readCondition(reader) : readWords(reader);
}
