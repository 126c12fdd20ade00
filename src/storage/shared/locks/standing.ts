import { mayServe, type WorkerAbility } from '../../../core/dispatch/classes.ts';
import { type Obstacle, obstacleTo, type Standing } from '../../../core/locks/judge.ts';
import { modesAgainst } from '../../../core/locks/modes.ts';
import { expand, type LockClaim, type LockWish } from '../../../core/locks/wishes.ts';
import { classById } from '../acts/know.ts';
import { json, text } from '../rows.ts';
import { type Row, type Script, select } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { claimOf } from './requests.ts';

/** What stands in the way of a set; `ticket` is its own place, null if it has none yet. */
export function* obstacle(
  tx: Transaction,
  locks: readonly LockWish[],
  ticket: number | null,
): Script<Obstacle | null> {
  const claims = expand(locks);
  const rows = yield* tx.select(...standingAgainst(claims, ticket));
  return obstacleTo(claims, ticket, yield* standingOf(tx, rows));
}

/** The selection of all that conflicts with these claims. */
export function standingAgainst(
  claims: readonly LockClaim[],
  ticket: number | null,
): [name: string, asked: readonly string[], leftOut: number] {
  const asked = claims.flatMap(({ path, mode }) => modesAgainst(mode).map((other) => `${other} ${path}`));
  return ['list-standing', [...new Set(asked)], ticket ?? 0];
}

/** What was selected so. A waiting class of jobs blocks others only while some connected worker may serve it. */
export function* standingOf(tx: Transaction, rows: readonly Row[]): Script<readonly Standing[]> {
  const standing: Standing[] = [];
  let workers: readonly WorkerAbility[] | null = null;
  for (const row of rows.map(claimOf)) {
    let live = true;
    if (row.classId !== null && !row.granted) {
      workers ??= yield* listAbilities();
      live = isServed(workers, yield* classById(tx, row.classId));
    }
    standing.push({ ...row, live });
  }
  return standing;
}

export function* listAbilities(): Script<readonly WorkerAbility[]> {
  return (yield* select('list-abilities')).map(abilityOf);
}

export function abilityOf(row: Row): WorkerAbility {
  return {
    principal: text(row.principal),
    tasks: json<string[]>(row.tasks),
    accept: json<string[]>(row.accept),
  };
}

export function isServed(workers: readonly WorkerAbility[], it: Parameters<typeof mayServe>[1]): boolean {
  return workers.some((worker) => mayServe(worker, it));
}
