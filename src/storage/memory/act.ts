import type { EventType, JobMoved, RecordedEvent } from '../../core/events/event.ts';
import { Fault } from '../../core/faults.ts';
import type { JobRecord } from '../../core/jobs/job.ts';
import { writeReference } from '../../core/jobs/reference.ts';
import type { Durations } from '../../core/leases/durations.ts';
import type { Chance } from '../../ports/clock.ts';
import type { Actor } from '../../ports/storage.ts';
import type { State } from './state.ts';

/** One act on a copy of the state. It is kept by taking the copy for the state, and refused by forgetting it. */
export interface Act {
  readonly state: State;
  readonly now: number;
  readonly chance: Chance;
  readonly durations: Durations;
  /** What happened, in order; becomes events when the act is kept. */
  readonly happened: Happening[];
  /** Workers that hold something they should look at. */
  readonly workers: Set<number>;
  /** Tickets that waited for locks when the act began, and wait no more. */
  readonly awaited: Set<number>;
  /** Tickets of classes of jobs whose turn has come in this act. */
  readonly called: Set<number>;
}

export interface Happening {
  readonly type: EventType;
  readonly project: string | null;
  readonly database: string | null;
  readonly job: JobMoved | null;
}

export function tell(act: Act, type: EventType, project: string | null): void {
  act.happened.push({ type, project, database: null, job: null });
}

export function tellOfDatabase(act: Act, type: EventType, database: string): void {
  act.happened.push({ type, project: null, database, job: null });
}

export function tellOfJob(act: Act, type: EventType, record: JobRecord): void {
  const { project, number, state, revision, trashedAt } = record;
  const moved = { ref: writeReference({ project, number }), state, revision };
  const job = trashedAt === null ? moved : ({ ...moved, trashed: true } as const);
  act.happened.push({ type, project, database: null, job });
}

/** One event for each type, project and database, numbered on without a gap. */
export function recordEvents(act: Act, actor: string): void {
  const groups = Map.groupBy(act.happened, ({ type, project, database }) =>
    JSON.stringify([type, project, database]),
  );
  const events = [...groups.values()].flatMap(([first, ...others]): RecordedEvent[] =>
    first === undefined
      ? []
      : [
          {
            sequence: ++act.state.lastSequence,
            at: act.now,
            type: first.type,
            project: first.project,
            database: first.database,
            actor,
            jobs: [first, ...others].flatMap(({ job }) => (job === null ? [] : [job])),
          },
        ],
  );
  act.state.events = [...act.state.events, ...events];
}

/** Does something once: the same key and digest give the first answer again, unless that cannot be repeated. */
export function once<T>(
  act: Act,
  by: Actor,
  body: () => T,
  repeated: (answer: T) => T = (answer) => answer,
): T {
  if (by.idempotency === undefined) return body();
  const { route, key, digest } = by.idempotency;
  const id = JSON.stringify([by.principal, route, key]);
  const earlier = act.state.answers.get(id);
  if (earlier === undefined) {
    const answer = body();
    act.state.answers.set(id, { digest, at: act.now, answer });
    return answer;
  }
  if (earlier.digest !== digest) throw new Fault('idempotency_conflict', { found: key });
  by.idempotency.replayed = true;
  return repeated(earlier.answer as T); // what the same route answered before
}
