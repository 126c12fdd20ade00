import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This program’s own entry, under the ending that this file has. */
export const mainFile = fileURLToPath(
  new URL(`../cli/main${extname(import.meta.filename)}`, import.meta.url),
);
