/** Where this machine has registered directories, as `--alias` tells it. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isName, nameRule } from '../core/names.ts';
import { orNull, realPath } from './paths.ts';
import type { Aliases } from './spool-parts.ts';
import { UsageError } from './wish.ts';

/** `DATA=/mnt/data`, each name once, each a folder that is there. */
export function readAliases(values: readonly string[]): Aliases {
  const aliases: Record<string, string> = {};
  for (const value of values) {
    const [, alias = '', path = ''] = /^([^=]+)=(.+)$/s.exec(value) ?? [];
    if (!isName(alias))
      throw new UsageError(
        `--alias is ${JSON.stringify(value)}, expected NAME=FOLDER; NAME: ${nameRule}`,
        'Such as --alias DATA=/mnt/data.',
      );
    if (alias in aliases) throw new UsageError(`--alias names ${alias} twice`, 'Give it once.');
    const folder = resolve(path);
    if (orNull(() => statSync(folder))?.isDirectory() !== true)
      throw new UsageError(
        `--alias ${alias}: there is no folder ${folder} on this machine`,
        'Mount it first, or name another folder.',
      );
    aliases[alias] = realPath(folder) ?? folder;
  }
  return aliases;
}
