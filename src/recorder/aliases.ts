/** Where this machine has registered directories, as `--alias` tells it. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isName, nameRule } from '../core/names.ts';
import { orNull, realPath } from '../worker/programs/look.ts';
import type { Aliases } from './spool-parts.ts';
import { UsageError } from './wish.ts';

/** As a recorder knows them, without links, as it knows all paths. */
export function readAliases(values: readonly string[]): Aliases {
  const aliases = [...parseAliases(values, process.cwd())];
  return Object.fromEntries(aliases.map(([alias, folder]) => [alias, realPath(folder) ?? folder]));
}

/** `DATA=/mnt/data`, each name once, each a folder that is there; from this working folder. */
export function parseAliases(values: readonly string[], workingFolder: string): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const value of values) {
    const [, alias = '', path = ''] = /^([^=]+)=(.+)$/s.exec(value) ?? [];
    if (!isName(alias))
      throw new UsageError(
        `--alias is ${JSON.stringify(value)}, expected NAME=FOLDER; NAME: ${nameRule}`,
        'Such as --alias DATA=/mnt/data.',
      );
    if (aliases.has(alias)) throw new UsageError(`--alias names ${alias} twice`, 'Give it once.');
    const folder = resolve(workingFolder, path);
    if (orNull(() => statSync(folder))?.isDirectory() !== true)
      throw new UsageError(
        `--alias ${alias}: there is no folder ${folder} on this machine`,
        'Mount it first, or name another folder.',
      );
    aliases.set(alias, folder);
  }
  return aliases;
}
