import { setTimeout as delay } from 'node:timers/promises';
import type { JobSummary, LabkeepClient, Log } from '@labkeep/client';
import type { Command } from 'commander';
import { isFinal } from '../core/jobs/states.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { endText } from './job-view.ts';
import { integerFrom } from './numbers.ts';
import { type ProjectOption, readRefs, withProject } from './projects-here.ts';
import { refusal } from './refusal.ts';

interface Options extends ServerOptions, ProjectOption {
  readonly follow?: true;
  readonly attempt?: number;
}

/** Between two looks at a log that still grows. */
const lookEveryMs = 300;
/** Between two looks at children none of which has begun, at most. */
const lookAtChildrenEveryMs = 2_000;
/** A server that was there and is being restarted is waited for. */
const restart = { retryForMs: 10 * 60_000 };

export function define(command: Command, cli: Cli): void {
  command.argument('<job>', 'such as toxd/12, or 12');
  withServer(withProject(command))
    .option('-f, --follow', 'go on until the job has ended')
    .option('--attempt <number>', 'of this attempt (the newest)', integerFrom(1, 1_000_000))
    .action(async (text: string, options: Options) => {
      const { client } = connect(cli, options);
      const [ref = ''] = await readRefs(cli, client, [text], options);
      if (options.follow && options.attempt !== undefined)
        throw refusal(
          'usage',
          '--follow and --attempt exclude each other',
          'Follow the newest attempt, or read one that has ended.',
        );
      const print = (page: Log): void => printPage(cli, page, options);
      if (options.follow) await follow(cli, client, ref, print);
      else if (!(await readAll(cli, client, ref, options, print)) && !options.json)
        cli.terminal.say(`labkeep: nothing is written; labkeep show ${ref} tells more`);
    });
}

/** Of a job without work of its own: what its children wrote, one after the other. False if there is nothing. */
async function readAll(
  cli: Cli,
  client: LabkeepClient,
  ref: string,
  options: Options,
  print: Print,
): Promise<boolean> {
  if (await readToEnd(client, ref, options.attempt, print)) return true;
  const job = await client.jobs.get(ref);
  if (job.children === null || job.attempts > 0) return false;
  let written = false;
  for await (const child of client.jobs.each(job.project, { parent: job.number, limit: 1_000 })) {
    if (!options.json) cli.terminal.say(`labkeep: ${endText(child, cli.now())}`);
    written = (await readAll(cli, client, child.ref, options, print)) || written;
  }
  return written;
}

type Print = (page: Log) => void;

/** False if there is nothing to print. */
async function readToEnd(
  client: LabkeepClient,
  ref: string,
  attempt: number | undefined,
  print: Print,
): Promise<boolean> {
  let place: number | undefined;
  for (;;) {
    const page = await client.jobs.log(ref, { attempt, after: place, limit: 1_000 });
    print(page);
    if (page.items.length === 0 || page.next === null) return place !== undefined || page.items.length > 0;
    place = page.next;
  }
}

/** Prints one attempt after the other as they grow, until the job is final. */
async function follow(cli: Cli, client: LabkeepClient, ref: string, print: Print): Promise<void> {
  let attempt: number | undefined;
  let place: number | undefined;
  let patience = {};
  for (;;) {
    // The state comes first: what was written before the end is in the page that is read after it.
    const job = await client.jobs.get(ref, patience);
    patience = restart;
    if (job.command === null && job.task === null) return followChildren(cli, client, ref, print);
    const page = await client.jobs.log(ref, { attempt, after: place, limit: 1_000 }, patience);
    if (page.items.length > 0) print(page);
    attempt ??= page.attempt ?? undefined;
    place = page.items.at(-1)?.sequence ?? place;
    if (page.items.length > 0 && page.next !== null) continue;
    if (page.complete && attempt !== undefined && job.attempts > attempt) {
      attempt += 1;
      place = undefined;
      continue;
    }
    if (isFinal(job.state)) {
      cli.terminal.say(`labkeep: ${endText(job, cli.now())}`);
      return;
    }
    await delay(lookEveryMs);
  }
}

/** Prints the children one after the other, each when it has begun, until the parent is final. */
async function followChildren(cli: Cli, client: LabkeepClient, ref: string, print: Print): Promise<void> {
  const shown = new Set<string>();
  for (let pauseMs = lookEveryMs; ; pauseMs = Math.min(2 * pauseMs, lookAtChildrenEveryMs)) {
    // The state comes first: a parent that is final has no children to come.
    const parent = await client.jobs.get(ref, restart);
    const before = shown.size;
    for await (const child of client.jobs.each(
      parent.project,
      { parent: parent.number, limit: 1_000 },
      restart,
    )) {
      if (shown.has(child.ref) || !hasBegun(child)) continue;
      await follow(cli, client, child.ref, print);
      shown.add(child.ref);
    }
    if (isFinal(parent.state)) {
      cli.terminal.say(`labkeep: ${endText(parent, cli.now())}`);
      return;
    }
    if (shown.size > before) pauseMs = lookEveryMs;
    await delay(pauseMs);
  }
}

function hasBegun({ state, attempts }: JobSummary): boolean {
  return isFinal(state) || state === 'running' || state === 'lost' || attempts > 0;
}

function printPage({ terminal }: Cli, page: Log, { json }: Options): void {
  if (json) terminal.json(page);
  else for (const { data } of page.items) terminal.bytes(Buffer.from(data, 'base64'));
}
