/**
 * What must be true when all is over, judged from a ledger that the work itself wrote and from what the server says.
 * Pure, and without a rule of the product: only what anybody may expect who hands in a job.
 */
import type { AttemptList, Event, Job, JobState } from '@labkeep/client';
import type { LedgerLine } from './ledger.ts';

export interface Facts {
  /** By title: how often the submission was acknowledged. */
  readonly acknowledged: readonly string[];
  /** All jobs of the project. */
  readonly jobs: readonly Job[];
  readonly attempts: ReadonlyMap<string, AttemptList>;
  /** From the first to the last. */
  readonly events: readonly Event[];
  readonly ledger: readonly LedgerLine[];
}

const final: readonly JobState[] = ['succeeded', 'failed', 'cancelled', 'expired', 'denied'];

/** Every case that breaks what must be true; none if all holds. */
export function judge(facts: Facts): readonly string[] {
  return [
    ...lostOrDoubled(facts),
    ...facts.jobs.filter(({ state }) => !final.includes(state)).map(({ ref, state }) => `${ref} is ${state}`),
    ...facts.jobs.flatMap((job) => unexplained(job, facts)),
    ...facts.jobs.flatMap((job) => startedWrongly(job, facts)),
    ...strayed(facts),
  ];
}

function lostOrDoubled({ acknowledged, jobs }: Facts): readonly string[] {
  const titles = jobs.map(({ title }) => title ?? '');
  const lost = acknowledged.filter((title) => !titles.includes(title)).map((title) => `${title} was lost`);
  const doubled = titles
    .filter((title, index) => titles.indexOf(title) !== index)
    .map((title) => `${title} is there twice`);
  return [...lost, ...doubled];
}

/** Every end is that of its last attempt, and success is what the ledger has too. */
function unexplained(job: Job, { attempts, ledger }: Facts): readonly string[] {
  const { ref, state, reason } = job;
  const tried = attempts.get(ref)?.items ?? [];
  const last = tried.at(-1);
  const wrong: string[] = [];
  const succeeded = tried.filter(({ outcome }) => outcome === 'succeeded');
  if (state === 'succeeded' && (succeeded.length !== 1 || last?.outcome !== 'succeeded'))
    wrong.push(`${ref} succeeded, its attempts: ${tried.map(({ outcome }) => outcome).join(', ')}`);
  if (state !== 'succeeded' && succeeded.length > 0)
    wrong.push(`${ref} is ${state}, and an attempt succeeded`);
  if (state === 'failed' && (last === undefined || last.reason !== reason))
    wrong.push(`${ref} failed (${reason}), its last attempt for ${last?.reason ?? 'nothing'}`);
  for (const { attempt, epoch } of succeeded) {
    const ends = ledger.filter((it) => it.ref === ref && it.epoch === epoch && it.what === 'end');
    if (ends.length !== 1)
      wrong.push(`${ref} ${attempt}@${epoch} succeeded; the ledger has ${ends.length} ends`);
  }
  for (const { attempt, outcome, finishedAt } of tried)
    if (outcome === null || finishedAt === null) wrong.push(`attempt ${attempt} of ${ref} has no end`);
  return wrong;
}

/**
 * No epoch starts twice, none starts that is not on record, and none while the one before still has its lease. What was told
 * to end may be handed back, uncounted; then it is not on record.
 */
function startedWrongly({ ref }: Job, { attempts, ledger }: Facts): readonly string[] {
  const lines = ledger.filter((line) => line.ref === ref);
  const starts = lines.filter(({ what }) => what === 'start');
  const tried = attempts.get(ref)?.items ?? [];
  const wrong: string[] = [];
  for (const [index, start] of starts.entries()) {
    const { epoch } = start;
    if (starts.findIndex((it) => it.epoch === epoch) !== index) wrong.push(`${ref} @${epoch} started twice`);
    const on = tried.find((it) => it.epoch === epoch);
    const wasTold = lines.some((it) => it.epoch === epoch && it.what === 'told to end');
    if (on === undefined && !wasTold) wrong.push(`${ref} @${epoch} started, and is not on record`);
    const next = starts[index + 1];
    if (next === undefined) continue;
    if (on !== undefined && (on.finishedAt === null || Date.parse(on.finishedAt) > next.at))
      wrong.push(`${ref} @${next.epoch} started while the server held @${epoch} to be at work`);
    const over = lines.find((it) => it.epoch === epoch && it.what === 'end');
    if (over === undefined || lines.indexOf(over) > lines.indexOf(next))
      wrong.push(`${ref} @${next.epoch} started while @${epoch} was still at work`);
  }
  return wrong;
}

/** The events have no gap, raise revisions, and lead to the states that the jobs have. */
function strayed({ events, jobs }: Facts): readonly string[] {
  const wrong: string[] = [];
  const told = new Map<string, { readonly state: JobState; readonly revision: number }>();
  for (const { type, jobs: moved } of events)
    for (const { ref, state, revision } of moved) {
      const before = told.get(ref);
      const fits =
        type === 'report.late' ? revision === before?.revision : revision > (before?.revision ?? 0);
      if (!fits) wrong.push(`${type} of ${ref}: revision ${revision} after ${before?.revision ?? 'none'}`);
      told.set(ref, { state, revision });
    }
  for (const { ref, state, revision } of jobs) {
    const last = told.get(ref);
    if (last?.state !== state || last.revision !== revision)
      wrong.push(`${ref} is ${state} (${revision}), by its events ${last?.state} (${last?.revision})`);
  }
  return wrong;
}
