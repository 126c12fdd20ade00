/**
 * The old files of a server of sequence banks. `known_db_file`: a line `name | on or off | tag | description` for each
 * bank. `db_env_names`: a line `setenv NAME 'INDEXDIR FLATDIR'` for each. Both: `#` begins a comment.
 */
import {
  checkDeclarations,
  type DeclarationProblem,
  type Declarations,
  type RawDeclaration,
} from './declared.ts';

/** The two folders of a bank. */
export interface BankFolders {
  readonly directory: string;
  readonly flatFiles: string | null;
  readonly line: number;
}

export interface EnvNames {
  readonly folders: ReadonlyMap<string, BankFolders>;
  readonly problems: readonly DeclarationProblem[];
}

/** Blanks around the bars, the bars after the last word, and tag and description may be missing. */
export function parseKnownDbFile(
  text: string,
  folders: ReadonlyMap<string, BankFolders> = new Map(),
): Declarations {
  const raw: RawDeclaration[] = [];
  const problems: DeclarationProblem[] = [];
  for (const { line, content } of linesOf(text)) {
    const [name = '', state = '', tag = '', ...rest] = content.split('|').map((part) => part.trim());
    const description = rest.join(' | ').replace(/[\s|]+$/, '');
    const isState = /^(on|off)$/i.test(state);
    if (name === '' || !isState) {
      problems.push({
        line,
        database: name === '' ? null : name,
        text: `Found ${JSON.stringify(content.slice(0, 80))}, expected name | on or off | tag | description`,
      });
      continue;
    }
    const { directory, flatFiles } = folders.get(name) ?? {};
    raw.push({
      name,
      line,
      fields: {
        kind: 'bank',
        state: state.toLowerCase(),
        ...(tag !== '' && { tag }),
        description,
        ...(directory !== undefined && { directory }),
        ...(flatFiles != null && { flatFiles }),
      },
    });
  }
  const checked = checkDeclarations(raw);
  return {
    declared: checked.declared,
    problems: [...problems, ...checked.problems].sort((one, other) => (one.line ?? 0) - (other.line ?? 0)),
  };
}

const setenv = /^setenv\s+([^\s'"]+)\s+(?:'([^']*)'|"([^"]*)"|([^\s'"]+))\s*;?\s*(?:#.*)?$/;

export function parseEnvNames(text: string): EnvNames {
  const folders = new Map<string, BankFolders>();
  const problems: DeclarationProblem[] = [];
  for (const { line, content } of linesOf(text)) {
    const [, name = '', single, double, bare] = setenv.exec(content) ?? [];
    const words = (single ?? double ?? bare ?? '').trim().split(/\s+/);
    const [directory = '', flatFiles = null] = words;
    const earlier = folders.get(name);
    if (directory === '' || words.length > 2 || words.some((word) => !word.startsWith('/')))
      problems.push({
        line,
        database: name === '' ? null : name,
        text: `Found ${JSON.stringify(content.slice(0, 80))}, expected setenv NAME '/INDEXDIR /FLATDIR'`,
      });
    else if (earlier !== undefined)
      problems.push({
        line,
        database: name,
        text: `${name} stands on line ${earlier.line} already; expected each name once`,
      });
    else folders.set(name, { directory, flatFiles, line });
  }
  return { folders, problems };
}

interface Line {
  readonly line: number;
  readonly content: string;
}

/** The lines that say something, counted from 1. */
function linesOf(text: string): readonly Line[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((content, index) => ({ line: index + 1, content: content.trim() }))
    .filter(({ content }) => content !== '' && !content.startsWith('#'));
}
