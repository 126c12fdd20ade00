/** What is asked of every run of a task beside its result: the version of its program, and numbers out of its log. */
import { annotationBounds, numberName } from '../annotations/annotations.ts';
import { Fault } from '../faults.ts';
import { checkText } from '../text.ts';

/** A program that is run to learn a version. */
export interface VersionQuestion {
  readonly command: readonly string[];
  /** What is the version in its answer; null for the first line. */
  readonly pattern: string | null;
}

/** By the name of a number, how it is written in the log. */
export type NumberPatterns = Readonly<Record<string, string>>;

export interface Asks {
  readonly version?: VersionQuestion | undefined;
  readonly numbers?: NumberPatterns | undefined;
}

export const askBounds = {
  words: 100,
  wordLength: 1_000,
  patternLength: 500,
  numbers: 50,
  /** What is beyond that of a line is not looked at. */
  lineLength: 2_000,
  versionLength: 200,
} as const;

/** A question as somebody gives it, without a pattern for the first line. */
export interface NewVersionQuestion {
  readonly command: readonly string[];
  readonly pattern?: string | null | undefined;
}

export function checkVersionQuestion(
  { command, pattern = null }: NewVersionQuestion,
  field: string,
): VersionQuestion {
  if (command.length === 0 || command.length > askBounds.words || command[0] === '')
    throw new Fault('invalid_field', {
      field: `${field}.command`,
      found: command,
      expected: `a program, and at most ${askBounds.words - 1} words to call it with, such as ["refmac5", "-i"]`,
    });
  command.forEach((word, index) => {
    checkText(word, `${field}.command[${index}]`, askBounds.wordLength);
  });
  if (pattern !== null) checkPattern(pattern, `${field}.pattern`);
  return { command: [...command], pattern };
}

export function checkNumberPatterns(patterns: NumberPatterns, field: string): NumberPatterns {
  const entries = Object.entries(patterns);
  if (entries.length > askBounds.numbers)
    throw new Fault('invalid_field', {
      field,
      found: entries.length,
      expected: `at most ${askBounds.numbers} numbers (a job has at most ${annotationBounds.numbers})`,
    });
  for (const [name, pattern] of entries) {
    if (!numberName.test(name))
      throw new Fault('invalid_field', {
        field,
        found: name,
        expected: 'names of a letter, then at most 63 letters, digits or _ . -',
      });
    checkPattern(pattern, `${field}.${name}`);
  }
  return { ...patterns };
}

function checkPattern(pattern: string, field: string): void {
  checkText(pattern, field, askBounds.patternLength);
  const expected = 'a regular expression with a group around what is wanted, such as R free = ([0-9.]+)';
  if (pattern === '') throw new Fault('invalid_field', { field, found: '', expected });
  try {
    new RegExp(pattern);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Fault('invalid_field', { field, found: pattern, expected: `${expected} (${error.message})` });
  }
}

/** What a task asks, as its runs keep it; null if it asks nothing. */
export function asksOf(task: {
  readonly version: VersionQuestion | null;
  readonly numbers: NumberPatterns;
}): Asks | null {
  const { version, numbers } = task;
  const some = {
    ...(version === null ? {} : { version }),
    ...(Object.keys(numbers).length === 0 ? {} : { numbers }),
  };
  return Object.keys(some).length === 0 ? null : some;
}

/**
 * The words by which a run is asked for its version. A question to a program of the name of the one that was run goes
 * to that very one, wherever it lies.
 */
export function questionFor({ command }: VersionQuestion, run: readonly string[]): readonly string[] {
  const [program = '', ...words] = command;
  return [isAskedItself(program, run) ? (run[0] ?? program) : program, ...words];
}

/** A version as it is kept: with the name of its program, where another one was asked than the one that was run. */
export function versionOf(
  { command: [program = ''] }: VersionQuestion,
  run: readonly string[],
  told: string,
): string {
  const name = lastPart(program);
  return isAskedItself(program, run) || isNamedIn(told, name) ? told : `${name} ${told}`;
}

function isAskedItself(program: string, [own = '']: readonly string[]): boolean {
  return lastPart(program) === lastPart(own);
}

/** Whether a version tells of itself what it is the version of. */
export function isNamedIn(version: string, program: string): boolean {
  return version.toLowerCase().includes(program.toLowerCase());
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The version in what a program answered; null where it says none. */
export function versionIn(answer: string, pattern: string | null): string | null {
  const lines = answer.split(/[\r\n]+/).map((line) => line.slice(0, askBounds.lineLength));
  const found =
    pattern === null
      ? lines.map((line) => line.trim()).find((line) => line !== '')
      : firstMatch(new RegExp(pattern), lines);
  const version = found?.trim().slice(0, askBounds.versionLength) ?? '';
  return version === '' ? null : version;
}

function firstMatch(pattern: RegExp, lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const found = pattern.exec(line);
    if (found !== null) return wanted(found);
  }
  return undefined;
}

/** The first group, or all where there is none. */
function wanted(found: RegExpExecArray): string {
  return found[1] ?? found[0];
}

/** Takes lines of a log as they come; of each name the last number that is one counts. */
export class NumberPicker {
  readonly #patterns: readonly (readonly [string, RegExp])[];
  readonly #found = new Map<string, number>();

  constructor(patterns: NumberPatterns) {
    this.#patterns = Object.entries(patterns).map(([name, pattern]) => [name, new RegExp(pattern)]);
  }

  take(line: string): void {
    const looked = line.slice(0, askBounds.lineLength);
    for (const [name, pattern] of this.#patterns) {
      const found = pattern.exec(looked);
      const value = found === null ? null : numberFrom(wanted(found));
      if (value !== null) this.#found.set(name, value);
    }
  }

  /** What was found so far, in the order of the patterns. */
  get numbers(): Readonly<Record<string, number>> {
    const found = this.#patterns.flatMap(([name]) => {
      const value = this.#found.get(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    return Object.fromEntries(found);
  }
}

/** As programs write numbers, Fortran's 1.2D-3 among them. */
const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?$/;

function numberFrom(text: string): number | null {
  const trimmed = text.trim();
  if (!numberPattern.test(trimmed)) return null;
  const value = Number(trimmed.replace(/[dD]/, 'e'));
  return Number.isFinite(value) ? value : null;
}
