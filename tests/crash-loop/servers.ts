/** Servers of a run, started as users start them, each kept alive. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Durations } from '../../src/core/leases/durations.ts';
import { freePort } from '../support/free-port.ts';
import { KeptProcess } from './processes.ts';

export interface ServerPlace {
  readonly process: KeptProcess;
  readonly data: string;
  readonly url: string;
}

/** On PostgreSQL two of equal right, else one. */
export async function startServers(
  folder: string,
  storageUrl: string | null,
  durations: Partial<Durations>,
): Promise<readonly ServerPlace[]> {
  const storage = storageUrl === null ? [] : ['--storage', storageUrl];
  const names = storageUrl === null ? ['server'] : ['server-1', 'server-2'];
  const servers: ServerPlace[] = [];
  for (const name of names) {
    const data = join(folder, name);
    const listen = `127.0.0.1:${await freePort()}`;
    const args = ['up', '--no-worker', '--data', data, '--listen', listen, ...storage];
    const env = { ...plainEnv(), LABKEEP_TEST_DURATIONS: JSON.stringify(durations) };
    const process = new KeptProcess({ name, args, env, folder });
    process.start();
    servers.push({ process, data, url: `http://${listen}` });
  }
  return servers;
}

export function plainEnv(): { readonly [name: string]: string } {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'XDG_CACHE_HOME'] as const;
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** That of the server’s owner, who may do everything. */
export function tokenOf({ data }: ServerPlace): string {
  return readFileSync(join(data, 'token'), 'utf8').trim();
}

/** Says of each that did not end as it was asked to how it did. */
export async function stopAll(processes: readonly KeptProcess[]): Promise<readonly string[]> {
  const ends = await Promise.all(processes.map(async (process) => ({ process, how: await process.stop() })));
  return ends.filter(({ how }) => how !== 0).map(({ process, how }) => `${process.name} ended with ${how}`);
}

/** Waits for what a judge asks for afterwards: so long at most, and then in silence. */
export async function giveTime(forMs: number, isTrue: () => boolean, everyMs = 20): Promise<void> {
  const endsAt = performance.now() + forMs;
  while (!isTrue()) {
    if (performance.now() > endsAt) return;
    await delay(everyMs);
  }
}

export function exists(file: string): boolean {
  try {
    return readFileSync(file).length > 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
