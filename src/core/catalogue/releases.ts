/**
 * Releases of a database that is a directory: each is a folder in it. A name is given once and never again, so whoever
 * still means to remove the files of a release that is gone can never meet those of another.
 */
import { Fault } from '../faults.ts';
import { databaseOf, reservedParts } from '../locks/paths.ts';
import { nearestName } from '../nearest-name.ts';

export const releaseStates = {
  building: 'its files are being brought in',
  current: 'read by all who do not name another',
  kept: 'read by those who began with it, or name it',
  going: 'nobody may begin to read it; its files are being removed',
  gone: 'its files were removed',
} as const;
export type ReleaseState = keyof typeof releaseStates;

/** Whether a release may be read. */
export function isReadable(state: ReleaseState): boolean {
  return state === 'current' || state === 'kept';
}

/** The release that a path names: `nr/2026-10` or something below it; null for the database, and what is no release. */
export function releaseIn(path: string): string | null {
  const [, release = null] = path.split('/');
  return release === null || reservedParts.some((part) => part === release) ? null : release;
}

/** Where the releases of a database lie; refused for one that has none. */
export function releaseFolder({
  name,
  kind,
  settings,
}: {
  readonly name: string;
  readonly kind: string;
  readonly settings: Settings;
}): string {
  if (kind !== 'files')
    throw new Fault('state_conflict', {
      detail: `${name} is of kind ${kind}; only databases of kind files have releases that are published`,
    });
  if (typeof settings.directory !== 'string')
    throw new Fault('state_conflict', {
      detail: `${name} has no directory: say where its releases lie with labkeep db set ${name} --directory FOLDER`,
    });
  return settings.directory;
}

/** The lock under which releases of a database are made. */
export function buildPath(database: string): string {
  return `${database}/build`;
}

const namesShown = 10;

interface Known {
  readonly release: string;
  readonly state: ReleaseState;
}

/** Refuses a path to a release that cannot be read. `known`: all of the database; none where it is kept by hand. */
export function refuseUnknownRelease(path: string, known: readonly Known[]): void {
  const release = releaseIn(path);
  if (release !== null && known.length > 0) mustBeReadable(databaseOf(path), release, known);
}

/** Refuses a release that is not there, or that nobody may begin to read. */
export function mustBeReadable(database: string, release: string, known: readonly Known[]): void {
  const found = known.find((each) => each.release === release);
  if (found === undefined || !isReadable(found.state)) throw releaseUnknown(database, release, known);
}

/** The refusal of a release that cannot be read, with those that can. */
export function releaseUnknown(database: string, release: string, known: readonly Known[]): Fault {
  const found = known.find((each) => each.release === release);
  const names = known.filter(({ state }) => isReadable(state)).map((each) => each.release);
  const nearest = found === undefined ? nearestName(release, names) : null;
  const what =
    found === undefined
      ? `${database} has no release ${release}`
      : `Release ${release} of ${database} is ${found.state}: ${releaseStates[found.state]}`;
  const there =
    names.length === 0 ? 'none can be read' : `there are ${names.slice(0, namesShown).join(', ')}`;
  return new Fault('release_unknown', {
    detail: `${what}; ${nearest === null ? there : `did you mean ${nearest}? ${there}`}`,
    facts: { database, release, releases: names },
  });
}

/** A release as the rule of keeping sees it. */
export interface Keepable {
  readonly release: string;
  readonly state: ReleaseState;
  /** Grows with each release of the database. */
  readonly place: number;
  readonly pinned: boolean;
  /** Somebody holds it, waits for it, or means to: a job that is not finished names it. */
  readonly wanted: boolean;
}

/** Those that are older than the newest `keep`, and that nobody reads, waits for, or has pinned. */
export function notToKeep<T extends Keepable>(releases: readonly T[], keep: number | null): readonly T[] {
  if (keep === null) return [];
  const readable = releases
    .filter(({ state }) => isReadable(state))
    .sort((one, other) => other.place - one.place);
  return readable.slice(keep).filter(({ state, pinned, wanted }) => state === 'kept' && !pinned && !wanted);
}

type Settings = Readonly<Record<string, unknown>>;

/** How many releases the settings of a database say are kept; null for all. */
export function keptOf(settings: Settings): number | null {
  const { keep } = settings;
  return typeof keep === 'string' && isKeep(Number(keep)) ? Number(keep) : null;
}

export const keepMax = 10_000;

export function checkKeep(keep: number, field: string): number {
  if (!isKeep(keep))
    throw new Fault('invalid_field', { field, found: keep, expected: `from 1 to ${keepMax}` });
  return keep;
}

function isKeep(keep: number): boolean {
  return Number.isInteger(keep) && keep >= 1 && keep <= keepMax;
}

/** The settings of a database of which so many releases are kept from now on; null: as before. */
export function withKeep(
  database: { readonly name: string; readonly declaredIn: string | null; readonly settings: Settings },
  keep: number | null,
): Settings {
  const { name, declaredIn, settings } = database;
  if (keep === null || settings.keep === String(keep)) return settings;
  if (declaredIn !== null)
    throw new Fault('state_conflict', {
      field: 'keep',
      found: keep,
      detail: `${name} is declared in ${declaredIn}: say there how many releases are kept`,
    });
  return { ...settings, keep: String(keep) };
}

export function releaseExists(database: string, release: string, state: ReleaseState): Fault {
  return new Fault('release_exists', {
    field: 'release',
    found: release,
    detail: `${database} has had a release ${release} before: it is ${state}`,
    facts: { database, release, state },
  });
}
