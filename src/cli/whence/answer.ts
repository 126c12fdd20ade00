import { dirname } from 'node:path';
import type { FileMaker, LabkeepClient, Whence } from '@labkeep/client';
import { linkHere, pathHere } from '../here.ts';
import { type Ancestry, ancestryOf, inputsOf, type StepInput } from './ancestry.ts';
import { type Comparison, compare, type FileNow, lookAt } from './look.ts';

/** All that is known of where a file came from. */
export interface Answer {
  readonly path: string;
  readonly now: FileNow;
  readonly madeBy: FileMaker | null;
  /** Null where nothing is on record to compare with. */
  readonly state: Comparison | null;
  /** The folder that was recorded in place of the file. */
  readonly within: string | null;
  /** Who else made its content, newest first; not those who had it of this file. */
  readonly sameContent: readonly FileMaker[];
  /** What its maker read; of a file without one, what the newest did who made its content. */
  readonly inputs: readonly StepInput[];
  readonly ancestry: Ancestry;
  /** Whether it goes back to the roots. */
  readonly complete: boolean;
}

/** Looks at a file, and asks who made it and from what, back so many generations. */
export async function answerFor(
  client: LabkeepClient,
  folder: string,
  name: string,
  depth: number,
): Promise<Answer> {
  const { path, now, origin } = await findOrigin(client, folder, name, depth);
  const within = origin.madeBy === null ? await folderAround(client, path, depth) : null;
  const shown = within ?? origin;
  // Those who had it of this file made a copy of it.
  const copies = origin.sameContent.filter(
    (maker) => !inputsOf(origin, maker).some((input) => input.path === path),
  );
  const [newest] = copies;
  const ofCopy = newest === undefined ? [] : inputsOf(origin, newest);
  const inputs = shown.madeBy === null ? ofCopy : shown.inputs;
  return {
    path,
    now,
    madeBy: shown.madeBy,
    state: origin.madeBy === null ? null : compare(now, origin.madeBy),
    within: within?.path ?? null,
    sameContent: copies,
    inputs,
    ancestry: ancestryOf(inputs, shown, depth - 1),
    complete: shown.complete,
  };
}

/** A link may be on record itself, and what it leads to. */
async function findOrigin(
  client: LabkeepClient,
  folder: string,
  name: string,
  depth: number,
): Promise<{ readonly path: string; readonly now: FileNow; readonly origin: Whence }> {
  const path = pathHere(folder, name);
  const now = await lookAt(path);
  const query = { sha256: now.sha256 ?? undefined, depth };
  const origin = await client.provenance.whence(path, query);
  const link = linkHere(folder, name);
  if (origin.madeBy !== null || link === path) return { path, now, origin };
  const ofLink = await client.provenance.whence(link, query);
  return ofLink.madeBy === null ? { path, now, origin } : { path: link, now, origin: ofLink };
}

/** The innermost folder around a path that was recorded as a whole. */
async function folderAround(client: LabkeepClient, path: string, depth: number): Promise<Whence | null> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const origin = await client.provenance.whence(folder, { depth });
    if (origin.madeBy !== null) return origin;
  }
  return null;
}
