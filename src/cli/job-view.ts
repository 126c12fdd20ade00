/** How jobs are shown to people: one line each, or all of one. */
import type { AttemptList, Job, JobState, JobSummary } from '@labkeep/client';
import { commandText } from '../core/jobs/command-text.ts';
import { isFinal } from '../core/jobs/states.ts';
import { shortPath } from '../recorder/paths.ts';
import { span } from '../recorder/span.ts';
import type { Cli } from './cli.ts';
import { restText, saidText } from './show-waiting.ts';
import { type Column, printTable } from './table.ts';
import type { Paint } from './terminal.ts';
import { bytesText, plain } from './text.ts';
import { ago } from './times.ts';

export const statePaints: Readonly<Record<JobState, readonly Paint[]>> = {
  draft: ['dim'],
  waiting: ['yellow'],
  ready: ['yellow'],
  offered: ['yellow'],
  running: ['cyan'],
  lost: ['red'],
  succeeded: ['green'],
  failed: ['red', 'bold'],
  cancelled: ['dim'],
  expired: ['red'],
  denied: ['red'],
};

export function printJobs(cli: Cli, jobs: readonly JobSummary[]): void {
  const columns: readonly Column<JobSummary>[] = [
    { title: 'JOB', cell: (job) => job.ref, paint: () => ['bold'] },
    { title: 'STATE', cell: stateText, paint: (job) => statePaints[job.state] },
    { title: 'TITLE', cell: (job) => job.title ?? job.task ?? '', flexible: true },
    { title: 'WHEN', cell: (job) => timeText(cli, lastTime(job)) },
    { title: 'TOOK', cell: (job) => took(job, cli.now()) ?? '' },
  ];
  printTable(cli.terminal, columns, jobs);
}

/** A time as a person reads it; where a program reads, as it is. */
export function timeText({ terminal, now }: Cli, time: string): string {
  return terminal.isForPeople ? ago(time, now()) : time;
}

/** The state, with what one would ask next. */
export function stateText(job: JobSummary): string {
  const details = [
    job.state === 'waiting' || (isFinal(job.state) && job.exitCode === null) ? job.reason : null,
    job.state === 'failed' && job.exitCode !== null ? `exit ${job.exitCode}` : null,
    job.cancelRequestedAt !== null && !isFinal(job.state) ? 'stopping' : null,
  ].filter((detail) => detail !== null);
  return details.length === 0 ? job.state : `${job.state} (${details.join(', ').replaceAll('_', ' ')})`;
}

function lastTime(job: JobSummary): string {
  return job.finishedAt ?? job.startedAt ?? job.submittedAt ?? job.createdAt;
}

export function took(job: JobSummary, now: number): string | null {
  if (job.startedAt === null) return null;
  const end = job.finishedAt === null ? now : Date.parse(job.finishedAt);
  return span(Math.max(0, end - Date.parse(job.startedAt)));
}

/** One line that says what became of a job, such as `toxd/12 succeeded, 41 s`. */
export function endText(job: JobSummary, now: number): string {
  const time = took(job, now);
  return `${job.ref} ${stateText(job)}${time === null ? '' : `, ${time}`}`;
}

/** What stands with the attempts of a job. */
export interface MoreOfJob {
  /** What the newest says of its failure. */
  readonly error: string | null;
  readonly late: AttemptList['late'];
}

export function printJob(cli: Cli, job: Job, more: MoreOfJob): void {
  const { terminal } = cli;
  const state = terminal.paint(stateText(job), ...statePaints[job.state]);
  terminal.out(
    `${terminal.paint(job.ref, 'bold')}  ${state}${job.title === null ? '' : `  ${plain(job.title)}`}`,
  );
  const width = 10;
  for (const [name, value] of rowsOf(cli, job, more)) {
    if (value === null || value === '') continue;
    terminal.out(`  ${terminal.paint(name.padEnd(width), 'dim')}  ${plain(value)}`);
  }
}

function rowsOf(
  cli: Cli,
  job: Job,
  { error, late }: MoreOfJob,
): readonly (readonly [name: string, value: string | null])[] {
  const time = (text: string | null): string | null => (text === null ? null : timeText(cli, text));
  const time2 = took(job, cli.now());
  const finished = time(job.finishedAt);
  return [
    ['Task', job.task],
    ['Command', job.command === null ? null : commandText(job.command)],
    ['Stdin', job.stdin === null ? null : bytesText(Buffer.byteLength(job.stdin))],
    ['Folder', job.directory === null ? null : shortPath(job.directory)],
    ['Ran on', ranOnText(job.run)],
    ['Program', job.run?.executable == null ? null : programText(job.run.executable, job.run.version)],
    ['Owner', job.owner],
    ['Priority', job.priority === 0 ? null : String(job.priority)],
    ['Parent', job.parent === null ? null : `${job.project}/${job.parent}`],
    ['Rerun of', job.rerunOf],
    ['After', job.after.map(({ job: ref, on }) => (on === 'success' ? ref : `${ref} (${on})`)).join(', ')],
    ['Created', time(job.createdAt)],
    ['Started', time(job.startedAt)],
    ['Finished', finished === null ? null : `${finished}${time2 === null ? '' : `, took ${time2}`}`],
    ['Running', job.state === 'running' ? time2 : null],
    [
      'Progress',
      job.progress === null
        ? null
        : [saidText(job.progress), restText(job.progress.expectedAt, cli.now()) ?? []].flat().join(', '),
    ],
    ['Exit code', job.exitCode === null ? null : String(job.exitCode)],
    ['Error', job.exitCode === null ? error : null],
    ...late.map((it) => ['Late', lateText(cli, it)] as const),
    ['Attempts', job.attempts > 1 ? String(job.attempts) : null],
    ['At once', job.atOnce === null ? null : `${job.atOnce} ${job.atOnce === 1 ? 'child' : 'children'}`],
    ['Locks', job.locks.map(({ path, mode }) => `${path} (${mode})`).join(', ')],
    ['Databases', databasesText(job)],
    ['Children', job.children === null ? null : childrenText(job.children)],
    ['Rating', job.rating],
    ['Tags', job.tags.join(', ')],
    ['Numbers', numbersText(job.numbers)],
    ['Comments', job.comments === 0 ? null : String(job.comments)],
    ['Parameters', jsonText(job.parameters)],
    ['Metadata', jsonText(job.metadata)],
    ...filesOf(job).map((file) => [file.role === 'input' ? 'Input' : 'Output', fileText(file)] as const),
  ];
}

/** `attempt 1 reported succeeded (exit 0), 2 min ago; it changed nothing`. */
function lateText(
  cli: Cli,
  { attempt, outcome, exitCode, reason, error, at }: AttemptList['late'][number],
): string {
  const how = exitCode === null ? (reason?.replaceAll('_', ' ') ?? null) : `exit ${exitCode}`;
  const what = withFacts(`attempt ${attempt} reported ${outcome}`, [how]);
  return `${what}, ${timeText(cli, at)}; it changed nothing${error === null ? '' : `: ${error}`}`;
}

/** `embl 145, nr/2026-10`: what the newest attempt has held. */
function databasesText({ databases, attempts }: Job): string {
  return databases
    .filter(({ attempt }) => attempt === attempts)
    .map(({ path, release }) =>
      release === null || path.endsWith(`/${release}`) ? path : `${path} ${release}`,
    )
    .join(', ');
}

/** `2 open, 97 succeeded, 1 failed`; what there is none of is left out. */
export function childrenText(children: NonNullable<Job['children']>): string {
  const { open, succeeded, failed, cancelled } = children;
  const counts = Object.entries({ open, succeeded, failed, cancelled }).filter(([, many]) => many > 0);
  return counts.length === 0 ? 'none' : counts.map(([state, many]) => `${many} ${state}`).join(', ');
}

export function numbersText(numbers: Job['numbers']): string {
  return Object.entries(numbers)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function jsonText(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** `node07, as ada`; either may be unknown. */
function ranOnText(run: Job['run']): string | null {
  const { host = null, account = null } = run ?? {};
  const parts = [host ?? [], account === null ? [] : `as ${account}`].flat();
  return parts.length === 0 ? null : parts.join(', ');
}

/** `/usr/bin/sort (9.1, sha256 0f1e…)`; versions may have several lines, of which the first names it. */
function programText(
  { path, sha256 }: NonNullable<NonNullable<Job['run']>['executable']>,
  version: string | null,
): string {
  const facts = [version?.split('\n', 1)[0] ?? null, digestText(sha256)];
  return withFacts(path, facts);
}

function digestText(sha256: string | null): string | null {
  return sha256 === null ? null : `sha256 ${sha256.slice(0, 12)}…`;
}

function withFacts(text: string, facts: readonly (string | null)[]): string {
  const known = facts.filter((fact) => fact !== null && fact !== '');
  return known.length === 0 ? text : `${text} (${known.join(', ')})`;
}

/** What was declared is left out where an attempt has written it. */
function filesOf({ files }: Job): Job['files'] {
  const written = new Set(
    files.filter(({ attempt }) => attempt !== null).map(({ role, path }) => `${role} ${path}`),
  );
  return files.filter(({ role, path, attempt }) => attempt !== null || !written.has(`${role} ${path}`));
}

function fileText({ path, size, sha256, note, madeBy }: Job['files'][number]): string {
  const maker = madeBy === null ? null : `from ${madeBy.ref}`;
  return withFacts(path, [size === null ? null : bytesText(size), digestText(sha256), maker, note]);
}
