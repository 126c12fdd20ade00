import { dueAt } from '../../core/jobs/place.ts';
import { due, lose } from '../../core/jobs/steps.ts';
import { extendedLease, leaseExtensionMs } from '../../core/leases/gap.ts';
import { restAfter } from '../../core/leases/incarnation.ts';
import { isTimeToForget } from '../../core/tasks/forgotten.ts';
import type { SweepReport } from '../../ports/storage.ts';
import { type Act, tell } from './act.ts';
import { endGraces } from './closures.ts';
import { endWaits } from './locks.ts';
import { applyAll } from './moves.ts';
import { extendServers, sweepServers } from './servers.ts';
import { endSilentSessions, extendSessions, trimSessions } from './sessions.ts';
import { unfinished } from './state.ts';
import { forgetTasks } from './tasks.ts';
import { inHandsOf, moment } from './workers.ts';

const answersKeptMs = 86_400_000;
const eventsKeptMs = 90 * 86_400_000;

/** Lets time act. Leases are extended by a gap first, so that nobody is lost for a silence of the servers. */
export function sweep(act: Act): SweepReport {
  const extendedMs = extendLeases(act);
  const { state, now, durations } = act;
  if (state.restoredAt !== null)
    state.restoredAt = restAfter(state.restoredAt, {
      now,
      extensionMs: extendedMs,
      leaseMs: durations.leaseMs,
    });
  const due = moveWhatIsDue(act);
  const lost = loseWorkers(act);
  endWaits(act);
  endSilentSessions(act);
  endGraces(act);
  sweepServers(act);
  if (isTimeToForget(act.state.sweptAt, act.now)) forgetTasks(act);
  trim(act);
  act.state.sweptAt = act.now;
  return { extendedMs, moved: due + lost.moved, lostWorkers: lost.workers };
}

function extendLeases(act: Act): number {
  const { sweptAt } = act.state;
  const extensionMs = leaseExtensionMs({ sweptAt, now: act.now, periodMs: act.durations.sweepMs });
  if (extensionMs === 0) return 0;
  const { leaseMs, offerMs } = act.durations;
  const later = (instant: number, ofMs: number): number =>
    extendedLease(instant, { extensionMs, now: act.now, leaseMs: ofMs });
  for (const worker of act.state.workers.values())
    if (worker.state === 'connected')
      act.state.workers.set(worker.id, { ...worker, leaseEndsAt: later(worker.leaseEndsAt, leaseMs) });
  extendSessions(act, extensionMs);
  extendServers(act, extensionMs);
  for (const { job, live } of unfinished(act.state)) {
    const offerEndsAt = live.offerEndsAt === null ? null : later(live.offerEndsAt, offerMs);
    const leaseEndsAt =
      live.leaseEndsAt === null || live.state === 'lost'
        ? live.leaseEndsAt
        : later(live.leaseEndsAt, job.run?.leaseMs ?? leaseMs);
    act.state.jobs.set(live.id, { ...job, live: { ...live, offerEndsAt, leaseEndsAt } });
  }
  return extensionMs;
}

/** One step of each job whose time has come, each judged as it stood when the sweep began. */
function moveWhatIsDue(act: Act): number {
  const steps = unfinished(act.state)
    .filter(({ live }) => (dueAt(live) ?? Number.POSITIVE_INFINITY) <= act.now)
    .flatMap(({ live }) => due(live, moment(act)) ?? []);
  applyAll(act, steps);
  return steps.length;
}

function loseWorkers(act: Act): { readonly moved: number; readonly workers: number } {
  const silent = [...act.state.workers.values()].filter(
    ({ state, leaseEndsAt }) => state === 'connected' && leaseEndsAt <= act.now,
  );
  let moved = 0;
  for (const worker of silent) {
    act.state.workers.set(worker.id, { ...worker, state: 'lost' });
    act.workers.add(worker.id);
    tell(act, 'worker.lost', null);
    const hands = inHandsOf(act.state, worker.id).filter(({ live }) => live.state !== 'lost');
    applyAll(
      act,
      hands.map(({ live }) => lose(live, 'lease_lost', moment(act))),
    );
    moved += hands.length;
  }
  return { moved, workers: silent.length };
}

function trim(act: Act): void {
  trimSessions(act);
  for (const [id, answer] of act.state.answers)
    if (answer.at < act.now - answersKeptMs) act.state.answers.delete(id);
  const kept = act.state.events.filter(({ at }) => at >= act.now - eventsKeptMs);
  act.state.trimmedTo += act.state.events.length - kept.length;
  act.state.events = kept;
}
