/** The discovery file: how programs find the server of a data folder, which several machines may share. */
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
