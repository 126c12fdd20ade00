import { type Grant, mayDo } from '../../core/access/roles.ts';
import { abilityAlone, kindsOf, mayServe, roomOf } from '../../core/dispatch/classes.ts';
import { Fault } from '../../core/faults.ts';
import type { LiveJob } from '../../core/jobs/job.ts';
import { readAttempt, writeAttempt } from '../../core/jobs/reference.ts';
import { deny, offer, resume, type Step, start } from '../../core/jobs/steps.ts';
import {
  attemptInHand,
  isForgone,
  mayResume,
  needsRenewal,
  reconcile as reconcileHeld,
  saidOfStarted,
} from '../../core/leases/held.ts';
import { nameOfBefore, takesNameOver } from '../../core/leases/namesake.ts';
import { followProgress, saysNothing } from '../../core/tasks/progress.ts';
import type { Hands } from '../../ports/records/hands.ts';
import type { News } from '../../ports/records/waiting.ts';
import type {
  AttemptClaim,
  Claim,
  ClaimAnswer,
  ConfirmAnswer,
  HeldAttempt,
  OfferedJob,
  ProgressReport,
  RegisteredWorker,
  RenewAnswer,
  WorkerProfile,
  WorkerRecord,
} from '../../ports/records/workers.ts';
import type { Page } from '../../ports/storage.ts';
import { type Act, tell } from './act.ts';
import { lockForJob, rankForLocks } from './job-locks.ts';
import { settleLocks } from './locks.ts';
import { apply, applyAll } from './moves.ts';
import { byNumber, pageOf } from './pages.ts';
import {
  classOf,
  jobOf,
  projectNamed,
  type State,
  type StoredJob,
  type StoredWorker,
  unfinished,
} from './state.ts';
import { tieAttempt } from './ties.ts';

/** An unfinished job in the hands of a worker, and the attempt as the worker names it. */
interface InHand {
  readonly job: StoredJob;
  readonly live: LiveJob;
  readonly attempt: string;
}

export function registerWorker(act: Act, profile: WorkerProfile): RegisteredWorker {
  const { leaseMs } = act.durations;
  const known = workerBefore(act, profile);
  const { host = null, account = null, instance = null } = profile;
  const id = known?.id ?? Math.max(act.state.epochsFrom, ...act.state.workers.keys()) + 1;
  act.state.workers.set(id, {
    id,
    profile: { ...structuredClone(profile), host, account, instance },
    registeredAt: known?.registeredAt ?? act.now,
    leaseEndsAt: act.now + leaseMs,
    state: 'connected',
  });
  tell(act, 'worker.registered', null);
  return { worker: id, leaseMs, epoch: act.state.epoch };
}

/** The worker as it registered before; another that had its name, and is not at work any more, gives that up. */
function workerBefore({ state, now }: Act, profile: WorkerProfile): StoredWorker | undefined {
  const { principal, name, instance = null } = profile;
  const known = [...state.workers.values()].find(
    (worker) => worker.profile.principal === principal && worker.profile.name === name,
  );
  if (known === undefined) return undefined;
  const { id, leaseEndsAt, state: standing } = known;
  const { instance: before = null, host = null } = known.profile;
  const registered = { instance: before, host, leaseEndsAt, lost: standing === 'lost' };
  if (!takesNameOver(registered, instance, now)) return known;
  state.workers.set(id, { ...known, profile: { ...known.profile, name: nameOfBefore(name, id) } });
  return undefined;
}

export function claimJobs(act: Act, claim: Claim): ClaimAnswer {
  const worker = workerOf(act.state, claim.worker, claim.principal);
  if (claim.held !== null) {
    const lost = worker.state === 'lost';
    if (needsRenewal({ ...worker, lost }, act.now, act.durations.leaseMs)) renewLease(act, worker);
    reconcile(act, worker.id, claim.held, claim.seen ?? null);
    settleLocks(act);
  }
  const known = inHandsOf(act.state, worker.id);
  const abandon = (claim.held === 'started' ? [] : (claim.held ?? [])).filter(
    (held) => held.state !== 'finished' && !known.some((it) => isNamedBy(it, held) && !isForgone(it.live)),
  );
  const alive = isAlive(act, worker, claim);
  const waits = act.state.restoredAt !== null;
  return {
    offers: alive && !waits ? handOut(act, worker, claim.capacity, claim.startAtOnce ?? false) : [],
    abandon: abandon.map(({ attempt }) => attempt),
    cancel: toCancel(known),
    leaseMs: act.durations.leaseMs,
    serves: alive ? abilityAlone(worker.profile) : null,
  };
}

/** A look that the server takes by itself is no sign of life: nothing is handed to a worker whose lease is over. */
function isAlive(act: Act, worker: StoredWorker, claim: Claim): boolean {
  return claim.held !== null || (worker.state === 'connected' && worker.leaseEndsAt > act.now);
}

export function confirmAttempts(
  act: Act,
  params: { worker: number; principal: string; attempts: readonly AttemptClaim[] },
): ConfirmAnswer {
  const worker = workerOf(act.state, params.worker, params.principal);
  const start: string[] = [];
  const refused: ConfirmAnswer['refused'][number][] = [];
  for (const named of params.attempts) {
    const refusal = confirm(act, worker, named);
    if (refusal === null) start.push(named.attempt);
    else refused.push({ attempt: named.attempt, code: refusal });
  }
  return { start, refused };
}

export function renewAttempts(
  act: Act,
  params: { worker: number; principal: string; progress: readonly ProgressReport[] },
): RenewAnswer {
  const worker = workerOf(act.state, params.worker, params.principal);
  renewLease(act, worker);
  const lost = params.progress.filter((report) => !storeProgress(act, worker.id, report));
  return {
    leaseMs: act.durations.leaseMs,
    cancel: toCancel(inHandsOf(act.state, worker.id)),
    lost: lost.map(({ attempt }) => attempt),
  };
}

function workerOf(state: State, id: number, principal: string): StoredWorker {
  const worker = state.workers.get(id);
  if (worker === undefined || worker.profile.principal !== principal)
    throw new Fault('worker_unknown', { found: id });
  return worker;
}

/** What a worker has in its hands, for itself. */
export function listInHand(state: State, it: { worker: number; principal: string }): Hands {
  const worker = workerOf(state, it.worker, it.principal);
  const attempts = inHandsOf(state, worker.id).flatMap(({ job, live, attempt }) => {
    if (live.state !== 'offered' && live.state !== 'running' && live.state !== 'lost') return [];
    const { project, number } = job.record;
    const cancelRequested = live.cancelRequestedAt !== null;
    return [{ attempt, epoch: live.epoch ?? 0, project, number, state: live.state, cancelRequested }];
  });
  return { capacity: worker.profile.capacity, attempts };
}

export function newsFor(state: State, { workers }: { readonly workers: readonly number[] }): News {
  const ready = unfinished(state).filter(({ live }) => live.state === 'ready');
  return {
    ready: kindsOf(ready.map(({ live }) => classOf(state, live.classId ?? 0))),
    workers: workers.filter((worker) => toCancel(inHandsOf(state, worker)).length > 0),
  };
}

function renewLease(act: Act, worker: StoredWorker): void {
  const leaseEndsAt = act.now + act.durations.leaseMs;
  act.state.workers.set(worker.id, { ...worker, leaseEndsAt, state: 'connected' });
}

export function inHandsOf(state: State, workerId: number): readonly InHand[] {
  return unfinished(state)
    .filter(({ live }) => live.workerId === workerId)
    .map(({ job, live }) => ({ job, live, attempt: attemptInHand(live) }));
}

function isNamedBy({ live, attempt }: InHand, named: AttemptClaim): boolean {
  return attempt === named.attempt && live.epoch === named.epoch;
}

function toCancel(hands: readonly InHand[]): readonly string[] {
  return hands.filter(({ live }) => live.cancelRequestedAt !== null).map(({ attempt }) => attempt);
}

function reconcile(
  act: Act,
  workerId: number,
  held: readonly HeldAttempt[] | 'started',
  seen: number | null,
): void {
  const steps = inHandsOf(act.state, workerId).flatMap((it): readonly Step[] => {
    const said =
      held === 'started' ? saidOfStarted(it.live) : held.find((each) => isNamedBy(it, each))?.state;
    const step = reconcileHeld(it.live, said, moment(act), seen);
    return step === null ? [] : [step];
  });
  applyAll(act, steps);
}

export function moment(act: Act): { now: number; chance: number } {
  return { now: act.now, chance: act.chance.next() };
}

/** Looks at every ready job that the worker may serve, by rank; the epoch is one for all that it gets. */
function handOut(act: Act, worker: StoredWorker, capacity: number, atOnce: boolean): readonly OfferedJob[] {
  const { principal, tasks, accept } = worker.profile;
  const candidates = unfinished(act.state)
    .filter(({ live }) => live.state === 'ready' && live.classId !== null)
    .filter(({ live }) => mayServe({ principal, tasks, accept }, classOf(act.state, live.classId ?? 0)))
    .flatMap(({ job, live }) => {
      const rank = rankForLocks(act.state, live);
      return rank === null ? [] : [{ job, live, rank }];
    })
    .sort((a, b) => a.rank - b.rank || a.live.id - b.live.id);
  let epoch: number | null = null;
  const waiting = new Set<number | null>();
  const offers: OfferedJob[] = [];
  for (const { job, live } of candidates) {
    if (offers.length >= capacity) break;
    if (isFull(act.state, live.classId) || waiting.has(live.classId)) continue;
    if (!mayOwnerRun(act.state, job)) {
      apply(act, deny(live));
      continue;
    }
    epoch ??= ++act.state.epoch;
    const locks = lockForJob(act, live, epoch);
    if (locks === null) waiting.add(live.classId);
    else {
      const offered = handTo(act, worker.id, epoch, live, atOnce);
      offers.push(locks.length === 0 ? offered : { ...offered, databases: locks });
    }
  }
  return offers;
}

/** Whether as many jobs of the class are with workers as may be. */
function isFull(state: State, classId: number | null): boolean {
  return classId === null || roomOf(classOf(state, classId), atWorkOf(state, classId)) === 0;
}

/** How many jobs of the class are with workers. */
export function atWorkOf(state: State, classId: number): number {
  return unfinished(state).filter(({ live }) => live.classId === classId && live.workerId !== null).length;
}

function handTo(act: Act, workerId: number, epoch: number, live: LiveJob, atOnce: boolean): OfferedJob {
  const { leaseMs, offerMs } = act.durations;
  if (atOnce) begin(act, live, workerId, epoch);
  else apply(act, offer(live, { workerId, epoch, offerMs }, act.now), 'jobs.offered');
  const { record, document } = jobOf(act.state, live.id);
  return {
    attempt: writeAttempt(live.id, live.attempt + 1),
    epoch,
    jobId: live.id,
    project: record.project,
    number: record.number,
    attemptNumber: live.attempt + 1,
    task: record.task,
    title: record.title,
    owner: record.owner,
    leaseMs: atOnce ? leaseMs : offerMs,
    document,
    projectDirectory: projectNamed(act.state, record.project).project.directory,
  };
}

function begin(act: Act, live: LiveJob, workerId: number, epoch: number): void {
  const step = start(live, { workerId, epoch }, act.now);
  apply(act, step, 'jobs.started');
  tieAttempt(act, step.live, act.now);
}

/** Whether some token of the owner, expired or not, still allows to run jobs in the project. */
function mayOwnerRun(state: State, { record }: StoredJob): boolean {
  const grants: readonly Grant[] = [...state.tokens.values()].filter(
    (token) => token.principal === record.owner && token.use === 'token' && token.revokedAt === null,
  );
  return mayDo(grants, 'job.write', record.project);
}

/** Starts what is still this worker’s offer; otherwise says why not. */
function confirm(
  act: Act,
  worker: StoredWorker,
  named: AttemptClaim,
): ConfirmAnswer['refused'][number]['code'] | null {
  const attempt = readAttempt(named.attempt);
  if (attempt === null) return 'attempt_unknown';
  const job = act.state.jobs.get(attempt.jobId);
  if (job === undefined) return 'epoch_stale';
  const it = inHandsOf(act.state, worker.id).find((each) => isNamedBy(each, named));
  if (it === undefined) return 'epoch_stale';
  if (it.live.state === 'running') return null;
  if (isForgone(it.live)) return 'epoch_stale';
  if (mayResume(it.live)) {
    apply(act, resume(it.live));
    return null;
  }
  if (it.live.offerEndsAt !== null && it.live.offerEndsAt <= act.now) return 'epoch_stale';
  if (!mayOwnerRun(act.state, job)) {
    apply(act, deny(it.live));
    return 'forbidden';
  }
  begin(act, it.live, worker.id, named.epoch);
  return null;
}

/** Resumes the attempt if it was lost, and stores its progress; false if it is no longer the worker’s. */
function storeProgress(act: Act, workerId: number, report: ProgressReport): boolean {
  const it = inHandsOf(act.state, workerId).find((each) => isNamedBy(each, report));
  if (it === undefined || it.live.state === 'offered' || isForgone(it.live)) return false;
  if (mayResume(it.live)) apply(act, resume(it.live));
  if (saysNothing(report)) return true;
  const job = jobOf(act.state, it.live.id);
  const progress = followProgress(job.progress, report, act.now);
  act.state.jobs.set(it.live.id, { ...job, progress });
  return true;
}

export function listWorkers(
  state: State,
  params: { readonly limit: number; readonly after?: string },
): Page<WorkerRecord> {
  return pageOf(
    state,
    [...state.workers.values()],
    params,
    byNumber(({ id }) => id),
    ({ profile: { instance: _, ...profile }, ...worker }) => {
      const holding = inHandsOf(state, worker.id).length;
      return { ...profile, ...worker, holding };
    },
  );
}
