/** A watched file in TOML: a table `[database.NAME]` for each database. Here it is a tree already; the text is for the lines. */
import { checkDeclarations, type Declarations, type RawDeclaration } from './declared.ts';

export function readDeclarationTree(tree: Readonly<Record<string, unknown>>, text: string): Declarations {
  const lines = text.split(/\r\n|\n/);
  const strangers = Object.keys(tree).filter((key) => key !== 'database');
  const { database = {} } = tree;
  if (strangers.length > 0 || !isTable(database)) {
    const key = strangers[0] ?? 'database';
    const expected = 'tables such as [database.embl]';
    return {
      declared: [],
      problems: [
        { line: lineOfKey(lines, 0, key), database: null, text: `Found ${key}, expected ${expected}` },
      ],
    };
  }
  const notTables = Object.entries(database).filter(([, value]) => !isTable(value));
  const checked = checkDeclarations(
    Object.entries(database).flatMap(([name, fields]) =>
      isTable(fields) ? [{ name, fields, line: lineOfTable(lines, name) }] : [],
    ),
    (entry, field) => lineOfField(lines, entry, field),
  );
  return {
    declared: checked.declared,
    problems: [
      ...notTables.map(([name]) => ({
        line: lineOfKey(lines, 0, name),
        database: name,
        text: `Found a value, expected a table: [database.${name}]`,
      })),
      ...checked.problems,
    ],
  };
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function lineOfTable(lines: readonly string[], name: string): number | null {
  const header = new RegExp(`^\\s*\\[\\s*database\\s*\\.\\s*["']?${escaped(name)}["']?\\s*\\]`);
  return lineWhere(lines, 0, (line) => header.test(line)) ?? lineOfKey(lines, 0, name);
}

function lineOfField(
  lines: readonly string[],
  { line }: RawDeclaration,
  field: string | null,
): number | null {
  if (field === null || line === null) return line;
  const next = lineWhere(lines, line, (one) => /^\s*\[/.test(one)) ?? lines.length + 1;
  const found = lineOfKey(lines, line, field.split('.')[0] ?? field);
  return found !== null && found < next ? found : line;
}

function lineOfKey(lines: readonly string[], from: number, key: string): number | null {
  const pattern = new RegExp(`^\\s*\\[{0,2}\\s*(database\\s*\\.\\s*)?["']?${escaped(key)}["']?\\s*[=.\\]]`);
  return lineWhere(lines, from, (line) => pattern.test(line));
}

/** Counted from 1; `from` lines are passed over. */
function lineWhere(lines: readonly string[], from: number, test: (line: string) => boolean): number | null {
  const index = lines.findIndex((line, at) => at >= from && test(line));
  return index < 0 ? null : index + 1;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
