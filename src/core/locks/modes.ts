/**
 * What a request holds, or waits for, on one path. IS and IX (intention) stand on the ancestors of a path that is
 * locked shared or exclusive; SIX is shared, and something below it is exclusive. So every conflict, also that of a
 * database with a schema in it, is a conflict on one and the same path.
 */
export const lockModes = ['IS', 'IX', 'S', 'SIX', 'X'] as const;
export type LockMode = (typeof lockModes)[number];

/** The textbook matrix of locks of several granularities (Gray and others, 1976). */
const compatible: Readonly<Record<LockMode, readonly LockMode[]>> = {
  IS: ['IS', 'IX', 'S', 'SIX'],
  IX: ['IS', 'IX'],
  S: ['IS', 'S'],
  SIX: ['IS'],
  X: [],
};

export function conflicts(one: LockMode, other: LockMode): boolean {
  return !compatible[one].includes(other);
}

export function modesAgainst(mode: LockMode): readonly LockMode[] {
  return lockModes.filter((other) => conflicts(mode, other));
}

/** The weakest mode that is at least as strong as both. */
export function atLeast(one: LockMode, other: LockMode): LockMode {
  if (one === other) return one;
  const both = [one, other].sort().join(' ');
  return joins[both] ?? 'X';
}

const joins: Readonly<Record<string, LockMode>> = {
  'IS IX': 'IX',
  'IS S': 'S',
  'IS SIX': 'SIX',
  'IX S': 'SIX',
  'IX SIX': 'SIX',
  'S SIX': 'SIX',
};
