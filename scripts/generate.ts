/**
 * `npm run generate`: writes what is made from the sources: docs/openapi.json from the routes, the client’s types
 * from that, docs/errors.md and docs/exit-codes.md from the table of faults, docs/labkeep.1 from the commands, and
 * parts of docs/architecture.md and docs/locks.md from tables. Tests fail while one of them is out of date.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generated } from './generate/generated.ts';

const root = join(import.meta.dirname, '..');

for (const { path, text } of await generated()) {
  await writeFile(join(root, path), text);
  process.stdout.write(`${path}\n`);
}
