/**
 * Removing releases that nobody needs: they are marked in the record first, so that nobody can begin to read them, then
 * taken from their place in one step, then removed. Anybody may go on where another stopped, and two at one time do no
 * harm: a name is never given twice.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, foldersAt, foldersOf, moveFolder, pointTo, removeFolder, whatIsAt } from './folder.ts';
import { digestOfText } from './list-files.ts';

/** What the record says of a release that is going. */
export interface GoingRelease {
  readonly release: string;
  readonly path: string;
  readonly sha256: string | null;
}

export interface TidyRegister {
  /** Marks what need not be kept, and gives all that are marked. */
  markGoing(): Promise<readonly GoingRelease[]>;
  markGone(release: string): Promise<void>;
}

export interface Tidied {
  readonly removed: readonly string[];
  /** Those that are not removed here, and why. */
  readonly left: readonly { readonly release: string; readonly why: string }[];
}

/** Removes what need not be kept, as far as it lies on this machine. */
export async function tidy(register: TidyRegister): Promise<Tidied> {
  const removed: string[] = [];
  const left: { release: string; why: string }[] = [];
  for (const release of await register.markGoing()) {
    const why = await removeRelease(release);
    if (why === null) {
      await register.markGone(release.release);
      removed.push(release.release);
    } else left.push({ release: release.release, why });
  }
  return { removed, left };
}

/**
 * Lets ROOT/current lead to the release that the record names, if it is on this machine. The record is asked again
 * afterwards: another may have been published meanwhile.
 */
export async function straightenLink(root: string, current: () => Promise<string | null>): Promise<void> {
  let release = await current();
  for (let linked: string | null = null; release !== null && release !== linked; release = await current()) {
    const folders = foldersOf(root, release);
    if ((await whatIsAt(folders.list)) !== 'other' || (await whatIsAt(folders.place)) !== 'folder') return;
    await pointTo(root, release);
    await removeFolder(folders.building);
    linked = release;
  }
}

/** Removes the files of a release; gives why not, if it does not. Only what was placed by Labkeep is ever removed. */
async function removeRelease({ release, path, sha256 }: GoingRelease): Promise<string | null> {
  const folders = foldersAt(path, release);
  if (folders === null) return `${path} is not a path of it`;
  if ((await whatIsAt(folders.root)) !== 'folder') return `${folders.root} is not on this machine`;
  if ((await whatIsAt(folders.place)) === 'folder') {
    if (sha256 === null || (await digestOfList(folders.list)) !== sha256)
      return `its list of files, ${folders.list}, is not the one that was published; remove ${path} by hand`;
    await mkdir(dirname(folders.going), { recursive: true });
    await takeAway(folders.place, folders.going);
  }
  await removeFolder(folders.going);
  await removeFolder(folders.list);
  return null;
}

async function takeAway(place: string, going: string): Promise<void> {
  try {
    await moveFolder(place, going);
  } catch (error) {
    // Another was faster.
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function digestOfList(path: string): Promise<string | null> {
  return (await whatIsAt(path)) === 'nothing' ? null : digestOfText(await readFile(path, 'utf8'));
}
