import { Fault } from '../faults.ts';

/** A lock’s path is a database, or something in it: `embl`, `chado/curation`, `nr/2026-10`. */
export const pathDepthMax = 8;
export const pathLengthMax = 255;
const databaseName = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;
const segment = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}._+-]{0,99}$/u;

/** What `path@release` and the parts of a database without a name of their own are called below it. */
export const reservedParts = ['build', 'current'] as const;

export function checkDatabaseName(name: string, field: string): string {
  if (!databaseName.test(name))
    throw new Fault('invalid_field', {
      field,
      found: name,
      expected: 'a letter or digit, then at most 99 letters, digits or . _ + -',
    });
  return name;
}

/** The path in normal form: `nr@2026-10` is written `nr/2026-10` from here on, and letters with accents are one character. */
export function checkLockPath(written: string, field: string): string {
  const composed = written.normalize('NFC');
  const pinned = /^([^/@]+)@([^/@]+)$/.exec(composed);
  const path = pinned === null ? composed : `${pinned[1]}/${pinned[2]}`;
  const parts = path.split('/');
  const [database = '', ...below] = parts;
  if (
    path.length > pathLengthMax ||
    parts.length > pathDepthMax ||
    !databaseName.test(database) ||
    !below.every((part) => segment.test(part))
  )
    throw new Fault('invalid_field', {
      field,
      found: written,
      expected: `a database, such as embl, or a path in it, such as chado/curation or nr@2026-10: at most ${pathDepthMax} parts of letters, digits or . _ + -, ${pathLengthMax} characters`,
    });
  return path;
}

export function databaseOf(path: string): string {
  const slash = path.indexOf('/');
  return slash === -1 ? path : path.slice(0, slash);
}

/** Those above it, the database first. */
export function ancestorsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Whether a lock on the one covers the other. */
export function covers(path: string, other: string): boolean {
  return other === path || other.startsWith(`${path}/`);
}

/** All paths below it lie from the first to before the second, in the order of their bytes, and no others do. */
export function below(path: string): readonly [string, string] {
  return [`${path}/`, `${path}0`];
}
