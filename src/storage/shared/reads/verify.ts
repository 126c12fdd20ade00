/** Slices of the record for a verification: each table is read by itself, and nothing is concluded here. */
import { countOf } from '../../../core/jobs/gather.ts';
import { attemptOutcomes, type Children } from '../../../core/jobs/job.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import { lockModes } from '../../../core/locks/modes.ts';
import type { LockWish } from '../../../core/locks/wishes.ts';
import {
  type Facts,
  type JobFacts,
  type LockFacts,
  type MovedFacts,
  noFacts,
  type VerifyPart,
} from '../../../core/verify/facts.ts';
import { childrenOf } from '../apply-steps.ts';
import { finalState, integer, integerOrNull, json, liveOf, oneOf, stateOf, text } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { numericKey, position, writeKey } from './position.ts';
import { eventOf } from './server.ts';

export interface Slice {
  readonly facts: Facts;
  readonly next: string | null;
}

interface Asked {
  readonly limit: number;
  readonly after?: string;
}

export function lookAt({ part, ...it }: Asked & { readonly part: VerifyPart }): Script<Slice> {
  return readers[part](it);
}

const readers: Readonly<Record<VerifyPart, (it: Asked) => Script<Slice>>> = {
  jobs: lookAtJobs,
  counts: lookAtCounts,
  locks: lookAtLocks,
  events: lookAtEvents,
};

function* lookAtJobs(it: Asked): Script<Slice> {
  const rows = yield* select('verify-jobs', numericKey(it.after), it.limit);
  const ids = rows.map((row) => integer(row.id));
  const lives = new Map((yield* select('list-live-by-id', ids)).map((row) => [integer(row.job_id), row]));
  const tried = Map.groupBy(yield* select('verify-attempts', ids), (row) => integer(row.job_id));
  const parents = rows.filter((row) => row.open !== null).map((row) => integer(row.id));
  const children = Map.groupBy(yield* select('verify-children', parents), (row) => integer(row.parent_id));
  const strays = it.after === undefined ? yield* select('verify-strays', it.limit) : [];
  const jobs = rows.map((row): JobFacts => {
    const id = integer(row.id);
    const live = lives.get(id);
    return {
      ref: writeReference({ project: text(row.project), number: text(row.number) }),
      final: row.state === null ? null : finalState(row.state),
      attempts: integer(row.attempts),
      live: live === undefined ? null : liveOf(live),
      tried: (tried.get(id) ?? []).map((attempt) => ({
        attempt: integer(attempt.attempt),
        epoch: integer(attempt.epoch),
        outcome: oneOf(attempt.outcome, attemptOutcomes),
      })),
      holdsLocks: row.ticket !== null,
      children: row.open === null ? null : { counted: childrenOf(row), real: realOf(children.get(id) ?? []) },
    };
  });
  return {
    facts: { ...noFacts, jobs, strays: strays.map((row) => integer(row.job_id)) },
    next: rows.length < it.limit ? null : writeKey(ids.at(-1) ?? 0),
  };
}

function realOf(rows: readonly Row[]): Children {
  const real = { open: 0, succeeded: 0, failed: 0, cancelled: 0 };
  for (const { state, jobs } of rows)
    real[state === null ? 'open' : countOf(stateOf(state))] += integer(jobs);
  return real;
}

/** One project a slice: its rows are counted. */
function* lookAtCounts(it: Asked): Script<Slice> {
  const project = yield* selectOne('verify-project', numericKey(it.after));
  if (project === undefined) return { facts: noFacts, next: null };
  const rows = yield* select('verify-counts', integer(project.id));
  const counts = rows.map((row) => ({
    project: text(project.name),
    state: finalState(row.state),
    counted: integer(row.counted),
    real: integer(row.real),
  }));
  return { facts: { ...noFacts, counts }, next: writeKey(integer(project.id)) };
}

function* lookAtLocks(it: Asked): Script<Slice> {
  const rows = yield* select('verify-locks', numericKey(it.after), it.limit);
  const tickets = rows.map((row) => integer(row.ticket));
  const claims = Map.groupBy(yield* select('verify-claims', tickets), (row) => integer(row.ticket));
  const locks = rows.map((row): LockFacts => {
    const ticket = integer(row.ticket);
    return {
      ticket,
      epoch: integerOrNull(row.epoch),
      locks: json<readonly LockWish[]>(row.locks),
      claims: (claims.get(ticket) ?? []).map((claim) => ({
        path: text(claim.path),
        mode: oneOf(claim.mode, lockModes),
        granted: claim.granted === 1,
      })),
      holder: holderOf(row),
    };
  });
  const held = locks.flatMap((lock) => lock.claims.filter(({ granted }) => granted));
  const paths = yield* select('verify-paths', [...new Set(held.map(({ path }) => path))]);
  return {
    facts: {
      ...noFacts,
      locks,
      paths: paths.map((row) => ({
        path: text(row.path),
        mode: oneOf(row.mode, lockModes),
        tickets: integer(row.tickets),
        ticket: integer(row.ticket),
      })),
    },
    next: rows.length < it.limit ? null : writeKey(tickets.at(-1) ?? 0),
  };
}

function holderOf(row: Row): LockFacts['holder'] {
  if (row.session_id !== null)
    return {
      kind: 'session',
      session: integer(row.session_id),
      state: row.session === null ? 'missing' : row.ended_at === null ? 'open' : 'ended',
    };
  if (row.job_id !== null)
    return {
      kind: 'job',
      ref:
        row.number === null ? null : writeReference({ project: text(row.project), number: text(row.number) }),
      state: row.number === null ? null : stateOf(row.live_state ?? row.state),
      epoch: integerOrNull(row.live_epoch),
    };
  if (row.database === null) return { kind: 'class' };
  return { kind: 'closure', database: text(row.database), ticket: integerOrNull(row.closure) };
}

function* lookAtEvents(it: Asked): Script<Slice> {
  const end = yield* position();
  const after = it.after === undefined ? end.from : numericKey(it.after);
  const events = (yield* select('list-events', after, it.limit)).map(eventOf);
  const numbers = new Map<string, Set<string>>();
  for (const { project, jobs } of events)
    for (const { ref } of jobs) {
      const number = ref.slice(ref.lastIndexOf('/') + 1);
      numbers.set(project ?? '', (numbers.get(project ?? '') ?? new Set()).add(number));
    }
  const moved: MovedFacts[] = [];
  for (const [project, wanted] of numbers)
    for (const row of yield* select('verify-moved', project, [...wanted]))
      moved.push({
        ref: writeReference({ project, number: text(row.number) }),
        state: stateOf(row.state),
        revision: integer(row.revision),
      });
  const last = events.at(-1)?.sequence ?? after;
  const isEnd = events.length < it.limit;
  return {
    facts: {
      ...noFacts,
      events: events.map((event, index) => ({ event, before: events[index - 1]?.sequence ?? after })),
      moved,
      end: isEnd ? { found: last, expected: end.sequence } : null,
    },
    next: isEnd ? null : writeKey(last),
  };
}
