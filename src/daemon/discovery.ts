/** How programs find the server of a data folder, which several machines may share, and who they are there. */
import { readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { writeOwnFile } from './own-file.ts';
import { systemCode } from './system-error.ts';

export interface Discovery {
  readonly url: string;
  readonly pid: number;
  /** The machine on which it runs: its process, and an address of the loopback, mean something there alone. */
  readonly host: string;
  readonly started: string;
  /** The certificate to trust, if the server speaks TLS. */
  readonly certificate: string | null;
}

export function writeDiscovery(file: string, discovery: Discovery): void {
  writeOwnFile(file, `${JSON.stringify(discovery, null, 2)}\n`);
}

export function runsHere({ host }: Discovery): boolean {
  return host === hostname();
}

/** Null if no server has said where it listens. The server named may have been killed since. */
export function readDiscovery(file: string): Discovery | null {
  try {
    return discoveryOf(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR' || error instanceof SyntaxError)
      return null;
    throw error;
  }
}

/**
 * The server of the data folder, if it is one of those that are named (with commas): since they are equal, its token is
 * good at all of them. Any other server is not told that token.
 */
export function ownAmong(urls: string, file: string): Discovery | null {
  const own = readDiscovery(file);
  return own !== null && urls.split(',').includes(own.url) ? own : null;
}

/** The token that lies in the data folder. */
export function readToken(file: string): string | null {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return text === '' ? null : text;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}

export function removeDiscovery(file: string): void {
  rmSync(file, { force: true });
}

function discoveryOf(value: unknown): Discovery | null {
  if (typeof value !== 'object' || value === null) return null;
  const { url, pid, host, started, certificate } = value as Partial<Record<keyof Discovery, unknown>>;
  if (typeof url !== 'string' || typeof pid !== 'number' || typeof started !== 'string') return null;
  if (typeof host !== 'string') return null;
  return { url, pid, host, started, certificate: typeof certificate === 'string' ? certificate : null };
}
