import { Fault } from '../faults.ts';
import { checkDatabaseName } from '../locks/paths.ts';
import { checkDescription, checkTag } from './check.ts';
import { checkRelease, type DatabaseState } from './database.ts';
import {
  checkSettings,
  type DeclarableKind,
  declarableKinds,
  isDeclarableKind,
  type Settings,
} from './settings.ts';

/** What a watched file says of one database. */
export interface Declared {
  readonly name: string;
  readonly kind: DeclarableKind;
  readonly state: 'on' | 'off';
  readonly tag: string | null;
  readonly description: string;
  readonly settings: Settings;
  /** Null where the file does not say: then the release is not the file’s. */
  readonly release: string | null;
  readonly line: number | null;
}

/** What is wrong with a watched file, or with what it says of one database. */
export interface DeclarationProblem {
  readonly line: number | null;
  readonly database: string | null;
  readonly text: string;
}

/** A file as it was read: with a problem, nothing of it counts. */
export interface Declarations {
  readonly declared: readonly Declared[];
  readonly problems: readonly DeclarationProblem[];
}

/** One entry with its words still unchecked. */
export interface RawDeclaration {
  readonly name: string;
  readonly line: number | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

const fieldNames = ['kind', 'state', 'tag', 'description', 'release'] as const;

/** Checks what a file declares. `lineOf` finds the line of a field, for what is said about it. */
export function checkDeclarations(
  raw: readonly RawDeclaration[],
  lineOf: (entry: RawDeclaration, field: string | null) => number | null = ({ line }) => line,
): Declarations {
  const declared = new Map<string, Declared>();
  const problems: DeclarationProblem[] = [];
  for (const entry of raw) {
    const earlier = declared.get(entry.name);
    try {
      if (earlier !== undefined)
        throw new Fault('invalid_field', {
          field: 'name',
          found: entry.name,
          expected: `each database once; it stands on line ${earlier.line} already`,
        });
      declared.set(entry.name, checkDeclaration(entry));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const field = error.said.field ?? null;
      problems.push({ line: lineOf(entry, field), database: entry.name, text: error.message });
    }
  }
  return { declared: [...declared.values()], problems };
}

function checkDeclaration({ name, line, fields }: RawDeclaration): Declared {
  checkDatabaseName(name, 'name');
  const { kind = 'bank', state = 'on', tag, description, release, ...settings } = fields;
  if (!isDeclarableKind(kind))
    throw new Fault('invalid_field', { field: 'kind', found: kind, expected: declarableKinds.join(', ') });
  if (!isWishedState(state))
    throw new Fault('invalid_field', { field: 'state', found: state, expected: 'on or off' });
  return {
    name,
    kind,
    state,
    tag: tag === undefined ? null : checkTag(textOf(tag, 'tag'), 'tag'),
    description: checkDescription(textOf(description ?? '', 'description'), 'description'),
    settings: bareSettings(kind, settings),
    release: release === undefined ? null : checkRelease(textOf(release, 'release'), 'release'),
    line,
  };
}

/** In a file, settings stand beside the other fields. */
function bareSettings(kind: DeclarableKind, given: Readonly<Record<string, unknown>>): Settings {
  try {
    return checkSettings(kind, given, 'settings');
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { field, expected, ...said } = error.said;
    const bare = field?.replace(/^settings\.?/, '') ?? '';
    throw new Fault(error.code, {
      ...said,
      ...(bare !== '' && { field: bare }),
      ...(expected !== undefined && {
        expected: error.code === 'unknown_field' ? `${fieldNames.join(', ')}, ${expected}` : expected,
      }),
    });
  }
}

function isWishedState(word: unknown): word is Extract<DatabaseState, 'on' | 'off'> {
  return word === 'on' || word === 'off';
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw new Fault('invalid_field', { field, found: value, expected: 'a text' });
}
