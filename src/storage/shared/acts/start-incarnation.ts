import { lose } from '../../../core/jobs/steps.ts';
import { outOfReach } from '../../../core/leases/held.ts';
import { applySteps, reviveHeads } from '../apply-steps.ts';
import { firstEpoch, idsJump, numbersJump } from '../incarnation.ts';
import { passSleepers } from '../locks/jobs.ts';
import { integer, liveOf } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { knowProjects } from './know.ts';
import { restoreLocks } from './locks.ts';

/** Makes a restored storage one of its own: nothing that was given since the backup is given again. */
export function* startIncarnation(
  tx: Transaction,
): Script<{ readonly incarnation: string; readonly taken: number }> {
  const incarnation = tx.chance.token(6);
  tx.counters.epoch = firstEpoch(tx.now, tx.counters.epoch);
  tx.counters.job += idsJump;
  yield* tx.write('start-incarnation', [[incarnation, tx.counters.epoch, tx.chance.token(32)]]);
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
  yield* restoreLocks(tx);
  yield* passSleepers(tx);
  return { incarnation, taken: lives.length };
}
