/**
 * The record of events is the whole story: numbered without a gap, every step in it a legal move, and its end the
 * state that the storage shows.
 */
import assert from 'node:assert/strict';
import type { JobMoved, RecordedEvent } from '../../src/core/events/event.ts';
import type { JobRecord } from '../../src/core/jobs/job.ts';
import { readReference, writeReference } from '../../src/core/jobs/reference.ts';
import { isFinal, type JobState, jobStates, moves } from '../../src/core/jobs/states.ts';
import { type VerifyPart, verifyParts } from '../../src/core/verify/facts.ts';
import { type Flaw, judgeFacts } from '../../src/core/verify/judge.ts';
import type { Storage } from '../../src/ports/storage.ts';

/** All events that are kept, page by page. */
export async function allEvents(storage: Storage, project: string | null = null): Promise<RecordedEvent[]> {
  const { incarnation, lastEvent } = await storage.status();
  const events: RecordedEvent[] = [];
  let after: { incarnation: string; sequence: number } | null = null;
  while ((after?.sequence ?? 0) < lastEvent) {
    const page = await storage.listEvents({ after, limit: 100, project });
    assert.ok(page.upTo > (after?.sequence ?? 0), 'a page of events must lead on');
    events.push(...page.items);
    after = { incarnation, sequence: page.upTo };
  }
  return events;
}

/** Follows the events from the first one and compares where they lead with what the storage shows. */
export async function checkHistory(storage: Storage): Promise<void> {
  const events = await allEvents(storage);
  checkOrder(events);
  const shown = await shownJobs(storage);
  const deleted = new Set(
    events.filter(({ type }) => type === 'project.deleted').map(({ project }) => project),
  );
  const counted: Partial<Record<JobState, number>> = {};
  for (const [ref, moved] of stepsByJob(events)) {
    checkSteps(ref, moved);
    const { state, revision } = moved.at(-1) ?? {};
    if (state !== undefined && !isTrashed(moved)) counted[state] = (counted[state] ?? 0) + 1;
    const place = readReference(ref, 'ref');
    if (deleted.has(place.project) || moved.at(-1)?.type === 'jobs.purged') continue;
    const job = shown.get(ref) ?? (await storage.getJob(place));
    assert.deepEqual([job.state, job.revision], [state, revision], `the end of ${ref}`);
  }
  assert.deepEqual(countsOf((await storage.status()).jobs), countsOf(counted), 'counts equal rows');
  assert.deepEqual(await findFlaws(storage), [], 'the record agrees with itself');
}

/** Verifies the whole record, slice by slice. */
export async function findFlaws(
  storage: Storage,
  parts: readonly VerifyPart[] = verifyParts,
  limit = 1_000,
): Promise<readonly Flaw[]> {
  const flaws: Flaw[] = [];
  for (const part of parts)
    for (let after: string | undefined, more = true; more; ) {
      const { facts, next } = await storage.lookAt({
        part,
        limit,
        ...(after === undefined ? {} : { after }),
      });
      flaws.push(...judgeFacts(facts));
      more = next !== null;
      after = next ?? undefined;
    }
  return flaws;
}

/** Whether the job went to the trash last, and not back. */
function isTrashed(moved: readonly Moved[]): boolean {
  const last = moved.findLast(({ type }) => /^jobs\.(trashed|restored|purged)$/.test(type));
  return last !== undefined && last.type !== 'jobs.restored';
}

/** All jobs that are listed. */
async function shownJobs(storage: Storage): Promise<ReadonlyMap<string, JobRecord>> {
  const shown = new Map<string, JobRecord>();
  for (const { name } of (await storage.listProjects({ limit: 1000 })).items)
    for (const job of (await storage.listJobs({ project: name, limit: 1000 })).items)
      shown.set(writeReference(job), job);
  return shown;
}

function checkOrder(events: readonly RecordedEvent[]): void {
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, index) => index + 1),
    'events are numbered from 1 without gaps or doubles',
  );
  for (const [index, { at }] of events.entries())
    assert.ok(at >= (events[index - 1]?.at ?? 0), 'time never runs backwards');
}

/** What each job went through, by revision. A late report moves nothing. */
function stepsByJob(events: readonly RecordedEvent[]): ReadonlyMap<string, readonly Moved[]> {
  const steps = new Map<string, Moved[]>();
  for (const { type, project, jobs } of events) {
    if (type === 'report.late') continue;
    for (const job of jobs) {
      assert.equal(readReference(job.ref, 'ref').project, project, `${job.ref} in an event of its project`);
      steps.set(job.ref, [...(steps.get(job.ref) ?? []), { ...job, type }]);
    }
  }
  for (const moved of steps.values()) moved.sort((a, b) => a.revision - b.revision);
  return steps;
}

interface Moved extends JobMoved {
  readonly type: RecordedEvent['type'];
}

function checkSteps(ref: string, moved: readonly Moved[]): void {
  assert.equal(moved[0]?.type, 'jobs.created', `${ref} begins with its creation`);
  assert.equal(moved[0]?.revision, 1, `${ref} begins with revision 1`);
  for (const [index, to] of moved.entries()) {
    checkType(ref, to);
    const from = moved[index - 1];
    if (from === undefined) continue;
    assert.ok(to.revision > from.revision, `${ref}: revision ${to.revision} comes once`);
    const path = `${ref}: ${from.state} (${from.revision}) to ${to.state} (${to.revision})`;
    assert.ok(isReachable(from.state, to.state, to.revision - from.revision), `${path} is no legal move`);
  }
}

function checkType(ref: string, { type, state }: Moved): void {
  if (type === 'jobs.offered') assert.equal(state, 'offered', ref);
  if (type === 'jobs.started') assert.equal(state, 'running', ref);
  if (type === 'jobs.ended') assert.ok(isFinal(state), `${ref} ended as ${state}`);
}

/** Whether so many moves lead from one state to another; an edit or a trashing moves to the same state. */
function isReachable(from: JobState, to: JobState, many: number): boolean {
  let reached = new Set<JobState>([from]);
  for (let step = 0; step < many; step++)
    reached = new Set([...reached].flatMap((state) => [state, ...successors(state)]));
  return reached.has(to);
}

function successors(state: JobState): readonly JobState[] {
  return Object.values<readonly JobState[]>(moves[state]).flat();
}

function countsOf(counts: Readonly<Partial<Record<JobState, number>>>): Record<string, number> {
  return Object.fromEntries(jobStates.map((state) => [state, counts[state] ?? 0]));
}
