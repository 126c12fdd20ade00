/** The database whose releases a command is about, and the record of them as the files’ side asks for it. */
import { hostname } from 'node:os';
import { type Database, type LabkeepClient, LabkeepError, type Release } from '@labkeep/client';
import { buildPath, releaseFolder } from '../../core/catalogue/releases.ts';
import { Fault } from '../../core/faults.ts';
import type { ReleaseRegister } from '../../releases/publish.ts';
import type { GoingRelease, TidyRegister } from '../../releases/tidy.ts';
import { refusal } from '../refusal.ts';

/** Where the releases of a database lie; refused for one that has none. */
export function directoryOf(database: Database): string {
  try {
    return releaseFolder(database);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw refusal(error.code, error.message, 'See labkeep db list.');
  }
}

/** `nr@2026-10`, or `nr` for the one that is read. */
export async function releaseOf(client: LabkeepClient, written: string): Promise<Release> {
  const [, name = written, release = null] = /^([^@/]+)[@/]([^@/]+)$/.exec(written) ?? [];
  const current = release ?? (await client.databases.get(name)).release;
  if (current === null)
    throw refusal('release_unknown', `${name} has no release yet`, `See labkeep db releases ${name}.`);
  return client.releases.get(name, current);
}

/** The record of a release that is made, under the lock with this epoch. */
export function releaseRegister(
  client: LabkeepClient,
  it: { readonly database: string; readonly release: string; readonly keep: number | null },
  epoch: number,
): ReleaseRegister {
  const { database, release, keep } = it;
  return {
    begin: async (path) => {
      await client.releases.begin(database, { release, path, epoch });
    },
    publish: async (files) => {
      await client.releases.publish(database, release, { epoch, ...files, keep });
    },
    drop: () => asFarAsHeard(client.releases.drop(database, release, epoch)),
    confirm: async () => {
      const path = buildPath(database);
      const { held } = await client.locks.check({ path, mode: 'exclusive', epoch });
      if (!held) throw refusal('lock_lost', `The lock ${path} was lost`);
    },
  };
}

export function tidyRegister(client: LabkeepClient, database: string): TidyRegister {
  return {
    markGoing: async (): Promise<readonly GoingRelease[]> =>
      (await client.releases.markGoing(database)).items,
    markGone: async (release) => {
      await client.releases.markGone(database, release);
    },
  };
}

/** How whoever builds a release is shown to others. */
export function builder(name: string, release: string): { name: string; host: string; pid: number } {
  return { name: `publish ${name} ${release}`, host: hostname(), pid: process.pid };
}

/** What the server may not hear of now is of no harm: a release that stays marked as being built is begun again. */
async function asFarAsHeard(act: Promise<unknown>): Promise<void> {
  try {
    await act;
  } catch (error) {
    if (!(error instanceof LabkeepError)) throw error;
  }
}
