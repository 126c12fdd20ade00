/** One scenario: as usual, then trouble, then as usual again; and what must be true when all has come to its end. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Check,
  checkAll,
  type JudgedAttempt,
  type JudgedJob,
  type Record,
} from '../crash-loop/checks.ts';
import { readLedger } from '../crash-loop/ledger.ts';
import { allEvents } from '../crash-loop/record.ts';
import { giveTime } from '../crash-loop/servers.ts';
import type { Scenario } from './scenarios.ts';
import type { Stage } from './stage.ts';
import { lookAtTables, settleTables, type TableFacts, unclean } from './tables.ts';

export interface Outcome {
  readonly name: string;
  /** Jobs that ended in a second. */
  readonly before: number;
  readonly during: number;
  readonly after: number;
  /** From the end of the trouble until the next job ended (ms). */
  readonly backMs: number;
  readonly jobs: number;
  /** Acknowledged, and not succeeded when all was over. */
  readonly lost: number;
  /** Dead rows when the trouble ended, and when all was over; and how many there had been made. */
  readonly deadDuring: number;
  readonly deadAfter: number;
  readonly deadMade: number;
  readonly bytes: number;
  readonly checks: readonly Check[];
}

const backMsMax = 60_000;
const settleMsMax = 120_000;
const vacuumMsMax = 60_000;

interface Times {
  readonly begun: number;
  readonly struck: number;
  readonly over: number;
  readonly back: number;
  readonly end: number;
  /** As the trouble left them, before what stayed was put right. */
  readonly tables: readonly TableFacts[];
}

export async function play(stage: Stage, scenario: Scenario, phaseMs: number): Promise<Outcome> {
  const { name } = scenario;
  await stage.client.projects.create({ name });
  const madeBefore = sum(await lookAtTables(stage), 'made');
  stage.load.begin(name);
  const times = await passThrough(stage, scenario, phaseMs);
  const acknowledged = await stage.load.end();
  const { jobs, ...record } = await settled(stage, name);
  const tables = await settleTables(stage, vacuumMsMax);
  const ends = await endsOf(stage, name);
  const perSecond = (from: number, to: number): number =>
    (ends.filter((at) => at >= from && at < to).length * 1_000) / (to - from);
  const { begun, struck, over, back, end } = times;
  const rates = {
    before: perSecond(begun, struck),
    during: perSecond(struck, over),
    after: perSecond(back, end),
  };
  return {
    name,
    ...rates,
    backMs: back - over,
    jobs: acknowledged.length,
    lost: acknowledged.length - jobs.filter(({ state }) => state === 'succeeded').length,
    deadDuring: sum(times.tables, 'dead'),
    deadAfter: sum(tables, 'dead'),
    deadMade: Math.max(0, sum(tables, 'made') - madeBefore),
    bytes: sum(times.tables, 'bytes'),
    checks: [
      { name: 'there was work before, and again by itself', breaches: standstill(rates) },
      { name: 'every job succeeded', breaches: jobs.flatMap(unsuccessful) },
      { name: 'dead rows are removed when nobody needs them', breaches: unclean(tables) },
      ...checkAll({ acknowledged, jobs, ...record }),
    ],
  };
}

async function passThrough(stage: Stage, { trouble }: Scenario, phaseMs: number): Promise<Times> {
  await nextEnd(stage);
  const begun = Date.now();
  await delay(phaseMs);
  const struck = Date.now();
  const putRight = await trouble(stage, phaseMs);
  const tables = await lookAtTables(stage);
  await putRight?.();
  const over = Date.now();
  await nextEnd(stage);
  const back = Date.now();
  await delay(phaseMs);
  return { begun, struck, over, back, end: Date.now(), tables };
}

/** Waits until one job more has come to its end. */
async function nextEnd({ load }: Stage): Promise<void> {
  const before = load.ended;
  await giveTime(backMsMax, () => load.ended > before, 2);
}

/** Waits until all has ended, as far as that is told; answers with how it stands then. */
async function settled(stage: Stage, project: string): Promise<Omit<Record, 'acknowledged'>> {
  const { client, load, streamed } = stage;
  await giveTime(settleMsMax, () => load.open <= 0);
  const jobs: JudgedJob[] = [];
  for await (const { ref, title, state, revision, reason } of client.jobs.each(project, { limit: 1_000 }))
    jobs.push({ ref, title, state, revision, reason, onLost: 'retry', locks: [] });
  const attempts = await attemptsOf(stage, project);
  const events = await allEvents(client);
  await giveTime(30_000, () => streamed.at(-1)?.cursor === events.at(-1)?.cursor);
  return { jobs, attempts, events, streamed, ledger: readLedger(stage.folder) };
}

function standstill({
  before,
  after,
}: {
  readonly before: number;
  readonly after: number;
}): readonly string[] {
  return before > 0 && after > 0 ? [] : [`${before} jobs a second before, ${after} after`];
}

function unsuccessful({ ref, state, reason }: JudgedJob): readonly string[] {
  return state === 'succeeded' ? [] : [`${ref} is ${state} (${reason})`];
}

/** As the tables have them: there are too many to ask for each. */
async function attemptsOf(
  stage: Stage,
  project: string,
): Promise<ReadonlyMap<string, readonly JudgedAttempt[]>> {
  const rows = await stage.ask(
    `select p.name || '/' || j.number as ref, a.attempt, a.epoch, a.outcome, a.reason, a.error
     from labkeep.attempts a join labkeep.jobs j on j.id = a.job_id join labkeep.projects p on p.id = j.project_id
     where p.name = '${project}' order by a.job_id, a.attempt`,
  );
  const attempts = new Map<string, JudgedAttempt[]>();
  for (const { ref, attempt, epoch, outcome, reason, error } of rows) {
    const one = { attempt: Number(attempt), epoch: Number(epoch), outcome, reason, error } as JudgedAttempt;
    const those = attempts.get(String(ref));
    if (those === undefined) attempts.set(String(ref), [one]);
    else those.push(one);
  }
  return attempts;
}

/** When jobs ended, by the clock of the database. */
async function endsOf(stage: Stage, project: string): Promise<readonly number[]> {
  const rows = await stage.ask(
    `select j.finished_at from labkeep.jobs j join labkeep.projects p on p.id = j.project_id
     where p.name = '${project}' and j.finished_at is not null`,
  );
  return rows.map(({ finished_at }) => Number(finished_at));
}

function sum(facts: readonly TableFacts[], what: 'dead' | 'made' | 'bytes'): number {
  return facts.reduce((so, it) => so + it[what], 0);
}
