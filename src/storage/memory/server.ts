/** What the storage says of itself: which it is, how much there is in it, and what happened. */
import { priorityStepMs } from '../../core/dispatch/rank.ts';
import { Fault } from '../../core/faults.ts';
import type { EventPage, ListEvents, StorageIdentity, StorageStatus } from '../../ports/storage.ts';
import { countByState } from './jobs.ts';
import { type State, unfinished } from './state.ts';

export function identify(state: State): StorageIdentity {
  return {
    kind: 'memory',
    journal: null,
    incarnation: state.incarnation,
    schema: 1,
    lastEvent: state.lastSequence,
  };
}

export function status(state: State, now: number): StorageStatus {
  const jobs = countByState([...state.jobs.values()]);
  const readySince = unfinished(state).flatMap(({ live: { rank, priority } }) =>
    rank === null ? [] : [rank + priority * priorityStepMs],
  );
  return {
    ...identify(state),
    jobs,
    projects: [...state.projects.values()].filter(({ deleted }) => !deleted).length,
    workers: [...state.workers.values()].filter((worker) => worker.state === 'connected').length,
    oldestReadyMs: readySince.length === 0 ? null : now - Math.min(...readySince),
    locks: {
      granted: [...state.requests.values()].filter(({ epoch }) => epoch !== null).length,
      waiting: [...state.requests.values()].filter(({ epoch }) => epoch === null).length,
    },
  };
}

/** Looks through the events after a place until enough are selected; `upTo` is the last one looked at. */
export function listEvents(state: State, { after, limit, project }: ListEvents): EventPage {
  const { incarnation, trimmedTo, lastSequence } = state;
  if (after !== null && (after.incarnation !== incarnation || after.sequence < trimmedTo))
    throw new Fault('cursor_gone', { field: 'after', found: after.sequence });
  if (after !== null && after.sequence > lastSequence)
    throw new Fault('cursor_invalid', { field: 'after', expected: 'a cursor that this server gave' });
  const selected = state.events
    .filter((event) => event.sequence > (after?.sequence ?? 0))
    .filter((event) => project === null || event.project === project);
  const items = selected.slice(0, limit);
  const upTo = selected.length > limit ? items.at(-1)?.sequence : undefined;
  return {
    items,
    incarnation,
    upTo: upTo ?? Math.max(lastSequence, after?.sequence ?? 0),
    last: lastSequence,
  };
}
