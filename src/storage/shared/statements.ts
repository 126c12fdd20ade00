/**
 * The statements of one database, from the `.sql` files of a folder. A file is a row of parts, each under a heading
 * and comments on its purpose and parameters:
 *
 *     -- name: find-job        a statement
 *     -- fragment: job-row     a piece of SQL that any statement of the folder may use as {job-row}
 *
 * A heading `-- name: list-jobs-{oldest|newest}` stands for two statements that are alike but for a few words: where the
 * text has `{>|<}`, the first statement gets the first word and the second the second.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Schema } from '../../core/leases/schema.ts';
import type { Writers } from './known.ts';

interface Part {
  readonly file: string;
  readonly kind: 'name' | 'fragment';
  readonly name: string;
  readonly text: string;
}

/** Reads all statements of a folder, by name. */
export function loadStatements(folder: URL): ReadonlyMap<string, string> {
  const parts = sqlFiles(folder).flatMap((file) =>
    partsOf(file, readFileSync(new URL(file, folder), 'utf8')),
  );
  const fragments = new Map<string, string>();
  for (const { file, name, text } of parts.filter((part) => part.kind === 'fragment'))
    addNew(fragments, name, text, file);
  const statements = new Map<string, string>();
  for (const part of parts.filter((it) => it.kind === 'name'))
    for (const [name, text] of alternatives(part))
      addNew(statements, name, fill(text, fragments, part), part.file);
  return statements;
}

/** The names of the statements that write what is remembered between transactions. */
export function writersIn(statements: ReadonlyMap<string, string>): Writers {
  return {
    live: writersOf('live', statements),
    databases: writersOf('(databases|closures)', statements),
    workers: writersOf('workers', statements),
    tokens: writersOf('tokens', statements),
  };
}

function writersOf(tables: string, statements: ReadonlyMap<string, string>): ReadonlySet<string> {
  const writing = new RegExp(`\\b(update|insert into|delete from) (labkeep\\.)?${tables}\\b`);
  return new Set([...statements].filter(([, text]) => writing.test(text)).map(([name]) => name));
}

function sqlFiles(folder: URL): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
}

function partsOf(file: string, content: string): readonly Part[] {
  const [head = '', ...pieces] = content.split(/^-- (?=(?:name|fragment): )/m);
  if (head.replace(/^--.*$/gm, '').trim() !== '') throw new Error(`${file}: text before the first name`);
  return pieces.map((piece) => {
    const [heading = '', ...lines] = piece.split('\n');
    const kind = heading.startsWith('fragment') ? 'fragment' : 'name';
    const name = heading.slice(kind.length + 1).trim();
    const text = lines.join('\n').trim().replace(/;$/, '');
    return { file, kind, name, text: kind === 'name' ? text : withoutComments(text) };
  });
}

function withoutComments(text: string): string {
  return text.replace(/^--.*\n/gm, '');
}

const choice = /\{([^{}]*\|[^{}]*)\}/g;

/** One statement per word of the choice in the name; each choice in the text takes the word of the same place. */
function alternatives({ file, name, text }: Part): readonly (readonly [name: string, text: string])[] {
  const counts = new Set([name, text].flatMap(choicesIn));
  const [count] = counts;
  if (choicesIn(name).length === 0 && counts.size > 0)
    throw new Error(`${file}: statement ${name} has alternatives, its name has none`);
  if (count === undefined) return [[name, text]];
  if (counts.size > 1) throw new Error(`${file}: the alternatives of statement ${name} differ in number`);
  return Array.from({ length: count }, (_, place) => [pick(name, place), pick(text, place)]);
}

function choicesIn(text: string): readonly number[] {
  return [...text.matchAll(choice)].map((found) => found[1]?.split('|').length ?? 0);
}

function pick(text: string, place: number): string {
  return text.replace(choice, (_, words: string) => words.split('|')[place] ?? '');
}

function fill(text: string, fragments: ReadonlyMap<string, string>, { file, name }: Part): string {
  return text.replace(/\{([a-z-]+)\}/g, (_, fragment: string) => {
    const found = fragments.get(fragment);
    if (found === undefined)
      throw new Error(`${file}: statement ${name} uses {${fragment}}, which is nowhere`);
    return found;
  });
}

function addNew(map: Map<string, string>, name: string, text: string, file: string): void {
  if (map.has(name)) throw new Error(`${file}: ${name} stands twice`);
  map.set(name, text);
}

export interface Migration extends Schema {
  readonly name: string;
  readonly text: string;
}

/**
 * The numbered migrations of a folder, in order: `001-spine.sql`, … One that leaves older servers all that they read and
 * write begins with the oldest schema that these have to know (`-- servers from 4`); else they must know this one.
 */
export function loadMigrations(folder: URL): readonly Migration[] {
  return sqlFiles(folder).map((name, index) => {
    const version = Number(name.slice(0, 3));
    if (version !== index + 1)
      throw new Error(`migration ${name} is out of order: expected number ${index + 1}`);
    const text = readFileSync(new URL(name, folder), 'utf8');
    return { version, needed: Number(/^-- servers from (\d+)\n/.exec(text)?.[1] ?? version), name, text };
  });
}
