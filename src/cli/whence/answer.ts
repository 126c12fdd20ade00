import { dirname } from 'node:path';
import type { FileMaker, LabkeepClient, Whence } from '@labkeep/client';
import { linkHere, pathHere } from '../here.ts';
import { type Ancestry, readAncestry, type Step, type StepInput } from './ancestry.ts';
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
  readonly sameContent: readonly FileMaker[];
  readonly inputs: readonly StepInput[];
  readonly ancestry: Ancestry;
}

/** Looks at a file, and asks who made it and from what. */
export async function answerFor(
  client: LabkeepClient,
  folder: string,
  name: string,
  generations: number,
): Promise<Answer> {
  const { path, now, origin } = await findOrigin(client, folder, name);
  const { madeBy, sameContent } = origin;
  const within = madeBy === null && sameContent.length === 0 ? await folderAround(client, path) : null;
  const [copy] = sameContent;
  const maker = madeBy ?? within?.madeBy ?? null;
  const first =
    maker === null && copy !== undefined ? await inputsOf(client, copy) : (within ?? origin).inputs;
  return {
    path,
    now,
    madeBy: maker,
    state: madeBy === null ? null : compare(now, madeBy),
    within: within?.path ?? null,
    sameContent,
    inputs: first,
    ancestry: await readAncestry(client, first, generations, new Map<string, Step>()),
  };
}

/** A link may be on record itself, and what it leads to. */
async function findOrigin(
  client: LabkeepClient,
  folder: string,
  name: string,
): Promise<{ readonly path: string; readonly now: FileNow; readonly origin: Whence }> {
  const path = pathHere(folder, name);
  const now = await lookAt(path);
  const origin = await client.provenance.whence(path, now.sha256 ?? undefined);
  const link = linkHere(folder, name);
  if (origin.madeBy !== null || link === path) return { path, now, origin };
  const ofLink = await client.provenance.whence(link, now.sha256 ?? undefined);
  return ofLink.madeBy === null ? { path, now, origin } : { path: link, now, origin: ofLink };
}

/** The innermost folder around a path that was recorded as a whole. */
async function folderAround(client: LabkeepClient, path: string): Promise<Whence | null> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const origin = await client.provenance.whence(folder);
    if (origin.madeBy !== null) return origin;
  }
  return null;
}

async function inputsOf(
  client: LabkeepClient,
  { path, ref, attempt }: FileMaker,
): Promise<readonly StepInput[]> {
  const tie = { ref, attempt, by: 'path', cyclic: false, provisional: false } as const;
  const steps = await readAncestry(client, [{ path, sha256: null, madeBy: tie }], 1, new Map<string, Step>());
  return [...steps.values()].flatMap(({ inputs }) => inputs);
}
