import { readFile } from 'node:fs/promises';
import { Fault } from '../core/faults.ts';
import { foldersAt, whatIsAt } from './folder.ts';
import { digestAll, digestOfText, readList, takeInventory, type Work } from './list-files.ts';

export interface Verified {
  readonly files: number;
  readonly bytes: number;
  /** By path; none for a sound release. */
  readonly damage: readonly { readonly path: string; readonly what: 'missing' | 'changed' | 'added' }[];
}

/** Compares the files of a release with what was published. */
export async function verify(
  it: { readonly release: string; readonly path: string; readonly sha256: string | null },
  work: Work,
): Promise<Verified> {
  const folders = foldersAt(it.path, it.release);
  if (folders === null || (await whatIsAt(folders.place)) !== 'folder')
    throw new Fault('release_damaged', { detail: `There is no folder ${it.path} on this machine` });
  if ((await whatIsAt(folders.list)) !== 'other')
    throw new Fault('release_damaged', { detail: `Its list of files is gone: ${folders.list}` });
  const text = await readFile(folders.list, 'utf8');
  if (digestOfText(text) !== it.sha256)
    throw new Fault('release_damaged', { detail: `Its list of files was changed: ${folders.list}` });
  const listed = readList(text);
  const found = await digestAll(folders.place, await takeInventory(folders.place), work);
  const expected = contentsOf(listed);
  const there = contentsOf(found);
  const damage = [
    ...[...expected]
      .filter(([path, content]) => there.get(path) !== content)
      .map(([path]) => ({ path, what: there.has(path) ? ('changed' as const) : ('missing' as const) })),
    ...[...there.keys()]
      .filter((path) => !expected.has(path))
      .map((path) => ({ path, what: 'added' as const })),
  ];
  return { files: found.files.length, bytes: found.bytes, damage };
}

function contentsOf({ files, links }: ReturnType<typeof readList>): ReadonlyMap<string, string> {
  return new Map([
    ...files.map(({ path, sha256 }) => [path, sha256] as const),
    ...links.map(({ path, target }) => [path, `link ${target}`] as const),
  ]);
}
