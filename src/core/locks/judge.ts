/**
 * The rule of locks. A request is a set, granted all together; it waits for everybody who holds what conflicts with it,
 * and for every live ticket before its own that does. So the order is strict: writers do not starve, and sets, which
 * hold nothing while they wait, cannot block each other in a circle.
 */
import { conflicts, type LockMode } from './modes.ts';
import type { LockClaim, LockWish } from './wishes.ts';

/** What some request holds, or waits for, on one path. */
export interface Standing {
  /** The place in the order of arrival; also names the request. */
  readonly ticket: number;
  readonly path: string;
  readonly mode: LockMode;
  readonly granted: boolean;
  /**
   * Of a waiting request, whether it blocks those behind it. That of a class of jobs sleeps while no connected worker
   * may serve the class.
   */
  readonly live: boolean;
}

export interface Obstacle {
  /** The path under which the request is parked until something changes there. */
  readonly path: string;
  readonly ticket: number;
}

/**
 * The first that stands in the way of these claims: by path, and on one path who holds before who waits. Null: they may
 * be granted. `ticket` is the request’s own place; one that has none yet comes last.
 */
export function obstacleTo(
  claims: readonly LockClaim[],
  ticket: number | null,
  standing: readonly Standing[],
): Obstacle | null {
  const place = ticket ?? Number.POSITIVE_INFINITY;
  for (const { path, mode } of claims) {
    let first: Standing | null = null;
    for (const other of standing) {
      if (other.path !== path || other.ticket === ticket || !conflicts(mode, other.mode)) continue;
      if (!other.granted && (!other.live || other.ticket > place)) continue;
      if (first === null || comesFirst(other, first)) first = other;
    }
    if (first !== null) return { path, ticket: first.ticket };
  }
  return null;
}

function comesFirst(one: Standing, other: Standing): boolean {
  return one.granted === other.granted ? one.ticket < other.ticket : one.granted;
}

/** All whom these claims wait for: by ticket, each once. */
export function blockersOf(
  claims: readonly LockClaim[],
  ticket: number | null,
  standing: readonly Standing[],
): readonly number[] {
  const place = ticket ?? Number.POSITIVE_INFINITY;
  const blockers = standing.filter(
    (other) =>
      other.ticket !== ticket &&
      (other.granted || (other.live && other.ticket < place)) &&
      claims.some((claim) => claim.path === other.path && conflicts(claim.mode, other.mode)),
  );
  return [...new Set(blockers.map((other) => other.ticket))].sort((one, other) => one - other);
}

/** The set with one lock of it weaker, or stronger. */
export function withMode(
  wishes: readonly LockWish[],
  path: string,
  mode: LockWish['mode'],
): readonly LockWish[] {
  return wishes.map((wish) => (wish.path === path ? { path, mode } : wish));
}
