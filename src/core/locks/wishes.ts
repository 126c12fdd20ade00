import { Fault } from '../faults.ts';
import { atLeast, type LockMode } from './modes.ts';
import { ancestorsOf, checkLockPath, covers } from './paths.ts';

export const lockKinds = ['shared', 'exclusive'] as const;
export type LockKind = (typeof lockKinds)[number];

/** One lock of a set, as it is asked for. */
export interface LockWish {
  readonly path: string;
  readonly mode: LockKind;
}

/** What a request holds, or waits for, on one path. */
export interface LockClaim {
  readonly path: string;
  readonly mode: LockMode;
}

export const locksAtOnceMax = 64;

/** A set as it is kept: paths in normal form, sorted, each once. */
export function checkLocks(wishes: readonly LockWish[], field: string): readonly LockWish[] {
  if (wishes.length === 0 || wishes.length > locksAtOnceMax)
    throw new Fault('invalid_field', {
      field,
      found: wishes.length,
      expected: `from 1 to ${locksAtOnceMax} locks`,
    });
  const set = new Map<string, LockWish>();
  wishes.forEach((wish, index) => {
    const path = checkLockPath(wish.path, `${field}[${index}].path`);
    const earlier = set.get(path);
    if (earlier !== undefined && earlier.mode !== wish.mode)
      throw new Fault('invalid_field', {
        field: `${field}[${index}].mode`,
        found: wish.mode,
        expected: `one mode for ${path}, which is asked for ${earlier.mode} in the same set`,
      });
    set.set(path, { path, mode: wish.mode });
  });
  return [...set.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** The same set with each path once, in the stronger of the modes that it is asked for; sorted by path. */
export function distinctLocks(wishes: readonly LockWish[]): readonly LockWish[] {
  const set = new Map<string, LockWish>();
  for (const wish of wishes) if (set.get(wish.path)?.mode !== 'exclusive') set.set(wish.path, wish);
  return [...set.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** A set as it is posted: each as a text, or as path and mode. */
export function readLocks(locks: readonly (string | LockWish)[], field: string): readonly LockWish[] {
  const wishes = locks.map((lock, index) =>
    typeof lock === 'string' ? readLockWish(lock, `${field}[${index}]`) : lock,
  );
  return checkLocks(wishes, field);
}

/** Reads `embl:shared` or `chado/curation:exclusive`; without a mode it is shared. */
export function readLockWish(written: string, field: string): LockWish {
  const [, path = written, mode = 'shared'] = /^(.*):([a-z]+)$/.exec(written) ?? [];
  if (!isLockKind(mode))
    throw new Fault('invalid_field', { field, found: mode, expected: 'shared or exclusive' });
  return { path: checkLockPath(path, field), mode };
}

export function writeLockWish({ path, mode }: LockWish): string {
  return `${path}:${mode}`;
}

function isLockKind(word: string): word is LockKind {
  return lockKinds.some((kind) => kind === word);
}

/** What a set holds on every path that it touches: itself, and intentions on all above. Sorted by path. */
export function expand(wishes: readonly LockWish[]): readonly LockClaim[] {
  const modes = new Map<string, LockMode>();
  const add = (path: string, mode: LockMode): void => {
    const there = modes.get(path);
    modes.set(path, there === undefined ? mode : atLeast(there, mode));
  };
  for (const { path, mode } of wishes) {
    add(path, mode === 'shared' ? 'S' : 'X');
    for (const above of ancestorsOf(path)) add(above, mode === 'shared' ? 'IS' : 'IX');
  }
  return [...modes]
    .map(([path, mode]) => ({ path, mode }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Whether who holds these locks may do what this one stands for. */
export function allows(held: readonly LockWish[], { path, mode }: LockWish): boolean {
  return held.some((lock) => covers(lock.path, path) && (lock.mode === 'exclusive' || mode === 'shared'));
}
