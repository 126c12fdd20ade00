import { abilityAlone, type JobClass, mayServe, roomOf } from '../../../core/dispatch/classes.ts';
import { byRank, isDue, type Ranked } from '../../../core/dispatch/rank.ts';
import type { LiveJob } from '../../../core/jobs/job.ts';
import { deny, offer, type Stay, type Step, start } from '../../../core/jobs/steps.ts';
import {
  attemptInHand,
  isForgone,
  reconcile as reconcileHeld,
  saidOfStarted,
} from '../../../core/leases/held.ts';
import type { OfferedLock } from '../../../core/locks/offered.ts';
import type { Claim, ClaimAnswer, OfferedJob } from '../../../ports/records/workers.ts';
import { applySteps } from '../apply-steps.ts';
import { documentFrom } from '../document.ts';
import { lockForJob } from '../locks/jobs.ts';
import { integer, liveOf, textOrNull } from '../rows.ts';
import type { Row, Script, Value } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { classById, knowProjects } from './know.ts';
import { tieAttempts } from './tie-inputs.ts';
import { type KnownWorker, mayStillRun, renewLease, workerOf } from './workers.ts';

/** So many classes whose jobs cannot have their locks get a ticket in one transaction: others do not wait long for it. */
const parkedAtOnce = 64;

export interface Claimed {
  readonly answer: ClaimAnswer;
  /** Whether there are classes that were not judged yet: to be asked again, where nothing is offered. */
  readonly unfinished: boolean;
}

/** Mends what worker and record disagree on, then hands out jobs by rank. */
export function* claimJobs(tx: Transaction, claim: Claim): Script<Claimed> {
  const worker = yield* workerOf(tx, claim.worker, claim.principal);
  const reconciled = yield* reconcile(tx, worker, claim);
  // A look that the server takes by itself is no sign of life: nothing is handed to a worker whose lease is over.
  if (claim.held !== null) yield* renewLease(tx, worker, false);
  const alive = claim.held !== null || (!worker.lost && worker.leaseEndsAt > tx.now);
  const waits = tx.counters.restoredAt !== null;
  const { offers, unfinished } =
    alive && !waits && claim.capacity > 0
      ? yield* handOut(tx, worker, claim)
      : { offers: [], unfinished: false };
  const { leaseMs } = tx.durations;
  const serves = alive ? abilityAlone(worker) : null;
  return { answer: { offers, ...reconciled, leaseMs, serves }, unfinished };
}

function* reconcile(
  tx: Transaction,
  worker: KnownWorker,
  claim: Claim,
): Script<Pick<ClaimAnswer, 'abandon' | 'cancel'>> {
  const lives = (yield* tx.select('list-held', worker.id)).map(liveOf);
  const cancel = lives
    .filter((live) => live.cancelRequestedAt !== null && live.state === 'running')
    .map(attemptInHand);
  if (claim.held === null) return { abandon: [], cancel };
  const listed = claim.held === 'started' ? null : claim.held;
  const named = new Map(listed?.map((held) => [`${held.attempt}@${held.epoch}`, held.state]));
  const steps: Step[] = [];
  const known = new Set<string>();
  for (const live of lives) {
    const key = `${attemptInHand(live)}@${live.epoch}`;
    if (!isForgone(live)) known.add(key);
    const state = listed === null ? saidOfStarted(live) : named.get(key);
    const step = reconcileHeld(live, state, { now: tx.now, chance: tx.chance.next() }, claim.seen);
    if (step !== null) steps.push(step);
  }
  yield* knowProjects(tx, lives);
  yield* applySteps(tx, steps);
  if (listed === null) return { abandon: [], cancel };
  const abandon = listed.filter(
    (held) => held.state !== 'finished' && !known.has(`${held.attempt}@${held.epoch}`),
  );
  return {
    abandon: abandon.map((held) => held.attempt),
    cancel: cancel.filter((attempt) => listed.some((held) => held.attempt === attempt)),
  };
}

function* handOut(
  tx: Transaction,
  worker: KnownWorker,
  claim: Claim,
): Script<{ readonly offers: readonly OfferedJob[]; readonly unfinished: boolean }> {
  let wanted = claim.capacity;
  let parkedInAll = 0;
  let epoch: number | null = null;
  const handed: LiveJob[] = [];
  const locked = new Map<number, readonly OfferedLock[]>();
  const asked = new Map<number, Row>();
  const allowed = new Map<string, boolean>();
  while (wanted > 0 && parkedInAll < parkedAtOnce) {
    const chosen = yield* choose(tx, worker, wanted);
    if (chosen.length === 0) break;
    yield* knowProjects(tx, chosen);
    // Read before anything is written: where answers are waited for, the writes are under way while offers are made.
    for (const row of yield* tx.select(
      'list-offered',
      chosen.map((live) => live.id),
    ))
      asked.set(integer(row.id), row);
    const denied: Step[] = [];
    const taken: Stay[] = [];
    const parked = new Set<number | null>();
    for (const live of chosen) {
      if (parked.has(live.classId)) continue;
      if (!(yield* ownerMay(tx, live, allowed))) {
        denied.push(deny(live));
        continue;
      }
      epoch ??= tx.nextEpoch();
      if (live.policy.locks === true) {
        const locks = yield* lockForJob(tx, live, epoch);
        if (locks === null) {
          parked.add(live.classId);
          continue;
        }
        locked.set(live.id, locks);
      }
      const to = { workerId: worker.id, epoch, offerMs: tx.durations.offerMs };
      const step = claim.startAtOnce === true ? start(live, to, tx.now) : offer(live, to, tx.now);
      taken.push(step);
      handed.push(step.live);
    }
    yield* applySteps(tx, taken, claim.startAtOnce === true ? 'jobs.started' : 'jobs.offered');
    if (claim.startAtOnce === true)
      yield* tieAttempts(
        tx,
        taken.map((step) => step.live),
      );
    yield* applySteps(tx, denied);
    wanted -= taken.length;
    parkedInAll += parked.size;
  }
  const offers: OfferedJob[] = [];
  for (const live of handed) {
    const offered = describe(tx, live, yield* classById(tx, live.classId ?? -1), asked.get(live.id) ?? {});
    const databases = locked.get(live.id);
    offers.push(databases === undefined ? offered : { ...offered, databases });
  }
  return { offers, unfinished: parkedInAll >= parkedAtOnce };
}

function* ownerMay(tx: Transaction, live: LiveJob, judged: Map<string, boolean>): Script<boolean> {
  const it = yield* classById(tx, live.classId ?? -1);
  const key = `${it.owner}\n${it.projectId}`;
  const known = judged.get(key);
  if (known !== undefined) return known;
  const verdict = yield* mayStillRun(tx, it.owner, it.projectId);
  judged.set(key, verdict);
  return verdict;
}

const classesAtOnce = 64;
const classesAtOnceMax = 1_024;

/**
 * The head of a class may lie so long before its first ready job: to mend it at each claim would be a write for each, of a
 * row of which PostgreSQL then keeps every version for as long as anybody has a transaction open.
 */
const headLagMs = 1_000;

/** A class that was looked at: where its head was said to be, and its first ready jobs. */
interface Looked {
  readonly classId: number;
  readonly head: Ranked;
  readonly ready: readonly LiveJob[];
  /** How many of them may be handed out. */
  readonly room: number;
  /** Whether its head may lie a little before its first ready job. */
  readonly mayLag: boolean;
}

/**
 * The `wanted` ready jobs of smallest rank among the classes that this worker may serve. Classes come in the order
 * of their heads, so the walk ends at the first head behind the last job chosen.
 */
function* choose(tx: Transaction, worker: KnownWorker, wanted: number): Script<readonly LiveJob[]> {
  let chosen: readonly LiveJob[] = [];
  const looked: Looked[] = [];
  let after = { rank: Number.MIN_SAFE_INTEGER, id: 0 };
  let atWork: ReadonlyMap<number, number> | null = null;
  let page = classesAtOnce;
  for (let done = false; !done; page = Math.min(page * 2, classesAtOnceMax)) {
    const heads = yield* tx.select('list-ready-classes', after.rank, after.id, page);
    done = heads.length < page;
    for (const row of heads) {
      after = { rank: integer(row.head), id: integer(row.head_job) };
      const last = chosen[wanted - 1];
      if (last !== undefined && byRank(last, after) < 0) {
        done = true;
        break;
      }
      const classId = integer(row.id);
      const it = yield* classById(tx, classId);
      if (!mayServe(worker, it)) continue;
      if (it.limit !== undefined) atWork ??= yield* countAtWork(tx);
      const room = roomOf(it, atWork?.get(classId) ?? 0);
      const isPlain = it.limit === undefined && it.locks === undefined;
      const ready = (yield* isPlain
        ? tx.select('list-ready-from', classId, after.rank, after.id, wanted + 1)
        : tx.select('list-ready-of-class', classId, wanted + 1)).map(liveOf);
      looked.push({ classId, head: after, ready, room, mayLag: isPlain });
      chosen = [...chosen, ...ranked(ready.slice(0, room), after.rank)].sort(byRank).slice(0, wanted);
    }
  }
  yield* mendHeads(tx, looked, new Set(chosen.map((live) => live.id)));
  return chosen;
}

/** The first job of a class whose turn for its locks has come goes before all others. */
function ranked(ready: readonly LiveJob[], head: number): readonly LiveJob[] {
  return isDue(head) ? ready.map((live, index) => (index === 0 ? { ...live, rank: head } : live)) : ready;
}

/** How many jobs of each class are with workers: asked for once, where a class has a limit. */
function* countAtWork(tx: Transaction): Script<ReadonlyMap<number, number>> {
  const rows = yield* tx.select('count-at-work');
  return new Map(rows.map((row) => [integer(row.class_id), integer(row.jobs)]));
}

/**
 * What stays ready in the classes looked at has a new head. An empty class has none, nor has one that is at its limit:
 * it gets one when a job of it leaves a worker’s hands.
 */
function* mendHeads(tx: Transaction, looked: readonly Looked[], chosen: ReadonlySet<number>): Script<void> {
  const heads: (readonly Value[])[] = [];
  for (const { classId, head, ready, room, mayLag } of looked) {
    const rest = ready.filter((live) => !chosen.has(live.id));
    if (isDue(head.rank ?? 0) && ready.length > 0 && rest.length === ready.length) continue;
    const first = room > ready.length - rest.length ? rest[0] : undefined;
    if (mayLag && first !== undefined && lags(head, first)) continue;
    if (first?.id !== head.id || first.rank !== head.rank)
      heads.push([classId, first?.rank ?? null, first?.id ?? null]);
  }
  yield* tx.write('set-heads', heads);
}

function lags(head: Ranked, first: Ranked): boolean {
  const lag = (first.rank ?? 0) - (head.rank ?? 0);
  return lag >= 0 && lag <= headLagMs;
}

function describe(tx: Transaction, live: LiveJob, { task, owner }: JobClass, row: Row): OfferedJob {
  return {
    attempt: attemptInHand(live),
    epoch: live.epoch ?? 0,
    jobId: live.id,
    project: tx.known.projectName(live.projectId),
    number: live.number,
    attemptNumber: live.state === 'offered' ? live.attempt + 1 : live.attempt,
    task,
    title: textOrNull(row.title),
    owner,
    leaseMs: live.state === 'offered' ? tx.durations.offerMs : tx.durations.leaseMs,
    document: documentFrom(row.body),
    projectDirectory: textOrNull(row.directory),
  };
}
