/** Registered directories on the command line: where this machine has them, and paths that begin with one. */
import { resolve } from 'node:path';
import { checkName } from '../core/jobs/specify.ts';
import { isFolder } from './directory.ts';
import { refusal } from './refusal.ts';

/** `DATA=/mnt/data`, each alias once, each a folder that is there. */
export function readAliases(folder: string, values: readonly string[]): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const value of values) {
    const [, alias, path] = /^([^=]+)=(.+)$/s.exec(value) ?? [];
    if (alias === undefined || path === undefined)
      throw refusal('usage', `--alias ${value} is not NAME=FOLDER`, 'Give it as --alias DATA=/mnt/data.');
    checkName(alias, '--alias');
    if (aliases.has(alias))
      throw refusal('usage', `--alias names ${alias} twice`, 'A worker has one folder for each name.');
    const there = resolve(folder, path);
    if (!isFolder(there))
      throw refusal(
        'usage',
        `--alias ${alias}: there is no folder ${there} on this machine`,
        'Mount it first, or name another folder.',
      );
    aliases.set(alias, there);
  }
  return aliases;
}

/** As `labkeep worker` is told. */
export function writeAliases(aliases: ReadonlyMap<string, string>): readonly string[] {
  return [...aliases].flatMap(([alias, folder]) => ['--alias', `${alias}=${folder}`]);
}

/** A path as it is called from here; `{DATA}/raw/x.mtz` is left for the server to read. */
export function pathOrAlias(folder: string, path: string): string {
  return /^\{[^{}/]+\}(?:\/|$)/.test(path) ? path : resolve(folder, path);
}
