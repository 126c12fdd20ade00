import { Fault } from '../../../core/faults.ts';
import { readAttempt } from '../../../core/jobs/reference.ts';
import { attemptInHand } from '../../../core/leases/held.ts';
import type { Hands, InHand } from '../../../ports/records/hands.ts';
import { integer, liveOf, oneOf, text } from '../rows.ts';
import { type Script, select, selectOne } from '../script.ts';

export function* listInHand(it: { readonly worker: number; readonly principal: string }): Script<Hands> {
  const worker = yield* selectOne('find-worker', it.worker);
  if (worker?.principal !== it.principal)
    throw new Fault('worker_unknown', { field: 'worker', found: it.worker.toString(36) });
  const rows = yield* select('list-in-hand', it.worker);
  const attempts = rows.map((row) => {
    const live = liveOf(row);
    return {
      attempt: attemptInHand(live),
      epoch: live.epoch ?? 0,
      project: text(row.project),
      number: live.number,
      state: oneOf<InHand['state']>(live.state, ['offered', 'running', 'lost']),
      cancelRequested: live.cancelRequestedAt !== null,
    };
  });
  return { capacity: integer(worker.capacity), attempts };
}

export function* lastOutput(attempt: string): Script<number | null> {
  const place = readAttempt(attempt);
  if (place === null) return null;
  const row = yield* selectOne('find-last-output', place.jobId, place.attempt);
  return row === undefined ? null : integer(row.sequence);
}
