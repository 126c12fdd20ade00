import { readAttempt } from '../../../core/jobs/reference.ts';
import { endedSo, notYours } from '../../../core/jobs/report.ts';
import { type Step, settle } from '../../../core/jobs/steps.ts';
import { attemptInHand } from '../../../core/leases/held.ts';
import { saysNothing } from '../../../core/tasks/progress.ts';
import type { FinishedAttempt, FinishResult } from '../../../ports/records/workers.ts';
import { applySteps } from '../apply-steps.ts';
import { text, textOrNull } from '../rows.ts';
import type { Script, Value } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { addNumbers } from './annotations.ts';
import { livesOf } from './confirm.ts';
import { keepLate, type Late } from './keep-late.ts';
import { insertFiles, type NewFiles } from './place-files.ts';
import { progressRow } from './renew.ts';

export interface Finish {
  readonly principal: string;
  readonly attempts: readonly FinishedAttempt[];
}

/** Ends attempts. What carries an old epoch is kept as a late report and changes nothing. */
export function* finishAttempts(
  tx: Transaction,
  { principal, attempts }: Finish,
): Script<readonly FinishResult[]> {
  const lives = yield* livesOf(tx, attempts);
  const steps: Step[] = [];
  const files: NewFiles[] = [];
  const returned: (readonly Value[])[] = [];
  const found = new Map<number, Readonly<Record<string, number>>>();
  const progress: (readonly Value[])[] = [];
  const late: Late[] = [];
  const results: FinishResult[] = [];
  const settled = new Map<string, FinishedAttempt['outcome']>();
  for (const report of attempts) {
    const place = readAttempt(report.attempt);
    const live = place === null ? undefined : lives.get(place.jobId);
    const current =
      live !== undefined &&
      live.workerId !== null &&
      live.epoch === report.epoch &&
      attemptInHand(live) === report.attempt;
    const key = `${report.attempt}@${report.epoch}`;
    if (place === null) results.push({ attempt: report.attempt, applied: false, code: 'attempt_unknown' });
    else if (settled.get(key) === report.outcome)
      results.push({ attempt: report.attempt, applied: true, code: null });
    else if (!current) {
      results.push(yield* judgeLate(tx, principal, report, place));
      const code = results[results.length - 1]?.code;
      if (code === 'epoch_stale' || code === 'incarnation_stale')
        late.push({ ...place, epoch: report.epoch, outcome: report.outcome, body: report });
    } else {
      if ((yield* principalOf(tx, live.workerId ?? 0)) !== principal) throw notYours(report.attempt);
      if (live.state === 'offered' && report.outcome !== 'returned') {
        results.push({ attempt: report.attempt, applied: false, code: 'state_conflict' });
        continue;
      }
      steps.push(settle(live, report, { now: tx.now, chance: tx.chance.next() }));
      settled.set(key, report.outcome);
      lives.delete(live.id);
      if (live.state !== 'offered' && report.outcome === 'returned') returned.push([live.id, live.attempt]);
      else if (live.state !== 'offered') {
        const made = { attempt: live.attempt, at: tx.now };
        files.push({ jobId: live.id, role: 'output', files: report.outputs, made });
        if (report.progress !== undefined && !saysNothing(report.progress))
          progress.push(progressRow(tx, live.id, report.progress));
        if (report.numbers !== undefined) found.set(live.id, report.numbers);
      }
      results.push({ attempt: report.attempt, applied: true, code: null });
    }
  }
  yield* insertFiles(tx, files);
  yield* tx.write('set-progress', progress);
  yield* addNumbers(tx, found);
  // The next attempt has the number of the one that was returned: nothing of this may stay in its way.
  yield* tx.write('delete-log', returned);
  yield* tx.write('delete-log-size', returned);
  yield* applySteps(tx, steps);
  yield* keepLate(tx, late);
  return results;
}

function* principalOf(tx: Transaction, workerId: number): Script<string> {
  const known = tx.known.workerPrincipal(workerId);
  if (known !== undefined) return known;
  const principal = text((yield* tx.selectOne('find-worker', workerId))?.principal);
  tx.known.rememberPrincipal(workerId, principal);
  return principal;
}

/** A report that came twice is answered as before; any other is late. */
function* judgeLate(
  tx: Transaction,
  principal: string,
  report: FinishedAttempt,
  place: { readonly jobId: number; readonly attempt: number },
): Script<FinishResult> {
  const before = report.epoch <= tx.counters.epochsFrom;
  const job = yield* tx.selectOne('find-job-by-id', place.jobId);
  if (job === undefined)
    return {
      attempt: report.attempt,
      applied: false,
      code: before ? 'incarnation_stale' : 'attempt_unknown',
    };
  const ended = yield* tx.selectOne('find-attempt', place.jobId, place.attempt);
  if (ended?.epoch === report.epoch && ended.principal !== null && ended.principal !== principal)
    throw notYours(report.attempt);
  if (ended?.epoch !== report.epoch && !(yield* mayHaveHeld(tx, principal, place.jobId, text(job.owner))))
    return { attempt: report.attempt, applied: false, code: 'forbidden' };
  const repeated = ended?.epoch === report.epoch && endedSo(textOrNull(ended.outcome), report.outcome);
  return repeated
    ? { attempt: report.attempt, applied: true, code: null }
    : { attempt: report.attempt, applied: false, code: before ? 'incarnation_stale' : 'epoch_stale' };
}

/** Whether a worker of this principal can have had the job: its owner's, or one that tried it. */
function* mayHaveHeld(tx: Transaction, principal: string, jobId: number, owner: string): Script<boolean> {
  if (owner === principal) return true;
  return (yield* tx.selectOne('find-holder', jobId, principal)) !== undefined;
}
