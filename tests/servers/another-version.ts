/** The program as a later version of it could be: a copy of this checkout with a few files changed. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { schemaVersion } from '../../src/storage/sqlite/open.ts';

const checkout = resolve(import.meta.dirname, '..', '..');
const copied = ['bin', 'src', 'examples', 'client/src', 'client/package.json', 'package.json'];

export interface Differences {
  readonly version: string;
  /** In SQL of PostgreSQL: those that come after the ones that there are. */
  readonly migrations?: readonly string[];
  /** What its server understands; its worker speaks the newest. */
  readonly protocol?: { readonly oldest: number; readonly newest: number };
}

/** Gives the path of its program. */
export function makeVersion(
  folder: string,
  { version, migrations = [], protocol = { oldest: 1, newest: 1 } }: Differences,
): string {
  for (const part of copied) cpSync(join(checkout, part), join(folder, part), { recursive: true });
  linkPackages(folder);
  edit(join(folder, 'package.json'), /"version": "[^"]*"/, `"version": "${version}"`);
  const { oldest, newest } = protocol;
  const spoken = `{ oldest: ${oldest}, newest: ${newest} }`;
  edit(join(folder, 'src/core/leases/protocol.ts'), /\{ oldest: \d+, newest: \d+ \}/, spoken);
  edit(join(folder, 'client/src/workers.ts'), /const protocol = \d+/, `const protocol = ${newest}`);
  for (const [index, text] of migrations.entries()) {
    const name = `${String(schemaVersion + index + 1).padStart(3, '0')}-of-tomorrow.sql`;
    writeFileSync(join(folder, 'src/storage/postgres/migrations', name), text);
    writeFileSync(join(folder, 'src/storage/sqlite/migrations', name), '-- Nothing here.\n');
  }
  return join(folder, 'bin', 'labkeep');
}

/** All as they are installed here, but for the client, which is the copy’s own. */
function linkPackages(folder: string): void {
  mkdirSync(join(folder, 'node_modules', '@labkeep'), { recursive: true });
  const installed = join(checkout, 'node_modules');
  for (const name of readdirSync(installed))
    if (name !== '@labkeep') symlinkSync(join(installed, name), join(folder, 'node_modules', name));
  symlinkSync(join(folder, 'client'), join(folder, 'node_modules', '@labkeep', 'client'));
}

function edit(file: string, what: RegExp, by: string): void {
  const text = readFileSync(file, 'utf8');
  if (!what.test(text)) throw new Error(`${file} has nothing like ${what}`);
  writeFileSync(file, text.replace(what, by));
}
