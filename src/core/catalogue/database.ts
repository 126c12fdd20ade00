import { Fault } from '../faults.ts';
import { databaseOf, reservedParts } from '../locks/paths.ts';

export const databaseKinds = ['project', 'bank', 'postgres', 'files', 'external'] as const;
export type DatabaseKind = (typeof databaseKinds)[number];

export const databaseStates = {
  on: 'open to all',
  closing: 'a closure waits for those who still hold something in it; nobody new comes in',
  closed: 'a closure holds it until it is reopened or broken',
  off: 'not offered: nobody may open or lock it',
} as const;
export type DatabaseState = keyof typeof databaseStates;

/** An entry of the catalogue. */
export interface Entry {
  readonly name: string;
  readonly kind: DatabaseKind;
  readonly state: DatabaseState;
  /** Listed without a tag, or only with its own. */
  readonly tag: string | null;
  readonly description: string;
  /** What its kind needs: a folder, an address, the name of a variable that holds one. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The release that is read now; null where there is none. */
  readonly release: string | null;
  /** The file that declares it; null for one that was added by hand. */
  readonly declaredIn: string | null;
}

/** What a release may be called: it is a part of a path, and of the name of a folder. */
export function checkRelease(release: string, field: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/.test(release) || reservedParts.some((part) => part === release))
    throw new Fault('invalid_field', {
      field,
      found: release,
      expected: `a letter or digit, then at most 63 letters, digits or . _ + -, and none of ${reservedParts.join(', ')}`,
    });
  return release;
}

/** Which release a lock on this path is of; null where there is none. */
export function releaseOf(
  path: string,
  { kind, release }: { readonly kind: DatabaseKind; readonly release: string | null },
): string | null {
  const [, part] = path.split('/');
  if (kind !== 'files' || part === undefined || part === 'current') return release;
  return part === 'build' ? null : part;
}

/** The path under which readers of a database of releases hold one of them: publishing another does not touch it. */
export function readPath(path: string, kind: DatabaseKind, release: string | null): string {
  return kind === 'files' && release !== null && path === databaseOf(path) ? `${path}/${release}` : path;
}
