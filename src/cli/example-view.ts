/** The example as `up` and `demo` show it: one line per job, with what came out. */
import type { Job, LabkeepClient } from '@labkeep/client';
import { type ExampleOptions, exampleProject, runExample } from './example.ts';
import type { Terminal } from './terminal.ts';
import { plain } from './text.ts';

export interface ExampleView extends ExampleOptions {
  /** Null for silence. */
  readonly terminal: Terminal | null;
}

const drawing = /\.(svg|html)$/;

export async function showExample({ terminal, ...options }: ExampleView): Promise<void> {
  terminal?.out(`Project ${exampleProject.name}: ${exampleProject.title}`);
  for await (const job of runExample(options))
    terminal?.out(lineOf(terminal, job, await resultOf(options.client, job)));
}

function lineOf(terminal: Terminal, job: Job, result: string): string {
  const failed = job.state === 'failed';
  const state = (failed ? 'FAILED' : job.state).padEnd(9);
  const shown = terminal.paint(state, ...(failed ? (['red', 'bold'] as const) : (['green'] as const)));
  return ` ${job.number} ${(job.task ?? '').padEnd(13)} ${shown}  ${result}`.trimEnd();
}

/** The last line that the job wrote, the pictures and pages it made, and of what it is a rerun. */
async function resultOf(client: LabkeepClient, job: Job): Promise<string> {
  const log = await client.jobs.logText(job.ref);
  const last = log.trimEnd().split('\n').at(-1) ?? '';
  const made = job.files.filter(({ role, path }) => role === 'output' && drawing.test(path) && path !== last);
  const names = job.state === 'succeeded' ? new Set(made.map(({ path }) => path)) : [];
  const results = [last, ...names].filter((text) => text !== '').join(', ');
  const rerun = job.rerunOf === null ? '' : ` (rerun of ${job.rerunOf.split('/').at(-1)})`;
  return plain(`${results}${rerun}`.trim());
}
