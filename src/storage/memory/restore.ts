import { lose } from '../../core/jobs/steps.ts';
import { outOfReach } from '../../core/leases/held.ts';
import { firstEpoch, idsJump, numbersJump } from '../../core/leases/incarnation.ts';
import type { Act } from './act.ts';
import { renewClosures } from './closures.ts';
import { applyAll } from './moves.ts';
import { endSession, isOpen } from './sessions.ts';
import { unfinished } from './state.ts';
import { moment } from './workers.ts';

/** Makes a restored storage one of its own: nothing that was given since the backup is given again. */
export function startIncarnation(
  act: Act,
  replaced: number,
): { readonly incarnation: string; readonly taken: number } {
  const { state } = act;
  state.incarnation = act.chance.token(6);
  state.signingKey = act.chance.token(32);
  state.epoch = firstEpoch(act.now, Math.max(state.epoch, replaced));
  state.epochsFrom = state.epoch;
  state.restoredAt = act.now;
  state.lastJobId += idsJump;
  state.numbersFrom += numbersJump;
  for (const [name, project] of state.projects)
    state.projects.set(name, { ...project, given: project.given + numbersJump });
  for (const [id, job] of state.jobs) state.jobs.set(id, { ...job, given: job.given + numbersJump });
  state.trimmedTo = state.lastSequence;
  state.events = [];
  for (const session of state.sessions.values())
    if (isOpen(session)) endSession(act, session.id, 'restored', null);
  renewClosures(act);
  state.servers.clear();
  return { incarnation: state.incarnation, taken: takeFromWorkers(act) };
}

function takeFromWorkers(act: Act): number {
  const held = unfinished(act.state).filter(
    ({ live }) => live.workerId !== null || live.leaseEndsAt !== null,
  );
  const steps = held
    .filter(({ live }) => live.state !== 'lost')
    .map(({ live }) => outOfReach(lose(live, 'restored', moment(act))));
  applyAll(act, steps);
  for (const { job, live } of held)
    if (live.state === 'lost')
      act.state.jobs.set(live.id, { ...job, live: { ...live, epoch: null, workerId: null } });
  for (const worker of act.state.workers.values())
    act.state.workers.set(worker.id, { ...worker, state: 'lost' });
  return held.length;
}
