/**
 * Publishing a directory. Until the release has its own name nobody can read it, and until the record says so nobody
 * does; so whatever ends it on the way leaves readers alone, and the next publication under the same name begins by
 * putting back, or removing, what was left.
 */
import { constants } from 'node:fs';
import { copyFile, mkdir, readFile, realpath, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../core/faults.ts';
import {
  codeOf,
  foldersOf,
  moveFolder,
  pointTo,
  type ReleaseFolders,
  removeFolder,
  settle,
  whatIsAt,
  writeWhole,
} from './folder.ts';
import {
  digestAll,
  digestOfText,
  eachOf,
  type FileList,
  type Inventory,
  readList,
  takeInventory,
  type Work,
  writeList,
} from './list-files.ts';

export interface Publication {
  readonly root: string;
  readonly release: string;
  readonly from: string;
  /** Whether the directory may be moved, where it lies on the same file system. */
  readonly move: boolean;
  /** Of the lock under which it is made; never given twice. */
  readonly epoch: number;
}

/** Where it is recorded. Each refuses when the lock is lost. */
export interface ReleaseRegister {
  begin(path: string): Promise<void>;
  publish(it: { readonly files: number; readonly bytes: number; readonly sha256: string }): Promise<void>;
  /** As far as it can be asked for: one that stays marked as being built may be begun again. */
  drop(): Promise<void>;
  /** Refuses unless the lock is still held. */
  confirm(): Promise<void>;
}

export const publishSteps = [
  'begin',
  'read',
  'bring',
  'verify',
  'list',
  'place',
  'publish',
  'link',
  'done',
] as const;
export type PublishStep = (typeof publishSteps)[number];

export interface Publishing {
  readonly signal: AbortSignal | null;
  /** Called before each step; bytes are those that were read and written, of all that will be. */
  readonly report: (step: PublishStep, done: number, all: number) => void;
}

export interface Published {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** Where a directory was moved from, while it is not yet published. */
interface Origin {
  readonly from: string | null;
}

export async function publish(
  asked: Publication,
  register: ReleaseRegister,
  { signal, report }: Publishing,
): Promise<Published> {
  const it = { ...asked, from: await withoutLinks(asked.from) };
  const folders = foldersOf(it.root, it.release);
  await checkPlaces(it, folders);
  report('begin', 0, 0);
  await register.begin(folders.place);
  const build = new Build(it, folders);
  try {
    await build.clear();
    const result = await build.bring(register, signal, report);
    report('publish', 1, 1);
    await register.publish(result);
    report('link', 1, 1);
    await pointTo(it.root, it.release);
    await removeFolder(folders.building);
    report('done', 1, 1);
    return { path: folders.place, ...result };
  } catch (error) {
    // Once it has its place, the record alone knows whether it is published: the next try finds out under the lock.
    if (!build.isPlaced) {
      await build.undo();
      await register.drop();
    }
    throw error;
  }
}

/** A link to a directory is not what is moved. */
async function withoutLinks(directory: string): Promise<string> {
  return (await whatIsAt(directory)) === 'nothing' ? directory : realpath(directory);
}

async function checkPlaces({ root, from }: Publication, { place }: ReleaseFolders): Promise<void> {
  if ((await whatIsAt(root)) === 'nothing')
    throw new Fault('invalid_field', {
      field: 'directory',
      found: root,
      expected: 'a folder on this machine',
    });
  if (`${await realpath(root)}/`.startsWith(`${from}/`))
    throw new Fault('invalid_field', {
      field: 'directory',
      found: from,
      expected: `a directory that is not, and does not contain, that of the database, ${root}`,
    });
  const link = await whatIsAt(join(root, 'current'));
  if (link !== 'nothing' && link !== 'link')
    throw new Fault('state_conflict', {
      detail: `${join(root, 'current')} is not a link: labkeep keeps its own link of this name there; move it away`,
    });
  if (from === place)
    throw new Fault('invalid_field', {
      field: 'directory',
      found: from,
      expected:
        'a directory with another name than that of the release: rename it first, to publish it with --move',
    });
}

class Build {
  readonly #it: Publication;
  readonly #folders: ReleaseFolders;
  readonly #staging: string;
  readonly #origin: string;
  #moved = false;
  isPlaced = false;

  constructor(it: Publication, folders: ReleaseFolders) {
    this.#it = it;
    this.#folders = folders;
    this.#staging = join(folders.building, String(it.epoch));
    this.#origin = join(folders.building, 'origin');
  }

  /** Puts back, or removes, what an earlier try left. */
  async clear(): Promise<void> {
    const { building, place, list } = this.#folders;
    const origin = await readOrigin(this.#origin);
    const placed = (await whatIsAt(place)) !== 'nothing';
    if (placed && (origin === null || !(await isAsListed(place, list))))
      throw new Fault('state_conflict', {
        detail: `There is something at ${place} that labkeep did not place there`,
        expected: 'no such folder yet: move it away, or publish it from another place with --move',
      });
    const left = placed ? place : origin === null ? null : join(building, origin.staging);
    const from = origin?.from ?? null;
    if (left !== null && from !== null && (await whatIsAt(left)) === 'folder') {
      if ((await whatIsAt(from)) !== 'nothing')
        throw new Fault('state_conflict', {
          detail: `An earlier try moved ${from} to ${left}, and something else is at ${from} now: move one of them away`,
        });
      await moveFolder(left, from);
    } else if (placed) await removePlaced(this.#folders);
    await removeFolder(building);
  }

  /** Brings the files in, and gives the release its place. */
  async bring(
    register: ReleaseRegister,
    signal: AbortSignal | null,
    report: Publishing['report'],
  ): Promise<Omit<Published, 'path'>> {
    const { from } = this.#it;
    if ((await whatIsAt(from)) !== 'folder')
      throw new Fault('invalid_field', { field: 'directory', found: from, expected: 'a directory' });
    const before = await takeInventory(from);
    if (before.files.length === 0)
      throw new Fault('invalid_field', {
        field: 'directory',
        found: from,
        expected: 'at least one file in it',
      });
    const all = 3 * before.files.reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    let step: PublishStep = 'read';
    const enter = (next: PublishStep): void => {
      step = next;
      report(step, done, all);
    };
    const count = (bytes: number): void => {
      done += bytes;
      report(step, done, all);
    };
    const work: Work = { signal, done: count };
    enter('read');
    const list = await digestAll(from, before, work);
    enter('bring');
    await this.#bringIn(before, work);
    enter('verify');
    const after = this.#moved ? null : await takeInventory(from);
    if (after !== null && JSON.stringify(after) !== JSON.stringify(before))
      throw changed(before, after, from);
    const there = await takeInventory(this.#staging);
    const text = writeList(list);
    const found = writeList(await digestAll(this.#staging, there, work));
    if (found !== text) throw firstDifference(text, found, from);
    enter('list');
    await this.#settleAll(there, signal);
    await writeWhole(this.#folders.list, text);
    await register.confirm();
    enter('place');
    await moveFolder(this.#staging, this.#folders.place);
    this.isPlaced = true;
    return { files: list.files.length, bytes: list.bytes, sha256: digestOfText(text) };
  }

  async #bringIn(inventory: Inventory, work: Work): Promise<void> {
    const { from, move } = this.#it;
    await mkdir(this.#folders.building, { recursive: true });
    const staging = String(this.#it.epoch);
    if (move) {
      await writeWhole(this.#origin, JSON.stringify({ from, staging }));
      if (await moveOnSameFileSystem(from, this.#staging)) {
        this.#moved = true;
        return;
      }
    }
    await writeWhole(this.#origin, JSON.stringify({ from: null, staging }));
    await mkdir(this.#staging);
    for (const folder of inventory.folders) await mkdir(join(this.#staging, folder));
    for (const { path, target } of inventory.links) await symlink(target, join(this.#staging, path));
    await eachOf(inventory.files, work.signal, async ({ path, size }) => {
      await copyOne(join(from, path), join(this.#staging, path), from);
      work.done(size);
    });
  }

  async #settleAll({ files, folders }: Inventory, signal: AbortSignal | null): Promise<void> {
    await eachOf(files, signal, ({ path }) => settle(join(this.#staging, path)));
    await eachOf(folders, signal, (path) => settle(join(this.#staging, path)));
    await settle(this.#staging);
  }

  /** Leaves nothing; what was moved is where it was. Nothing is touched that another builder may have made since. */
  async undo(): Promise<void> {
    const { place, list, building } = this.#folders;
    if (this.#moved && (await whatIsAt(this.#staging)) === 'folder')
      await moveFolder(this.#staging, this.#it.from);
    await removeFolder(this.#staging);
    if ((await readOrigin(this.#origin))?.staging !== String(this.#it.epoch)) return;
    if ((await whatIsAt(place)) === 'nothing') await removeFolder(list);
    await removeFolder(building);
  }
}

/** Takes a release from its place in one step before it is removed. */
async function removePlaced({ place, going }: ReleaseFolders): Promise<void> {
  await mkdir(dirname(going), { recursive: true });
  await removeFolder(going);
  await moveFolder(place, going);
  await removeFolder(going);
}

async function copyOne(from: string, to: string, directory: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new Fault('directory_changed', {
      found: from,
      detail: `A file went while ${directory} was published`,
    });
  }
}

async function moveOnSameFileSystem(from: string, to: string): Promise<boolean> {
  try {
    await moveFolder(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EXDEV') return false;
    throw error;
  }
}

async function readOrigin(path: string): Promise<(Origin & { readonly staging: string }) | null> {
  if ((await whatIsAt(path)) === 'nothing') return null;
  return JSON.parse(await readFile(path, 'utf8')) as Origin & { readonly staging: string };
}

/** Whether a folder has the files of a list, by their names. */
async function isAsListed(place: string, list: string): Promise<boolean> {
  if ((await whatIsAt(place)) !== 'folder' || (await whatIsAt(list)) === 'nothing') return false;
  const { files } = readList(await readFile(list, 'utf8'));
  const there = await takeInventory(place);
  return (
    JSON.stringify(files.map(({ path }) => path)) === JSON.stringify(there.files.map(({ path }) => path))
  );
}

function changed(before: Inventory, after: Inventory, from: string): Fault {
  const stamps = new Map(after.files.map(({ path, stamp }) => [path, stamp]));
  const known = new Set(before.files.map(({ path }) => path));
  const first =
    before.files.find(({ path, stamp }) => stamps.get(path) !== stamp) ??
    after.files.find(({ path }) => !known.has(path));
  return new Fault('directory_changed', { found: join(from, first?.path ?? '') });
}

function firstDifference(expected: string, found: string, from: string): Fault {
  const there: Pick<FileList, 'files'> = readList(found);
  const digests = new Map(there.files.map(({ path, sha256 }) => [path, sha256]));
  const first = readList(expected).files.find(({ path, sha256 }) => digests.get(path) !== sha256);
  return new Fault('directory_changed', { found: first === undefined ? from : join(from, first.path) });
}
