import type { JobClass } from '../../../core/dispatch/classes.ts';
import type { LiveJob } from '../../../core/jobs/job.ts';
import { type LockWait, namedHolders } from '../../../core/locks/holder.ts';
import { blockersOf, obstacleTo } from '../../../core/locks/judge.ts';
import { expand } from '../../../core/locks/wishes.ts';
import { lockRecords, standingOn } from '../locks/records.ts';
import { requestOf } from '../locks/requests.ts';
import { readDatabasesOf, resolveLocks } from '../locks/resolve.ts';
import { integer } from '../rows.ts';
import { type Script, select, selectOne } from '../script.ts';

/** Who keeps a ready job from its locks; null where nobody does. */
export function* lockWaitOf(live: LiveJob | null, it: JobClass | null): Script<LockWait | null> {
  if (live?.state !== 'ready' || live.classId === null || it?.locks === undefined) return null;
  const row = yield* selectOne('find-lock-of-class', live.classId);
  const ticket = row === undefined ? null : integer(row.ticket);
  const { locks, off } = resolveLocks(it.locks, yield* readDatabasesOf(it.locks));
  const claims = expand(locks);
  const standing = yield* standingOn(claims.map((claim) => claim.path));
  const path = off ?? obstacleTo(claims, ticket, standing)?.path;
  if (path === undefined) return null;
  const blockers = blockersOf(claims, ticket, standing);
  const records = yield* lockRecords((yield* select('list-locks-of-tickets', blockers)).map(requestOf));
  const inTheWay = records
    .filter(({ state, holder }) => state === 'granted' || holder.kind === 'closure')
    .map(({ holder }) => holder);
  return {
    path,
    isOff: off !== null,
    holders: namedHolders(inTheWay),
    holdersInAll: inTheWay.length,
    position: 1 + records.filter(({ state }) => state === 'waiting').length,
  };
}
