import { lose } from '../../../core/jobs/steps.ts';
import { outOfReach } from '../../../core/leases/held.ts';
import { firstEpoch, idsJump, numbersJump } from '../../../core/leases/incarnation.ts';
import { applySteps, reviveHeads } from '../apply-steps.ts';
import { passSleepers } from '../locks/jobs.ts';
import { integer, liveOf, text, textOrNull } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { knowProjects } from './know.ts';
import { restoreLocks } from './locks.ts';

/** More than anybody runs. */
const serversMax = 1_000;

/**
 * Makes a restored storage one of its own: nothing that was given since the backup is given again. `isSame`: it is the
 * same storage at another node, whose servers go on, with the key that they know.
 */
export function* startIncarnation(
  tx: Transaction,
  { isSame, replaced }: { readonly isSame: boolean; readonly replaced: number },
): Script<{ readonly incarnation: string; readonly taken: number }> {
  const incarnation = tx.chance.token(6);
  const known = isSame ? textOrNull((yield* tx.selectOne('find-signing-key'))?.signing_key) : null;
  const signingKey = known ?? tx.chance.token(32);
  tx.counters.epoch = firstEpoch(tx.now, Math.max(tx.counters.epoch, replaced));
  tx.counters.epochsFrom = tx.counters.epoch;
  tx.counters.restoredAt = tx.now;
  tx.counters.job += idsJump;
  yield* tx.write('start-incarnation', [[incarnation, tx.counters.epoch, signingKey, tx.now]]);
  yield* tx.write('jump-numbers', [[numbersJump]]);
  yield* tx.write('jump-numbers-of-new', [[numbersJump]]);
  yield* tx.write('jump-children', [[numbersJump]]);
  const held = yield* tx.select('list-all-held');
  const lives = [...held, ...(yield* tx.select('list-leased'))].map(liveOf);
  yield* knowProjects(tx, lives);
  const moment = { now: tx.now, chance: tx.chance.next() };
  yield* applySteps(
    tx,
    lives.flatMap((live) => (live.state === 'lost' ? [] : [outOfReach(lose(live, 'restored', moment))])),
  );
  yield* tx.write(
    'forget-epochs',
    lives.filter((live) => live.state === 'lost').map((live) => [live.id]),
  );
  yield* reviveHeads(
    tx,
    lives.flatMap((live) => live.classId ?? []),
  );
  const workers = (yield* tx.select('list-all-workers')).map((row) => integer(row.id));
  yield* tx.write(
    'lose-workers',
    workers.map((id) => [id]),
  );
  const servers = (yield* tx.select('list-servers', '', serversMax)).map((row) => [text(row.name)]);
  yield* tx.write('delete-servers', servers);
  yield* restoreLocks(tx);
  yield* passSleepers(tx);
  return { incarnation, taken: lives.length };
}
