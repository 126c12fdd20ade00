/** What must hold between the tables of a record, and in words what does not. Pure; nothing is mended. */
import { isFinal } from '../jobs/states.ts';
import { conflicts } from '../locks/modes.ts';
import { expand } from '../locks/wishes.ts';
import type { CountFacts, EventFacts, Facts, JobFacts, LockFacts, MovedFacts, PathFacts } from './facts.ts';

export const checks = {
  job_state: 'a job is final, or has one row among the unfinished',
  job_hands: 'a job is with a worker, under an epoch, exactly while its state says so',
  job_rank: 'exactly the ready jobs have a rank',
  attempts: 'attempts are numbered without a gap, and their epochs rise',
  outcome: 'a job that succeeded has one attempt that did, the last, or one that was lost; no other has one',
  children: 'a job without work of its own has counted its children rightly',
  counts: 'a project has counted its ended jobs rightly',
  lock_holder: 'whoever holds or waits for locks is there',
  lock_claims: 'what a request holds on each path is what it was granted',
  lock_alone: 'no two hold what excludes one another',
  lock_missing: 'a job that asks for locks holds them while it is with a worker',
  event_gap: 'events are numbered without a gap, up to the last that was given',
  event_state: 'a job is in the state in which the last event of its revision left it',
} as const;
export type Check = keyof typeof checks;

export interface Flaw {
  readonly check: Check;
  /** What is not as it must be: a job, a project, a path, a lock, an event. */
  readonly subject: string;
  readonly found: string;
  readonly expected: string;
}

/** All that is wrong in a slice of the record. */
export function judgeFacts(facts: Facts): readonly Flaw[] {
  return [
    ...facts.jobs.flatMap(judgeJob),
    ...facts.strays.map((id) =>
      flaw('job_state', `unfinished row ${id}`, 'no job of this id', 'a job to which it belongs'),
    ),
    ...facts.counts.flatMap(judgeCount),
    ...facts.locks.flatMap(judgeLock),
    ...judgePaths(facts.paths),
    ...facts.events.flatMap(judgeEvent),
    ...judgeMoves(facts.events, facts.moved),
    ...(facts.end === null || facts.end.found === facts.end.expected
      ? []
      : [flaw('event_gap', 'the last event', `number ${facts.end.found}`, `number ${facts.end.expected}`)]),
  ];
}

function judgeJob(job: JobFacts): readonly Flaw[] {
  return [...judgePlace(job), ...judgeHands(job), ...judgeAttempts(job), ...judgeChildren(job)];
}

function judgePlace({ ref, final, live }: JobFacts): readonly Flaw[] {
  if (final !== null && live !== null)
    return [flaw('job_state', ref, `${final}, and unfinished as ${live.state}`, 'one of both')];
  if (final === null && live === null)
    return [flaw('job_state', ref, 'neither an end nor a row among the unfinished', 'one of both')];
  return [];
}

function judgeHands({ ref, live, holdsLocks }: JobFacts): readonly Flaw[] {
  if (live === null) return [];
  const { state, epoch, workerId, rank, policy } = live;
  const flaws: Flaw[] = [];
  const isHeld = epoch !== null || workerId !== null;
  const told = `${state}, epoch ${epoch ?? 'none'}, worker ${workerId ?? 'none'}`;
  if ((state === 'draft' || state === 'waiting' || state === 'ready') && isHeld)
    flaws.push(flaw('job_hands', ref, told, 'neither worker nor epoch'));
  if (state === 'offered' && (epoch === null || workerId === null))
    flaws.push(flaw('job_hands', ref, told, 'a worker and an epoch'));
  // A job without work of its own runs by its children; one that is recorded has an epoch, and no worker.
  if (state === 'running' && live.classId !== null && epoch === null)
    flaws.push(flaw('job_hands', ref, told, 'an epoch'));
  if ((rank !== null) !== (state === 'ready'))
    flaws.push(
      flaw(
        'job_rank',
        ref,
        `${state}, ${rank === null ? 'without a rank' : 'with a rank'}`,
        state === 'ready' ? 'a rank' : 'none',
      ),
    );
  if (
    policy.locks === true &&
    (state === 'offered' || state === 'running') &&
    workerId !== null &&
    !holdsLocks
  )
    flaws.push(flaw('lock_missing', ref, `${state}, without its locks`, 'the locks that it asks for'));
  return flaws;
}

function judgeAttempts({ ref, final, attempts, live, tried }: JobFacts): readonly Flaw[] {
  const flaws: Flaw[] = [];
  let last = 0;
  for (const [index, { attempt, epoch }] of tried.entries()) {
    if (attempt !== index + 1)
      flaws.push(flaw('attempts', ref, `attempt ${attempt} in place ${index + 1}`, 'numbers without a gap'));
    // Epoch 0 is of an attempt that was lost by a restore.
    if (epoch !== 0 && epoch <= last)
      flaws.push(flaw('attempts', ref, `epoch ${epoch} after ${last}`, 'epochs that rise'));
    last = Math.max(last, epoch);
  }
  const underWay = live?.state === 'running' || live?.state === 'lost' ? 1 : 0;
  const expected = live === null ? attempts : live.attempt - underWay;
  const hasNone = live !== null && live.classId === null;
  if (!hasNone && tried.length !== expected)
    flaws.push(flaw('attempts', ref, `${tried.length} that have ended`, `${expected}`));
  if (live?.epoch != null && live.epoch <= last)
    flaws.push(flaw('attempts', ref, `epoch ${live.epoch} after ${last}`, 'epochs that rise'));
  const good = tried.filter(({ outcome }) => outcome === 'succeeded');
  const isGood = final === 'succeeded' && attempts > 0;
  const lastOutcome = tried.at(-1)?.outcome;
  // Of a lost attempt a person may have said that it succeeded.
  const isExplained = isGood && good.length === 0 ? lastOutcome === 'lost' : good.length === (isGood ? 1 : 0);
  if (!isExplained || (good.length > 0 && lastOutcome !== 'succeeded'))
    flaws.push(
      flaw(
        'outcome',
        ref,
        `${final ?? live?.state}, attempts ${tried.map(({ outcome }) => outcome).join(', ') || 'none'}`,
        checks.outcome,
      ),
    );
  return flaws;
}

function judgeChildren({ ref, children }: JobFacts): readonly Flaw[] {
  if (children === null) return [];
  const { counted, real } = children;
  const text = (it: typeof real): string =>
    `${it.open} open, ${it.succeeded} succeeded, ${it.failed} failed, ${it.cancelled} cancelled`;
  return text(counted) === text(real) ? [] : [flaw('children', ref, text(counted), text(real))];
}

function judgeCount({ project, state, counted, real }: CountFacts): readonly Flaw[] {
  return counted === real
    ? []
    : [flaw('counts', project, `${counted} ${state}`, `${real}, as many as there are`)];
}

function judgeLock({ ticket, epoch, locks, claims, holder }: LockFacts): readonly Flaw[] {
  const flaws: Flaw[] = [];
  const subject = `lock ${ticket.toString(36)}`;
  const missing = missingHolder(holder, ticket, epoch);
  if (missing !== null) flaws.push(flaw('lock_holder', subject, missing, 'a holder that is there'));
  if (claims.some(({ granted }) => granted !== (epoch !== null)))
    flaws.push(
      flaw(
        'lock_claims',
        subject,
        epoch === null ? 'waiting, with paths that it holds' : 'granted, with paths for which it waits',
        'one of both',
      ),
    );
  const name = (it: { readonly path: string; readonly mode: string }): string => `${it.path} ${it.mode}`;
  const expected = expand(locks).map(name).sort().join(', ');
  const found = claims.map(name).sort().join(', ');
  if (epoch !== null && found !== expected)
    flaws.push(flaw('lock_claims', subject, found || 'nothing', expected));
  return flaws;
}

function missingHolder(holder: LockFacts['holder'], ticket: number, epoch: number | null): string | null {
  switch (holder.kind) {
    case 'session':
      return holder.state === 'open' ? null : `session ${holder.session.toString(36)} is ${holder.state}`;
    case 'job':
      if (holder.ref === null) return 'a job that is not there';
      if (holder.state === null || isFinal(holder.state)) return `${holder.ref} has ended`;
      return holder.epoch === epoch ? null : `${holder.ref} has the epoch ${holder.epoch}, not ${epoch}`;
    case 'class':
      return epoch === null ? null : 'a class of jobs, which only waits';
    case 'closure':
      return holder.ticket === ticket ? null : `${holder.database} is not closed by it`;
  }
}

function judgePaths(paths: readonly PathFacts[]): readonly Flaw[] {
  return paths.flatMap((one, index) =>
    paths.slice(index).flatMap((other) => {
      if (one.path !== other.path || !conflicts(one.mode, other.mode)) return [];
      const isOne = one.tickets === 1 && other.tickets === 1 && one.ticket === other.ticket;
      return isOne
        ? []
        : [flaw('lock_alone', one.path, `${holdersOf(one)} and ${holdersOf(other)}`, 'one of both')];
    }),
  );
}

function holdersOf({ mode, tickets, ticket }: PathFacts): string {
  const first = `lock ${ticket.toString(36)} in ${mode}`;
  return tickets === 1 ? first : `${first} with ${tickets - 1} more`;
}

function judgeEvent({ event, before }: EventFacts): readonly Flaw[] {
  return event.sequence === before + 1
    ? []
    : [
        flaw(
          'event_gap',
          `event ${event.sequence}`,
          `comes after ${before}`,
          `comes after ${event.sequence - 1}`,
        ),
      ];
}

function judgeMoves(events: readonly EventFacts[], moved: readonly MovedFacts[]): readonly Flaw[] {
  const now = new Map(moved.map((job) => [job.ref, job]));
  return events.flatMap(({ event }) =>
    event.jobs.flatMap(({ ref, state, revision }) => {
      const job = now.get(ref);
      if (job === undefined || job.revision > revision) return [];
      if (job.revision === revision && job.state === state) return [];
      return [
        flaw(
          'event_state',
          ref,
          `${job.state}, revision ${job.revision}`,
          `${state}, revision ${revision}, as event ${event.sequence} tells`,
        ),
      ];
    }),
  );
}

function flaw(check: Check, subject: string, found: string, expected: string): Flaw {
  return { check, subject, found, expected };
}
