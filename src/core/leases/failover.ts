/**
 * A database that went on at a node that was a standby before (PostgreSQL then begins another timeline). Whether anything
 * that was acknowledged is lost by that, nobody can see there. So it counts as lost, and a new incarnation begins, unless
 * commits waited for the standby; and even then if a server remembers to have acknowledged more than is there.
 */

/** How far the record had come. */
export interface Place {
  readonly event: number;
  readonly epoch: number;
  readonly clock: number;
}

/** The last commit that a server acknowledged. */
export interface Acknowledged extends Place {
  readonly incarnation: string;
  readonly timeline: number;
}

export interface Found {
  /** On which the database is now. */
  readonly timeline: number;
  readonly incarnation: string;
  readonly place: Place;
  /** On which the record was written last; null if it was never written down. */
  readonly written: number | null;
  /** Whether commits waited for a standby then. */
  readonly synchronous: boolean;
  /** How far the record had come when the timeline began on which it was written last. */
  readonly begun: Place | null;
}

/**
 * `stays`: nothing has changed; `goes_on`: elsewhere, with all there was; `begins_anew`: elsewhere, and some may be lost;
 * `is_of_before`: this is the old primary, on which nothing may be written any more.
 */
export type Failover = 'stays' | 'goes_on' | 'begins_anew' | 'is_of_before';

export function failoverOf(found: Found, acknowledged: Acknowledged | null): Failover {
  const { timeline, written, synchronous } = found;
  if (written === null) return 'goes_on';
  const mine = acknowledged?.incarnation === found.incarnation ? acknowledged : null;
  if (acknowledged !== null && timeline < acknowledged.timeline) return 'is_of_before';
  if (written !== timeline) {
    const isWhole = timeline > written && synchronous && !isBeyond(mine, found.place);
    return isWhole ? 'goes_on' : 'begins_anew';
  }
  const isOfBefore = mine !== null && mine.timeline !== timeline;
  return isOfBefore && isBeyond(mine, found.begun ?? found.place) ? 'begins_anew' : 'stays';
}

function isBeyond(one: Place | null, other: Place): boolean {
  return one !== null && (one.event > other.event || one.epoch > other.epoch || one.clock > other.clock);
}
