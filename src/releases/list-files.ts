/** The list of the files of a release, as `sha256sum --check` reads it; links stand in it as comments. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Fault } from '../core/faults.ts';

export interface ListedFile {
  readonly path: string;
  readonly sha256: string;
}

export interface FileList {
  readonly files: readonly ListedFile[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
  readonly bytes: number;
}

/** What a directory consists of, without its contents; `stamp` changes whenever a file is written. */
export interface Inventory {
  readonly files: readonly { readonly path: string; readonly size: number; readonly stamp: string }[];
  readonly folders: readonly string[];
  readonly links: FileList['links'];
}

export interface Work {
  readonly signal: AbortSignal | null;
  /** Bytes that were read or written since the last call. */
  readonly done: (bytes: number) => void;
}

const filesAtOnce = 4;
const chunkBytes = 1 << 20;

/** All that lies below a directory, sorted. Refuses what cannot be published: links that lead out of it, devices, pipes. */
export async function takeInventory(directory: string): Promise<Inventory> {
  const top = await realpath(directory);
  const files: { path: string; size: number; stamp: string }[] = [];
  const folders: string[] = [];
  const links: { path: string; target: string }[] = [];
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const name of await readdir(join(directory, folder), { encoding: 'buffer' })) {
      const path = folder === '' ? nameOf(name, folder) : `${folder}/${nameOf(name, folder)}`;
      const whole = join(directory, path);
      const found = await lstat(whole, { bigint: true });
      if (found.isDirectory()) {
        folders.push(path);
        pending.push(path);
      } else if (found.isFile()) {
        const { dev, ino, size, mtimeNs, ctimeNs } = found;
        files.push({ path, size: Number(size), stamp: [dev, ino, size, mtimeNs, ctimeNs].join(' ') });
      } else if (found.isSymbolicLink()) {
        links.push({ path, target: await targetWithin(top, whole, path) });
      } else
        throw unfit(path, 'a device, a pipe or a socket', 'files, folders, and links within the directory');
    }
  }
  return { files: files.sort(byPath), folders: folders.sort(), links: links.sort(byPath) };
}

function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return one.path < other.path ? -1 : 1;
}

function nameOf(bytes: Buffer, folder: string): string {
  const name = bytes.toString('utf8');
  if (!Buffer.from(name, 'utf8').equals(bytes) || /[\n\r\\]/.test(name))
    throw unfit(join(folder, name), name, 'names in UTF-8 without line breaks and backslashes');
  return name;
}

async function targetWithin(top: string, link: string, path: string): Promise<string> {
  const target = await readlink(link);
  const leads = await realpath(link).catch((error: unknown) => {
    throw unfit(path, `a link to ${target}, which leads nowhere`, 'links that lead to something', error);
  });
  if (target.startsWith('/') || !leads.startsWith(`${top}${sep}`))
    throw unfit(path, `a link to ${target}`, 'relative links that stay within the directory');
  return target;
}

function unfit(field: string, found: string, expected: string, cause?: unknown): Fault {
  return new Fault(
    'invalid_field',
    { field, found, expected, detail: 'The directory cannot be published' },
    cause,
  );
}

/** The digests of all files of an inventory, several at a time. */
export async function digestAll(directory: string, inventory: Inventory, work: Work): Promise<FileList> {
  const digests = new Map<string, string>();
  await eachOf(inventory.files, work.signal, async ({ path }) => {
    digests.set(path, await digestOf(join(directory, path), work));
  });
  const files = inventory.files.map(({ path }) => ({ path, sha256: digests.get(path) ?? '' }));
  const bytes = inventory.files.reduce((sum, { size }) => sum + size, 0);
  return { files, links: inventory.links, bytes };
}

/** Does something for each, a few at a time; the first that fails ends it. */
export async function eachOf<T>(
  items: readonly T[],
  signal: AbortSignal | null,
  body: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const item of rest) {
      if (failed) return;
      signal?.throwIfAborted();
      await body(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: filesAtOnce }, lane));
  for (const each of lanes) if (each.status === 'rejected') throw each.reason;
}

async function digestOf(path: string, { signal, done }: Work): Promise<string> {
  const hash = createHash('sha256');
  const stream = createReadStream(path, {
    highWaterMark: chunkBytes,
    ...(signal === null ? {} : { signal }),
  });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    done(chunk.length);
  }
  return hash.digest('hex');
}

/** The text of a list; its own digest is what the record keeps. */
export function writeList({ files, links }: Pick<FileList, 'files' | 'links'>): string {
  const lines = [
    ...links.map((link) => `# link ${JSON.stringify([link.path, link.target])}`),
    ...files.map(({ path, sha256 }) => `${sha256}  ${path}`),
  ];
  return `${lines.join('\n')}\n`;
}

export function readList(text: string): Pick<FileList, 'files' | 'links'> {
  const lines = text.split('\n').filter((line) => line !== '');
  const isLink = (line: string): boolean => line.startsWith('# link ');
  return {
    files: lines
      .filter((line) => !isLink(line))
      .map((line) => ({ sha256: line.slice(0, 64), path: line.slice(66) })),
    links: lines.filter(isLink).map((line) => {
      const [path, target] = JSON.parse(line.slice(7)) as [string, string];
      return { path, target };
    }),
  };
}

export function digestOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
