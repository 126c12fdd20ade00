import { readdirSync, readFileSync } from 'node:fs';

/**
 * Reads the statements of one database: each `.sql` file of the folder holds several, every one headed by a line
 * `-- name: insert-jobs` and comments on its purpose and parameters.
 */
export function loadStatements(folder: URL): ReadonlyMap<string, string> {
  const statements = new Map<string, string>();
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()) {
    const [head = '', ...parts] = readFileSync(new URL(file, folder), 'utf8').split(/^-- name: */m);
    if (head.replace(/^--.*$/gm, '').trim() !== '') throw new Error(`${file}: text before the first name`);
    for (const part of parts) {
      const end = part.indexOf('\n');
      const name = part.slice(0, end).trim();
      if (statements.has(name)) throw new Error(`${file}: statement ${name} stands twice`);
      statements.set(
        name,
        part
          .slice(end + 1)
          .trim()
          .replace(/;$/, ''),
      );
    }
  }
  return statements;
}

/** The numbered migrations of a folder, in order: `001-spine.sql`, … */
export function loadMigrations(
  folder: URL,
): readonly { readonly version: number; readonly name: string; readonly text: string }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name, index) => {
      const version = Number(name.slice(0, 3));
      if (version !== index + 1)
        throw new Error(`migration ${name} is out of order: expected number ${index + 1}`);
      return { version, name, text: readFileSync(new URL(name, folder), 'utf8') };
    });
}
