/** The page of `labkeep top`. */
import type { Progress, Worker } from '@labkeep/client';
import type { Cli } from '../cli.ts';
import { stateText, took } from '../job-view.ts';
import { barText } from '../progress.ts';
import { serverText } from '../status.ts';
import { type Column, printTable } from '../table.ts';
import { counted, cut } from '../text.ts';
import { workerColumns } from '../worker-columns.ts';
import type { Activity, RunningJob } from './activity.ts';

const reasons: Readonly<Record<string, string>> = {
  worker: 'for a worker',
  held: 'for somebody to release them',
  dependency: 'for other jobs',
  time: 'for their time',
  retry_delay: 'to be tried again',
  children: 'for their children',
};

/** Lines beside the tables’ rows. */
const frameLines = 10;

export function printActivity(cli: Cli, { server, workers, running, waiting, more }: Activity): void {
  const { terminal } = cli;
  const out = (line: string): void => terminal.out(cut(line, terminal.columns ?? line.length));
  const connected = workers.filter(({ state }) => state === 'connected');
  const busy = connected.reduce((sum, { holding }) => sum + holding, 0);
  const slots = connected.reduce((sum, { capacity }) => sum + capacity, 0);
  const waits = waiting.reduce((sum, { jobs }) => sum + jobs, 0);
  out(`${serverText(server, server)}, ${server.now.slice(11, 19)} UTC`);
  out(
    `${busy} of ${counted(slots, 'slot')} busy; ${counted(running.length, 'job')} running, ${waits}${more ? ' or more' : ''} waiting`,
  );
  // What fits: workers are few, running jobs take the rest.
  const room = (terminal.rows ?? 1_000) - frameLines - waiting.length;
  const shownWorkers = workers.slice(0, Math.max(3, Math.floor(room / 3)));
  const shownJobs = running.slice(0, Math.max(3, room - shownWorkers.length));
  if (workers.length > 0) {
    terminal.out('');
    printTable(terminal, workerColumns(slotsText), shownWorkers);
    sayRest(cli, workers.length - shownWorkers.length, 'worker');
  }
  if (running.length > 0) {
    terminal.out('');
    printRunning(cli, shownJobs);
    sayRest(cli, running.length - shownJobs.length, 'job');
  }
  if (waiting.length > 0) {
    terminal.out('');
    printTable(
      terminal,
      [
        { title: 'WAITING', cell: ({ jobs }) => String(jobs), paint: () => ['bold'] },
        { title: '', cell: ({ reason }) => reasons[reason] ?? reason.replaceAll('_', ' ') },
      ],
      waiting,
    );
  }
}

function slotsText({ holding, capacity }: Worker): string {
  return `${barText(capacity === 0 ? 0 : holding / capacity, 8)} ${holding} of ${capacity}`;
}

function printRunning(cli: Cli, jobs: readonly RunningJob[]): void {
  printTable(
    cli.terminal,
    [
      { title: 'JOB', cell: ({ ref }) => ref, paint: () => ['bold'] },
      { title: 'STATE', cell: stateText, paint: ({ state }) => [state === 'lost' ? 'red' : 'cyan'] },
      { title: 'AGE', cell: (job) => took(job, cli.now()) ?? '' },
      ...(jobs.some(({ progress }) => progress !== null) ? [progressColumn] : []),
      { title: 'TITLE', cell: ({ title, task }) => title ?? task ?? '', flexible: true },
    ],
    jobs,
  );
}

const progressColumn: Column<RunningJob> = {
  title: 'PROGRESS',
  cell: ({ progress }) => progressText(progress),
};

function progressText(progress: Progress | null): string {
  if (progress === null) return '';
  const percent = `${String(Math.round(progress.fraction * 100)).padStart(3)} %`;
  return `${barText(progress.fraction, 8)} ${percent} ${progress.text ?? ''}`.trimEnd();
}

function sayRest({ terminal }: Cli, many: number, noun: string): void {
  if (many > 0) terminal.out(terminal.paint(`and ${counted(many, `more ${noun}`)}`, 'dim'));
}
