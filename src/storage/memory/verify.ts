/** The facts of a verification. What the reference model keeps once cannot disagree with itself. */
import { childrenIn } from '../../core/jobs/gather.ts';
import { writeReference } from '../../core/jobs/reference.ts';
import { isFinal } from '../../core/jobs/states.ts';
import { expand } from '../../core/locks/wishes.ts';
import { type Facts, type JobFacts, type LockFacts, noFacts } from '../../core/verify/facts.ts';
import type { VerifyStorage } from '../../ports/records/verify.ts';
import { isOpen } from './sessions.ts';
import { childrenOf, isContainer, type State, type StoredJob, type StoredRequest } from './state.ts';

/** All of a part in one slice. */
export function lookAt(
  state: State,
  { part, after }: Parameters<VerifyStorage['lookAt']>[0],
): { readonly facts: Facts; readonly next: string | null } {
  if (after !== undefined) return { facts: noFacts, next: null };
  const requests = [...state.requests.values()];
  switch (part) {
    case 'jobs':
      return slice({ jobs: [...state.jobs.values()].map((job) => jobFacts(state, job, requests)) });
    case 'locks':
      return slice({ locks: requests.map((request) => lockFacts(state, request)) });
    case 'events':
      return slice({
        events: state.events.map((event, index) => ({
          event,
          before: state.events[index - 1]?.sequence ?? state.trimmedTo,
        })),
        moved: [...state.jobs.values()].map(({ record, live }) => ({
          ref: writeReference(record),
          state: live?.state ?? record.state,
          revision: live?.revision ?? record.revision,
        })),
        end: {
          found: state.events.at(-1)?.sequence ?? state.trimmedTo,
          expected: state.lastSequence,
        },
      });
    case 'counts':
      return slice({});
  }
}

function slice(facts: Partial<Facts>): { readonly facts: Facts; readonly next: null } {
  return { facts: { ...noFacts, ...facts }, next: null };
}

function jobFacts(state: State, job: StoredJob, requests: readonly StoredRequest[]): JobFacts {
  const { record, live, attempts } = job;
  const children = childrenOf(state, record).map((child) => child.live?.state ?? child.record.state);
  const counted = childrenIn(children.map((now) => [now, 1]));
  return {
    ref: writeReference(record),
    final: live === null && isFinal(record.state) ? record.state : null,
    attempts: record.attempts,
    live,
    tried: attempts.map(({ attempt, epoch, outcome }) => ({ attempt, epoch, outcome })),
    holdsLocks: requests.some(({ of }) => 'job' in of && of.job === record.id),
    children: isContainer(job) ? { counted, real: counted } : null,
  };
}

function lockFacts(state: State, { ticket, epoch, locks, of }: StoredRequest): LockFacts {
  const granted = epoch !== null;
  const claims = expand(locks).map((claim) => ({ ...claim, granted }));
  return { ticket, epoch, locks, claims, holder: holderOf(state, of) };
}

function holderOf(state: State, of: StoredRequest['of']): LockFacts['holder'] {
  if ('session' in of) {
    const session = state.sessions.get(of.session);
    return {
      kind: 'session',
      session: of.session,
      state: session === undefined ? 'missing' : isOpen(session) ? 'open' : 'ended',
    };
  }
  if ('job' in of) {
    const job = state.jobs.get(of.job);
    return {
      kind: 'job',
      ref: job === undefined ? null : writeReference(job.record),
      state: job?.live?.state ?? job?.record.state ?? null,
      epoch: job?.live?.epoch ?? null,
    };
  }
  if ('class' in of) return { kind: 'class' };
  return {
    kind: 'closure',
    database: of.database,
    ticket: state.databases.get(of.database)?.closure?.ticket ?? null,
  };
}
