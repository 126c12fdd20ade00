/**
 * One attempt from its offer to the server’s acknowledgement:
 * journal, confirm, start, run, send the output, report, forget. Every step may be repeated after a crash, except the
 * start: that happens once, and only after the journal is on disk.
 */
import { resolve } from 'node:path';
import { type FileMention, pathHere, pathThere } from '@labkeep/client';
import type { Log } from '../ports/log.ts';
import { StoppedError } from './calls.ts';
import type { Confirmations } from './confirmations.ts';
import type { Findings } from './findings.ts';
import type { AttemptInHand, Hand, Work } from './hand.ts';
import type { Journal } from './journal/journal.ts';
import type { Lease } from './lease/lease.ts';
import type { Folders } from './machine.ts';
import { failed, type Report, unstarted } from './outcome.ts';
import type { OutputUpload } from './output-upload.ts';
import { findOutputs } from './outputs.ts';
import type { Reports } from './reports.ts';

export interface LifeTools {
  readonly journal: Journal;
  readonly hand: Hand;
  readonly lease: Lease;
  readonly confirmations: Confirmations;
  readonly reports: Reports;
  readonly folders: Folders;
  readonly hashBytesMax: number;
  readonly log: Log;
}

export interface Life {
  readonly attempt: AttemptInHand;
  readonly folder: string;
  readonly upload: Pick<OutputUpload, 'finish'>;
  readonly work: Work;
  /** What the work itself named as outputs, after it has run. */
  readonly named: () => readonly (string | FileMention)[];
  /** Whether there may be something of it on disk. */
  readonly leftTraces: () => boolean;
  readonly findings: Pick<Findings, 'all'>;
}

/**
 * Takes an offer into the hand and the journal: from now on it is held. Throws, and holds nothing, if the disk does
 * not take it.
 */
export function takeOffer(
  attempt: AttemptInHand,
  folder: string,
  { journal, hand, folders }: LifeTools,
): void {
  const { attempt: name, epoch, facts } = attempt;
  if (facts.kind === 'command') folders.make(folder);
  // Started, before the server has agreed: the sync and the confirmation then go on side by side. Nothing starts
  // before both are there; what is never started is told by the gate, or by the missing `begun`.
  journal.append(facts, { fact: 'started', attempt: name, epoch });
  hand.add(attempt);
}

export async function live(life: Life, tools: LifeTools): Promise<void> {
  const { attempt } = life;
  const granted = await mayStart(attempt, tools).catch((error: unknown) => {
    life.work.release();
    throw error;
  });
  if (granted && attempt.asked === null) return work(life, tools);
  life.work.release();
  return granted ? conclude(life, unstarted(attempt.asked), tools) : forget(life, tools);
}

/** Runs the work, or goes on with work that a former process had started, to the end. */
export async function work(life: Life, tools: LifeTools): Promise<void> {
  tools.lease.hold(life.attempt);
  return conclude(life, await reportOf(life, tools), tools);
}

async function reportOf({ attempt, work }: Life, { journal, log }: LifeTools): Promise<Report> {
  try {
    if (attempt.facts.kind === 'handler')
      journal.append({ fact: 'begun', attempt: attempt.attempt, epoch: attempt.epoch });
    return await attempt.run(work);
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    log.error({ error, attempt: attempt.attempt }, 'this attempt could not be run');
    return failed('not_started', error instanceof Error ? error.message : String(error));
  }
}

export async function conclude(life: Life, report: Report, tools: LifeTools): Promise<void> {
  const { attempt } = life;
  const isOver = report.outcome !== 'returned';
  const outputs = isOver ? await allOutputs(life, tools) : [];
  const found = isOver ? await life.findings.all() : {};
  const full = {
    ...report,
    ...found,
    attempt: attempt.attempt,
    epoch: attempt.epoch,
    ...(outputs.length > 0 ? { outputs } : {}),
  };
  keep(
    () =>
      tools.journal.append({
        fact: 'finished',
        attempt: attempt.attempt,
        epoch: attempt.epoch,
        report: full,
      }),
    tools,
  );
  tools.lease.drop(attempt);
  tools.hand.finish(attempt);
  return deliver(life, full, tools);
}

export async function deliver(
  life: Life,
  report: Report & { attempt: string; epoch: number },
  tools: LifeTools,
): Promise<void> {
  if (life.leftTraces()) await life.upload.finish();
  await tools.reports.deliver(report);
  await forget(life, tools);
}

async function forget({ attempt, folder, leftTraces }: Life, tools: LifeTools): Promise<void> {
  keep(
    () => tools.journal.append({ fact: 'acknowledged', attempt: attempt.attempt, epoch: attempt.epoch }),
    tools,
  );
  tools.lease.drop(attempt);
  tools.hand.remove(attempt);
  if (!leftTraces()) return;
  tools.folders.tidy(attempt.facts.directory);
  await tools.folders.remove(folder);
}

/** Confirmed, on disk, alone with its job, and within the lease; or asked to end before all that. */
async function mayStart(
  attempt: AttemptInHand,
  { journal, hand, lease, confirmations, log }: LifeTools,
): Promise<boolean> {
  const flushed = journal.flushed().catch((error: unknown) => {
    log.error({ error }, 'the journal of this worker is not kept by its disk; what it is offered goes back');
    attempt.ask('worker_stopped', 0);
  });
  for (;;) {
    // A worker that was asleep renews before it confirms, or the server would take back at once what it confirmed.
    while (!lease.isSafe && attempt.asked === null) await Promise.race([lease.renewed(), attempt.askedToEnd]);
    if (attempt.asked !== null) return true;
    const verdict = await confirmations.confirm(attempt);
    if (verdict.kind === 'refused') return false;
    // To the server it runs now; so claims say so too.
    attempt.state = 'running';
    await flushed;
    const forerunner = hand.forerunner(attempt);
    if (attempt.asked !== null || (lease.isSafe && forerunner === undefined)) return true;
    // Waiting may take long: afterwards the server is asked again.
    if (forerunner !== undefined) await Promise.race([forerunner.ended, attempt.askedToEnd]);
  }
}

async function allOutputs(
  { attempt, named }: Life,
  { hashBytesMax }: LifeTools,
): Promise<readonly FileMention[]> {
  const { outputs, directory, mounts = [] } = attempt.facts;
  const described: FileMention[] = [];
  const paths: string[] = [...outputs];
  for (const it of named())
    if (typeof it === 'string') paths.push(pathThere(it, mounts));
    else described.push({ ...it, path: pathThere(it.path, mounts) });
  const taken = new Set(described.map(({ path }) => path));
  const found = await findOutputs(
    paths.filter((path) => !taken.has(path)),
    (path) => resolve(directory, pathHere(path, mounts)),
    hashBytesMax,
  );
  return [...described, ...found];
}

/** A full disk at the end costs only the memory of a crash that may follow: the report goes out all the same. */
function keep(append: () => void, { log }: LifeTools): void {
  try {
    append();
  } catch (error) {
    log.error({ error }, 'the journal of this worker cannot be written');
  }
}
