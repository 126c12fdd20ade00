/** Watched files, from bytes to what they declare. */
import { readFileSync, statSync } from 'node:fs';
import type { DeclarationProblem, Declarations } from '../core/catalogue/declared.ts';
import { parseEnvNames, parseKnownDbFile } from '../core/catalogue/known-db-file.ts';
import { readDeclarationTree } from '../core/catalogue/toml-file.ts';
import type { Timers } from '../ports/timers.ts';
import { rest } from '../worker/host.ts';
import { systemWords } from './system-error.ts';

/** Besides the file system's own word, which is not given for what another machine writes. */
export const lookEveryMs = 1_500;

const bytesMax = 1 << 20;

/** The text of a file, or why there is none. */
export type FileText = { readonly text: string } | { readonly problem: string };

/** Files of old servers may be in Latin-1; one in TOML is in UTF-8. */
function readFileText(path: string): FileText {
  try {
    const { size } = statSync(path);
    if (size > bytesMax) return { problem: `Found ${size} bytes, expected at most ${bytesMax}` };
    const bytes = readFileSync(path);
    const isText = Buffer.from(bytes.toString('utf8')).equals(bytes);
    if (isText) return { text: bytes.toString('utf8') };
    return isToml(path) ? { problem: 'Found bytes that are not UTF-8' } : { text: bytes.toString('latin1') };
  } catch (error) {
    return { problem: `It cannot be read: ${systemWords(error)}` };
  }
}

/** Between two readings of a file that somebody may be writing. */
export const settleMs = 200;
const readingsMax = 20;

/**
 * The same of a file that is not being written just now: one that changed is read again until it is the same twice. An
 * editor that writes in place empties the file first, and all that was in it would be gone for a moment.
 */
export async function readSettled(path: string, before: FileText | null, timers: Timers): Promise<FileText> {
  let text = readFileText(path);
  if (before === null || sameText(text, before)) return text;
  for (let reading = 1; reading < readingsMax; reading += 1) {
    await rest(timers, settleMs);
    const again = readFileText(path);
    if (sameText(again, text)) break;
    text = again;
  }
  return text;
}

export function sameText(one: FileText | null, other: FileText | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

export function isToml(path: string): boolean {
  return path.toLowerCase().endsWith('.toml');
}

/** What a file declares; `envNames` is the text of the file with the folders of banks. */
export async function readDeclarations(
  path: string,
  text: string,
  envNames: string | null,
): Promise<Declarations> {
  if (!isToml(path))
    return parseKnownDbFile(text, envNames === null ? undefined : parseEnvNames(envNames).folders);
  const { parse, TomlError } = await import('smol-toml');
  try {
    return readDeclarationTree(parse(text), text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [said = ''] = error.message.split('\n');
    const problem: DeclarationProblem = {
      line: error.line,
      database: null,
      text: `${said.replace(/^Invalid TOML document: /, 'It is not TOML: ')} (column ${error.column})`,
    };
    return { declared: [], problems: [problem] };
  }
}
