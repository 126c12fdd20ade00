/** The database whose releases a command is about, and the record of them as the files’ side asks for it. */
import { hostname } from 'node:os';
import { type Database, type LabkeepClient, LabkeepError, type Release } from '@labkeep/client';
import type { GoingRelease, TidyRegister } from '../../releases/tidy.ts';
import { refusal } from '../refusal.ts';

/** Where the releases of a database lie; refused for one that has none. */
export function directoryOf({ name, kind, settings }: Database): string {
  if (kind !== 'files')
    throw refusal(
      'state_conflict',
      `${name} is a database of kind ${kind}; only those of kind files have releases that are published`,
      'See labkeep db list.',
    );
  if (typeof settings.directory !== 'string')
    throw refusal(
      'state_conflict',
      `${name} has no directory`,
      `Say where its releases lie: labkeep db set ${name} --directory FOLDER`,
    );
  return settings.directory;
}

/** `nr@2026-10`, or `nr` for the one that is read. */
export async function releaseOf(client: LabkeepClient, written: string): Promise<Release> {
  const [, name = written, release = null] = /^([^@/]+)[@/]([^@/]+)$/.exec(written) ?? [];
  const current = release ?? (await client.databases.get(name)).release;
  if (current === null)
    throw refusal('release_unknown', `${name} has no release yet`, `See labkeep db releases ${name}.`);
  return client.releases.get(name, current);
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
export async function asFarAsHeard(act: Promise<unknown>): Promise<void> {
  try {
    await act;
  } catch (error) {
    if (!(error instanceof LabkeepError)) throw error;
  }
}
