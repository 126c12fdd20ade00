/**
 * Writes the steps that the rules decided, and what follows from them: an ended job frees or ends those that come
 * after it and counts for its parent; a job that became ready moves the head of its class. One funnel for all acts.
 */

import { byRank } from '../../core/dispatch/rank.ts';
import type { EventType } from '../../core/events/event.ts';
import { countOf, gathered } from '../../core/jobs/gather.ts';
import type { Children, LiveJob } from '../../core/jobs/job.ts';
import { judgeDependency } from '../../core/jobs/place.ts';
import { isAtWork, type JobState } from '../../core/jobs/states.ts';
import { type AttemptEnd, abandon, type End, reconsider, type Step } from '../../core/jobs/steps.ts';
import { classById, knowProjects, wakeClasses } from './acts/know.ts';
import { followSteps } from './locks/jobs.ts';
import { changedValues, dependencyKind, heldValues, integer, liveOf } from './rows.ts';
import type { Row, Script, Value } from './script.ts';
import type { Transaction } from './transaction.ts';

/** Applies steps of jobs whose projects are known to the transaction; at most one step per job. */
export function* applySteps(tx: Transaction, steps: readonly Step[], type?: EventType): Script<void> {
  let wave: readonly Step[] = steps;
  while (wave.length > 0) {
    yield* writeSteps(tx, wave, type);
    const ends = wave.filter((step) => step.kind === 'end');
    wave = ends.length === 0 ? [] : yield* consequences(tx, ends);
  }
}

function* writeSteps(tx: Transaction, steps: readonly Step[], type?: EventType): Script<void> {
  const stays: (readonly Value[])[] = [];
  const held: LiveJob[] = [];
  const ends: End[] = [];
  const attempts: (readonly Value[])[] = [];
  const ready: LiveJob[] = [];
  const again: (readonly Value[])[] = [];
  for (const step of steps) {
    if (step.attempt !== null)
      attempts.push(attemptValues(step.kind === 'end' ? step.from.id : step.live.id, step.attempt, tx.now));
    if (step.kind === 'end') {
      ends.push(step);
      tx.tally(step.from.projectId, step.state, 1);
      tx.moved(
        type ?? 'jobs.ended',
        step.from.projectId,
        step.from.number,
        step.state,
        step.from.revision + 1,
      );
    } else {
      if (step.live.state === 'offered' || step.live.state === 'running') held.push(step.live);
      else stays.push(changedValues(step.live));
      if (
        (step.from === 'running' || step.from === 'lost') &&
        (step.live.state === 'ready' || step.live.state === 'waiting')
      )
        again.push([step.live.id]);
      if (step.live.state === 'ready') ready.push(step.live);
      tx.moved(
        type ?? 'jobs.changed',
        step.live.projectId,
        step.live.number,
        step.live.state,
        step.live.revision,
      );
    }
  }
  yield* tx.write('update-live', stays);
  yield* tx.write('update-held', held.map(heldValues));
  for (const live of held) tx.known.rememberHeld(live);
  yield* tx.write('insert-attempts', attempts);
  yield* tx.write('delete-progress', again);
  yield* tx.write(
    'delete-live',
    ends.map((end) => [end.from.id]),
  );
  yield* tx.write(
    'end-jobs',
    ends.map((end) => endValues(end, tx.now)),
  );
  yield* lowerHeads(tx, ready);
  yield* makeRoom(tx, steps);
  yield* followSteps(tx, steps);
}

/** A class that was at its limit, and so without a head, gets one again when a job of it leaves a worker’s hands. */
function* makeRoom(tx: Transaction, steps: readonly Step[]): Script<void> {
  yield* reviveHeads(
    tx,
    steps.map(leavesHands).filter((classId) => classId !== null),
  );
}

/** The class of a job that leaves a worker’s hands with this step. */
function leavesHands(step: Step): number | null {
  if (step.kind === 'end') return step.from.workerId === null ? null : step.from.classId;
  return isAtWork(step.from) && step.live.workerId === null ? step.live.classId : null;
}

/** Gives classes with a limit, which may be without a head though jobs of them are ready, their head. */
export function* reviveHeads(tx: Transaction, classIds: readonly number[]): Script<void> {
  for (const classId of new Set(classIds)) {
    if ((yield* classById(tx, classId)).limit === undefined) continue;
    yield* lowerHeads(tx, (yield* tx.select('list-ready-of-class', classId, 1)).map(liveOf));
  }
}

function endValues(end: End, now: number): readonly Value[] {
  return [
    end.from.id,
    end.state,
    end.reason,
    end.from.startedAt,
    now,
    end.exitCode,
    end.from.attempt,
    end.from.revision + 1,
  ];
}

function attemptValues(jobId: number, it: AttemptEnd, now: number): readonly Value[] {
  return [
    jobId,
    it.attempt,
    it.epoch,
    it.workerId,
    it.startedAt,
    now,
    it.outcome,
    it.exitCode,
    it.reason,
    it.error,
    it.executable?.path ?? null,
    it.executable?.sha256 ?? null,
    it.version,
  ];
}

/** The head of a class is its ready job of smallest rank, or one before it: a claim mends one that lies too early. */
export function* lowerHeads(tx: Transaction, ready: readonly LiveJob[]): Script<void> {
  if (ready.length === 0) return;
  const heads = new Map<number, LiveJob>();
  for (const live of ready) {
    if (live.classId === null) continue;
    const head = heads.get(live.classId);
    if (head === undefined || byRank(live, head) < 0) heads.set(live.classId, live);
  }
  yield* tx.write(
    'lower-heads',
    [...heads].map(([classId, head]) => [classId, head.rank, head.id]),
  );
  yield* wakeClasses(tx, [...heads.keys()]);
}

/** What the ends of jobs mean for others: the next wave of steps. */
function* consequences(tx: Transaction, ends: readonly End[]): Script<readonly Step[]> {
  const states = new Map(ends.map((end) => [end.from.id, end.state as JobState]));
  const rows = yield* tx.select('list-dependants', [...states.keys()]);
  const steps = new Map<number, Step>();
  const lives = new Map<number, LiveJob>();
  const judged: (readonly Value[])[] = [];
  for (const row of rows) {
    const live = lives.get(integer(row.job_id)) ?? liveOf(row);
    if (steps.get(live.id)?.kind === 'end') continue;
    const verdict = judgeDependency(dependencyKind(row.kind), states.get(integer(row.on_id)) ?? 'draft');
    if (verdict === 'pending') continue;
    if (verdict === 'met') judged.push([integer(row.on_id), live.id, 1]);
    lives.set(live.id, verdict === 'met' ? { ...live, pending: live.pending - 1 } : live);
    // A draft is judged when it is submitted; children that have begun are not undone.
    if (verdict === 'impossible' && live.state === 'waiting') steps.set(live.id, abandon(live));
  }
  yield* tx.write('judge-dependencies', judged);
  const unmoved: (readonly Value[])[] = [];
  for (const live of lives.values()) {
    if (steps.has(live.id)) continue;
    const step = reconsider(live, tx.now);
    if (step === null) unmoved.push([live.id, live.pending]);
    else steps.set(live.id, step);
  }
  yield* tx.write('set-pending', unmoved);
  const parents = yield* countChildren(tx, ends);
  yield* knowProjects(tx, [...lives.values()]);
  return [...steps.values(), ...parents];
}

/**
 * Counts ended children for parents without work of their own, and ends those whose last child this was. A parent that
 * has ended itself, maybe in the same act, is counted for all the same: it may be opened again.
 */
function* countChildren(tx: Transaction, ends: readonly End[]): Script<readonly Step[]> {
  const parentIds = [...new Set(ends.flatMap((end) => end.from.parentId ?? []))];
  if (parentIds.length === 0) return [];
  const steps: Step[] = [];
  const counts: (readonly Value[])[] = [];
  for (const row of yield* tx.select('list-counted-parents', parentIds)) {
    const id = integer(row.id);
    const children = childrenOf(row);
    for (const end of ends) {
      if (end.from.parentId !== id) continue;
      children.open -= 1;
      children[countOf(end.state)] += 1;
    }
    counts.push(childrenValues(id, children));
    const step = row.job_id === null ? null : gathered(liveOf(row), children);
    if (step !== null) steps.push(step);
  }
  yield* tx.write('update-containers', counts);
  return steps;
}

export function childrenOf(row: Row): { -readonly [K in keyof Children]: number } {
  return {
    open: integer(row.open),
    succeeded: integer(row.succeeded),
    failed: integer(row.failed),
    cancelled: integer(row.cancelled),
  };
}

export function childrenValues(jobId: number, children: Children): readonly Value[] {
  return [jobId, children.open, children.succeeded, children.failed, children.cancelled];
}
