/**
 * Digests of programs, kept from run to run: a day’s commands are the same few programs, some of them large. A file
 * that has its number, size and dates is the same: nobody sets back the time of the last change of status.
 */
import { fstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from '../daemon/system-error.ts';
import { orNull } from '../worker/programs/look.ts';

const keptMax = 500;
/** What was changed so shortly ago may be changed again before the clock that stamps it ticks. */
const settledMs = 2_000;

/** The digest of what is open; null where it cannot be read. `file` keeps those of before, if there is one. */
export async function digestOfProgram(descriptor: number, file: string | null): Promise<string | null> {
  const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = fstatSync(descriptor, { bigint: true });
  const program = [hostname(), dev, ino, size, mtimeNs, ctimeNs].join(' ');
  const kept = file === null ? new Map<string, string>() : read(file);
  const known = kept.get(program);
  if (known !== undefined) return known;
  const { digestOf } = await import('../worker/programs/digest.ts');
  const digest = await orNoDigest(digestOf(descriptor));
  if (file !== null && digest !== null && Date.now() - Number(ctimeMs) > settledMs)
    write(file, [...[...kept].slice(1 - keptMax), [program, digest]]);
  return digest;
}

async function orNoDigest(digest: Promise<string | null>): Promise<string | null> {
  try {
    return await digest;
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return null;
  }
}

function read(file: string): Map<string, string> {
  try {
    return new Map(JSON.parse(orNull(() => readFileSync(file, 'utf8')) ?? '[]') as [string, string][]);
  } catch (error) {
    // It can be done without, and is written anew.
    if (systemCode(error) === null && !(error instanceof SyntaxError || error instanceof TypeError))
      throw error;
    return new Map();
  }
}

function write(file: string, kept: readonly (readonly [string, string])[]): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeFileSync(draft, JSON.stringify(kept), { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    // A full disk: it is hashed again the next time.
    if (systemCode(error) === null) throw error;
  }
}
