import { dueAt } from '../../../core/jobs/place.ts';
import { due, lose, type Step } from '../../../core/jobs/steps.ts';
import { extendedLease, leaseExtensionMs } from '../../../core/leases/gap.ts';
import { restAfter } from '../../../core/leases/incarnation.ts';
import { isTimeToForget } from '../../../core/tasks/forgotten.ts';
import type { SweepReport } from '../../../ports/storage.ts';
import { applySteps } from '../apply-steps.ts';
import { passSleepers } from '../locks/jobs.ts';
import { heldValues, integer, liveOf } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { knowProjects } from './know.ts';
import { sweepClosures, sweepWaits } from './locks.ts';
import { sweepServers } from './servers.ts';
import { sweepSessions } from './sessions.ts';
import { forgetTasks } from './tasks.ts';

const dayMs = 86_400_000;
const keepAnswersMs = dayMs;
const keepEventsMs = 90 * dayMs;
const atOnce = 1_000;

/** Lets time act; any server may run it, at start and ever after: there is no other recovery. */
export function* sweep(tx: Transaction): Script<SweepReport> {
  const swept = yield* tx.selectOne('find-sweep');
  const extendedMs = leaseExtensionMs({
    sweptAt: integer(swept?.swept_at),
    now: tx.now,
    periodMs: tx.durations.sweepMs,
  });
  yield* tx.write('set-sweep', [[tx.now]]);
  if (extendedMs > 0) {
    const wholeLease = tx.now + tx.durations.leaseMs;
    yield* tx.write('extend-worker-leases', [[extendedMs, wholeLease]]);
    yield* tx.write('extend-sessions', [[extendedMs, tx.now]]);
    yield* tx.write('extend-server-leases', [[extendedMs, wholeLease]]);
    yield* extendOffers(tx, extendedMs);
    yield* extendRuns(tx, extendedMs);
  }
  const handsOutAgain = yield* sweepRest(tx, extendedMs);
  yield* sweepWaits(tx);
  const moved = yield* sweepDue(tx);
  const lost = yield* sweepWorkers(tx);
  yield* sweepSessions(tx);
  yield* sweepClosures(tx, handsOutAgain);
  yield* sweepServers(tx);
  if (isTimeToForget(integer(swept?.swept_at), tx.now)) yield* forgetTasks(tx);
  yield* tx.write('trim-answers', [[tx.now - keepAnswersMs]]);
  yield* trimEvents(tx);
  return { extendedMs, moved: moved + lost.moved, lostWorkers: lost.workers };
}

/** After a restore: whether from this sweep on jobs and locks are handed out again. */
function* sweepRest(tx: Transaction, extensionMs: number): Script<boolean> {
  const before = tx.counters.restoredAt;
  if (before === null) return false;
  const after = restAfter(before, { now: tx.now, extensionMs, leaseMs: tx.durations.leaseMs });
  if (after === before) return false;
  tx.counters.restoredAt = after;
  yield* tx.write('set-restored-at', [[after]]);
  if (after === null) tx.wakeReady('any');
  return after === null;
}

function* extendOffers(tx: Transaction, extensionMs: number): Script<void> {
  const by = { extensionMs, now: tx.now, leaseMs: tx.durations.offerMs };
  const lives = (yield* tx.select('list-live-offers')).map(liveOf);
  yield* tx.write(
    'update-held',
    lives.map((live) => heldValues({ ...live, offerEndsAt: extendedLease(live.offerEndsAt ?? tx.now, by) })),
  );
}

/** The leases of recorded runs, which have no worker. */
function* extendRuns(tx: Transaction, extensionMs: number): Script<void> {
  const rows = yield* tx.select('list-leased');
  yield* tx.write(
    'set-run-lease',
    rows.flatMap((row) => {
      const live = liveOf(row);
      if (live.state !== 'running') return [];
      const by = { extensionMs, now: tx.now, leaseMs: integer(row.lease_ms) };
      const leaseEndsAt = extendedLease(live.leaseEndsAt ?? tx.now, by);
      return [[live.id, leaseEndsAt, dueAt({ ...live, leaseEndsAt }), live.epoch]];
    }),
  );
}

function* sweepDue(tx: Transaction): Script<number> {
  const lives = (yield* tx.select('list-due', tx.now, atOnce)).map(liveOf);
  yield* knowProjects(tx, lives);
  const steps: Step[] = [];
  for (const live of lives) {
    const step = due(live, { now: tx.now, chance: tx.chance.next() });
    if (step !== null) steps.push(step);
    if (live.workerId !== null) tx.wakeWorker(live.workerId);
  }
  yield* applySteps(tx, steps);
  return steps.length;
}

function* sweepWorkers(tx: Transaction): Script<{ readonly moved: number; readonly workers: number }> {
  const lost = (yield* tx.select('list-expired-workers', tx.now)).map((row) => integer(row.id));
  let moved = 0;
  for (const id of lost) {
    const lives = (yield* tx.select('list-held', id)).map(liveOf).filter((live) => live.state !== 'lost');
    yield* knowProjects(tx, lives);
    yield* applySteps(
      tx,
      lives.map((live) => lose(live, 'lease_lost', { now: tx.now, chance: tx.chance.next() })),
    );
    tx.record('worker.lost', null);
    moved += lives.length;
  }
  yield* tx.write(
    'lose-workers',
    lost.map((id) => [id]),
  );
  if (lost.length > 0) yield* passSleepers(tx);
  return { moved, workers: lost.length };
}

/** Drops the oldest events, a slice at a time, and remembers from where on the record is whole. */
function* trimEvents(tx: Transaction): Script<void> {
  const last = yield* tx.selectOne('find-event-to-trim', tx.now - keepEventsMs, atOnce);
  if (last === undefined || last.sequence === null) return;
  yield* tx.write('trim-events', [[integer(last.sequence)]]);
  yield* tx.write('set-events-from', [[integer(last.sequence)]]);
}
