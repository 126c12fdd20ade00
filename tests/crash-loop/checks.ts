/** What must be true of a run when all is over, judged from the ledger and from what the servers say. Pure. */
import type { Attempt, Event, Job, JobState } from '@labkeep/client';
import { readCursor } from '../../src/core/events/cursor.ts';
import { isFinal } from '../../src/core/jobs/states.ts';
import type { LedgerLine } from './ledger.ts';
import type { Acknowledged } from './submitters.ts';

export type JudgedJob = Pick<Job, 'ref' | 'title' | 'state' | 'revision' | 'reason' | 'onLost' | 'locks'>;
export type JudgedAttempt = Pick<Attempt, 'attempt' | 'epoch' | 'outcome' | 'reason' | 'error'>;

export interface Record {
  readonly acknowledged: readonly Acknowledged[];
  /** All jobs of the project. */
  readonly jobs: readonly JudgedJob[];
  readonly attempts: ReadonlyMap<string, readonly JudgedAttempt[]>;
  /** From the first to the last. */
  readonly events: readonly Event[];
  /** As a client got them that was connected, and cut off, all the time. */
  readonly streamed: readonly Event[];
  readonly ledger: readonly LedgerLine[];
}

export interface Check {
  readonly name: string;
  /** Every case that breaks it; none if it holds. */
  readonly breaches: readonly string[];
}

/** Why an attempt may have failed in such a run: something of it was killed, or its command was to fail. */
const excuses = [
  ...['signal', 'exit_code', 'lease_lost', 'worker_stopped', 'worker_forgot', 'requested'],
  // The supervisor was killed before it had started the command.
  'not_started',
];

export function checkAll(record: Record): readonly Check[] {
  return [
    { name: 'every acknowledged job is there, and no other', breaches: missing(record) },
    { name: 'every job is final', breaches: unfinished(record) },
    { name: 'every job became final exactly once', breaches: endedTwice(record) },
    {
      name: 'a job that succeeded has one attempt that did, the others have none',
      breaches: doubled(record),
    },
    { name: 'what failed was killed, or was to fail', breaches: unexcused(record) },
    { name: 'the ledger has the end of each attempt that succeeded, once', breaches: unledgered(record) },
    { name: 'no attempt was started twice', breaches: startedTwice(record) },
    { name: 'no attempt ran beside another of its job', breaches: beside(record) },
    { name: 'nobody was let in beside a holder that is to be alone', breaches: overlapping(record) },
    { name: 'every start is on record', breaches: unknownStarts(record) },
    { name: 'the record of events has no gap', breaches: gaps(record.events) },
    { name: 'the events lead to the states that the jobs have', breaches: strayed(record) },
    {
      name: 'a client that was cut off again and again got every event, once, in order',
      breaches: streamedOtherwise(record),
    },
  ];
}

function missing({ acknowledged, jobs }: Record): string[] {
  const titles = new Map(jobs.map(({ ref, title }) => [ref, title]));
  const known = new Set(acknowledged.map(({ ref }) => ref));
  return [
    ...acknowledged
      .filter(({ ref, title }) => titles.get(ref) !== title)
      .map(({ ref, title }) => `${ref} (${title}) was acknowledged`),
    ...jobs
      .filter(({ ref }) => !known.has(ref))
      .map(({ ref, title }) => `${ref} (${title}) was never acknowledged`),
    ...repeated(jobs.map(({ title }) => title ?? '')).map((title) => `${title} was inserted twice`),
  ];
}

function unfinished({ jobs }: Record): string[] {
  return jobs.filter(({ state }) => !isFinal(state)).map(({ ref, state }) => `${ref} is ${state}`);
}

function endedTwice({ jobs, events }: Record): string[] {
  const ends = new Map<string, number>();
  const before = new Map<string, JobState>();
  for (const { ref, state } of events.flatMap((event) => event.jobs)) {
    if (isFinal(state) && before.get(ref) !== state) ends.set(ref, (ends.get(ref) ?? 0) + 1);
    before.set(ref, state);
  }
  return jobs
    .filter(({ ref }) => ends.get(ref) !== 1)
    .map(({ ref }) => `${ref} ended ${ends.get(ref) ?? 0} times`);
}

function doubled({ jobs, attempts }: Record): string[] {
  return jobs.flatMap(({ ref, state }) => {
    const succeeded = (attempts.get(ref) ?? []).filter(({ outcome }) => outcome === 'succeeded').length;
    const expected = state === 'succeeded' ? 1 : 0;
    return succeeded === expected ? [] : [`${ref} is ${state}, with ${succeeded} attempts that succeeded`];
  });
}

function unexcused({ jobs, attempts }: Record): string[] {
  const failed = jobs.filter(({ state }) => state !== 'succeeded');
  return failed.flatMap((job) => {
    const last = attempts.get(job.ref)?.at(-1);
    const reason = last?.reason ?? job.reason ?? 'none';
    return excuses.includes(reason)
      ? []
      : [`${job.ref} is ${job.state} for the reason ${reason}: ${last?.error ?? ''}`];
  });
}

function unledgered({ jobs, attempts, ledger }: Record): string[] {
  const ends = new Map<string, number>();
  for (const { ref, attempt, what } of ledger)
    if (what === 'end')
      ends.set(`${ref} ${numberAndEpoch(attempt)}`, (ends.get(`${ref} ${numberAndEpoch(attempt)}`) ?? 0) + 1);
  return jobs.flatMap(({ ref }) =>
    (attempts.get(ref) ?? [])
      .filter(({ outcome }) => outcome === 'succeeded')
      .map(({ attempt, epoch }) => `${ref} ${attempt}@${epoch}`)
      .filter((key) => ends.get(key) !== 1)
      .map((key) => `${key} succeeded, and ended ${ends.get(key) ?? 0} times in the ledger`),
  );
}

function startedTwice({ ledger }: Record): string[] {
  const starts = ledger.filter(({ what }) => what === 'start').map(({ ref, attempt }) => `${ref} ${attempt}`);
  return repeated(starts).map((key) => `${key} started twice`);
}

function beside({ ledger }: Record): string[] {
  return ledger.filter(({ what }) => what === 'beside').map(({ ref, attempt }) => `${ref} ${attempt}`);
}

interface Holding {
  readonly key: string;
  readonly epoch: number;
  readonly alone: boolean;
  readonly first: number;
  last: number;
}

/** By what the commands saw themselves, and by the order of their lines: holders that exclude each other come by epoch. */
function overlapping({ jobs, ledger }: Record): string[] {
  const seen = ledger
    .filter(({ what }) => what === 'overlap')
    .map(({ ref, attempt }) => `${ref} ${attempt} found another holder`);
  const paths = new Set(jobs.flatMap(({ locks }) => locks.map(({ path }) => path)));
  return [...seen, ...[...paths].flatMap((path) => outOfOrder(path, holdingsOf(path, jobs, ledger)))];
}

function holdingsOf(
  path: string,
  jobs: readonly JudgedJob[],
  ledger: readonly LedgerLine[],
): readonly Holding[] {
  const modes = new Map(jobs.map(({ ref, locks }) => [ref, locks.find((lock) => lock.path === path)?.mode]));
  const holdings = new Map<string, Holding>();
  for (const [index, { ref, attempt }] of ledger.entries()) {
    const mode = modes.get(ref);
    if (mode === undefined) continue;
    const key = `${ref} ${attempt}`;
    const known = holdings.get(key);
    const epoch = Number(attempt.slice(attempt.indexOf('@') + 1));
    if (known === undefined)
      holdings.set(key, { key, epoch, alone: mode === 'exclusive', first: index, last: index });
    else known.last = index;
  }
  return [...holdings.values()];
}

function outOfOrder(path: string, holdings: readonly Holding[]): string[] {
  const byEpoch = holdings.toSorted((one, other) => one.epoch - other.epoch);
  const breaches: string[] = [];
  let lastAlone: Holding | null = null;
  let last: Holding | null = null;
  for (const holding of byEpoch) {
    const before = holding.alone ? last : lastAlone;
    if (before !== null && before.last > holding.first)
      breaches.push(`${holding.key} held ${path} before ${before.key} had left it`);
    if (last === null || holding.last > last.last) last = holding;
    if (holding.alone && (lastAlone === null || holding.last > lastAlone.last)) lastAlone = holding;
  }
  return breaches;
}

/** A start is confirmed first, so it is on record; the attempt itself is not if it was handed back, uncounted. */
function unknownStarts({ jobs, attempts, events, ledger }: Record): string[] {
  const started = new Map<string, number>();
  for (const { type, jobs: moved } of events)
    if (type === 'jobs.started') for (const { ref } of moved) started.set(ref, (started.get(ref) ?? 0) + 1);
  const linesOf = Map.groupBy(ledger, ({ ref }) => ref);
  return jobs.flatMap(({ ref, onLost }) => {
    const starts = (linesOf.get(ref) ?? []).filter(({ what }) => what === 'start');
    const known = (attempts.get(ref) ?? []).map(({ attempt, epoch }) => `${attempt}@${epoch}`);
    const strange = starts.filter(
      ({ attempt }) => onLost !== 'retry' && !known.includes(numberAndEpoch(attempt)),
    );
    const confirmed = started.get(ref) ?? 0;
    return [
      ...strange.map(({ attempt }) => `${ref} ${attempt} is in the ledger only`),
      ...(starts.length > confirmed
        ? [`${ref} started ${starts.length} times, ${confirmed} times on record`]
        : []),
    ];
  });
}

function gaps(events: readonly Event[]): string[] {
  const sequences = events.map(({ cursor }) => readCursor(cursor, 'cursor').sequence);
  return sequences
    .flatMap((sequence, index) =>
      sequence === index + 1 ? [] : [`event ${index + 1} has the number ${sequence}`],
    )
    .slice(0, 3);
}

function strayed({ jobs, events }: Record): string[] {
  const told = new Map<string, { readonly state: JobState; readonly revision: number }>();
  const breaches: string[] = [];
  for (const { type, jobs: moved } of events) {
    for (const { ref, state, revision } of moved) {
      const before = told.get(ref);
      // A late report is recorded, and changes nothing.
      const isChange = type !== 'report.late';
      const isRight = isChange
        ? revision > (before?.revision ?? 0)
        : state === before?.state && revision === before.revision;
      if (!isRight)
        breaches.push(
          `${type} of ${ref}: ${state} (${revision}) after ${before?.state} (${before?.revision})`,
        );
      told.set(ref, { state, revision });
    }
  }
  for (const { ref, state, revision } of jobs) {
    const last = told.get(ref);
    if (last?.state !== state || last.revision !== revision)
      breaches.push(`${ref} is ${state} (${revision}), by its events ${last?.state} (${last?.revision})`);
  }
  return breaches;
}

function streamedOtherwise({ events, streamed }: Record): string[] {
  const [first] = streamed;
  if (first === undefined) return ['nothing was streamed'];
  const begin = events.findIndex(({ cursor }) => cursor === first.cursor);
  const expected = events.slice(begin);
  const wrong = expected.findIndex(
    (event, index) => JSON.stringify(event) !== JSON.stringify(streamed[index]),
  );
  if (begin >= 0 && wrong < 0 && streamed.length === expected.length) return [];
  return [
    `of ${expected.length} events ${streamed.length} were streamed; the first that differs is number ${wrong}`,
  ];
}

/** `2s-1@188` in the environment of a command; on record, attempt 1 of epoch 188. */
function numberAndEpoch(attempt: string): string {
  return attempt.slice(attempt.indexOf('-') + 1);
}

function repeated(texts: readonly string[]): string[] {
  const before = new Set<string>();
  return texts.filter((text) => {
    const isKnown = before.has(text);
    before.add(text);
    return isKnown;
  });
}
