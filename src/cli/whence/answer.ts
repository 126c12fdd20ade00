import { dirname } from 'node:path';
import type { FileMaker, LabkeepClient, Whence } from '@labkeep/client';
import { linkHere, pathHere } from '../here.ts';
import { type Ancestry, readAncestry, readStep, type Step, type StepInput } from './ancestry.ts';
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
}

/** Looks at a file, and asks who made it and from what. */
export async function answerFor(
  client: LabkeepClient,
  folder: string,
  name: string,
  generations: number,
): Promise<Answer> {
  const { path, now, origin } = await findOrigin(client, folder, name);
  const within = origin.madeBy === null ? await folderAround(client, path) : null;
  const { madeBy, inputs } = within ?? origin;
  const copies = await readCopies(client, path, origin.sameContent);
  const first = madeBy === null ? (copies[0]?.inputs ?? []) : inputs;
  return {
    path,
    now,
    madeBy,
    state: origin.madeBy === null ? null : compare(now, origin.madeBy),
    within: within?.path ?? null,
    sameContent: copies.map(({ maker }) => maker),
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

interface Copy {
  readonly maker: FileMaker;
  readonly inputs: readonly StepInput[];
}

async function readCopies(
  client: LabkeepClient,
  path: string,
  makers: readonly FileMaker[],
): Promise<readonly Copy[]> {
  const copies = await Promise.all(
    makers.map(async (maker) => {
      const { inputs } = await readStep(client, maker.path, maker);
      return { maker, inputs };
    }),
  );
  return copies.filter(({ inputs }) => !inputs.some((input) => input.path === path));
}
