/** Registered directories on the command line: where this machine has them, and paths that begin with one. */
import { resolve } from 'node:path';
import { parseAliases } from '../recorder/aliases.ts';
import { UsageError } from '../recorder/wish.ts';
import { refusal } from './refusal.ts';

/** `DATA=/mnt/data`, each alias once, each a folder that is there. */
export function readAliases(folder: string, values: readonly string[]): ReadonlyMap<string, string> {
  try {
    return parseAliases(values, folder);
  } catch (error) {
    if (error instanceof UsageError) throw refusal('usage', error.message, error.advice);
    throw error;
  }
}

/** As `labkeep worker` is told. */
export function writeAliases(aliases: ReadonlyMap<string, string>): readonly string[] {
  return [...aliases].flatMap(([alias, folder]) => ['--alias', `${alias}=${folder}`]);
}

/** A path as it is called from here; `{DATA}/raw/x.mtz` is left for the server to read. */
export function pathOrAlias(folder: string, path: string): string {
  return /^\{[^{}/]+\}(?:\/|$)/.test(path) ? path : resolve(folder, path);
}
