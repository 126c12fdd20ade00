/** `submit --each`: a parent, and below it a child for each item. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Job, LabkeepClient, NewJob } from '@labkeep/client';
import { titleOf } from '../core/jobs/command-text.ts';
import { checkMarks, filesMatching, linesOf, withItem } from './array-items.ts';
import type { Cli } from './cli.ts';
import { barText, withProgress } from './progress.ts';
import { refusal } from './refusal.ts';
import { counted } from './text.ts';

export interface ArrayOptions {
  readonly each?: string;
  readonly eachLine?: string;
  readonly atOnce?: number;
  readonly key?: string;
}

interface Items {
  readonly items: readonly string[];
  readonly areFiles: boolean;
}

/** What an array is to be made for; null where none is wanted. Nothing is sent before this is known. */
export async function readItems(
  cli: Cli,
  words: readonly string[],
  { each, eachLine, atOnce, key }: ArrayOptions,
): Promise<Items | null> {
  if (each === undefined && eachLine === undefined) {
    if (atOnce === undefined && key === undefined) return null;
    const option = atOnce === undefined ? '--key' : '--at-once';
    throw refusal(
      'usage',
      `${option} is for arrays`,
      "Say what the children are made for: --each 'data/*.mtz', or --each-line FILE.",
    );
  }
  if (each !== undefined && eachLine !== undefined)
    throw refusal('usage', 'Both --each and --each-line are given', 'Leave one of them out.');
  if (words.includes('--'))
    throw refusal(
      'usage',
      'The shell has put files in the place of the pattern',
      "Write it in quotes: labkeep submit --each 'data/*.mtz' -- PROGRAM {}.",
    );
  checkMarks(words);
  return each === undefined
    ? { items: await linesOf(cli, eachLine ?? ''), areFiles: false }
    : { items: await filesMatching(each, cli.folder), areFiles: true };
}

/** So many children go in one request, all or none. */
const batch = 1_000;

/**
 * The parent is a draft until all children are in, so that it cannot end with the first of them. Each request has a
 * key of its own; so the whole may be repeated under its key after an interruption, and nothing is there twice.
 */
export async function submitArray(
  cli: Cli,
  client: LabkeepClient,
  project: string,
  { items, areFiles }: Items,
  job: NewJob,
  options: ArrayOptions & { readonly title?: string | undefined },
): Promise<Job> {
  const key = options.key ?? randomUUID();
  const keyed = (part: string) => ({ idempotencyKey: `${key} ${part}` });
  const words = job.command ?? [];
  const title = options.title ?? titleOf(words);
  const parent = await client.jobs.submit(
    project,
    { title, submit: false, ...(options.atOnce === undefined ? {} : { atOnce: options.atOnce }) },
    keyed('parent'),
  );
  const childOf = (item: string, index: number): NewJob => {
    const command = withItem(words, item, index + 1);
    const read = [
      ...mentioned(job.inputs, item, index + 1),
      ...(areFiles ? [resolve(cli.folder, item)] : []),
    ];
    const written = mentioned(job.outputs, item, index + 1);
    const files = {
      ...(read.length === 0 ? {} : { inputs: read }),
      ...(written.length === 0 ? {} : { outputs: written }),
    };
    return { ...job, ...files, command, title: titleOf(command), parent: parent.number };
  };
  const again = `the same command with --key ${key} goes on`;
  if (items.length > batch)
    cli.terminal.say(
      `labkeep: ${parent.ref}, ${counted(items.length, 'job')}; if this is interrupted, ${again}`,
    );
  let sent = 0;
  const line = (): string => `${barText(sent / items.length)}  ${sent} of ${items.length} submitted`;
  try {
    await withProgress(cli, line, async () => {
      for (; sent < items.length; sent = Math.min(sent + batch, items.length)) {
        const children = items.slice(sent, sent + batch).map((item, at) => childOf(item, sent + at));
        await client.jobs.submitMany(project, children, keyed(`from ${sent}`));
      }
    });
    return await client.jobs.act(parent.ref, 'submit', keyed('submit'));
  } catch (error) {
    cli.terminal.say(`labkeep: ${sent} of ${items.length} jobs are below ${parent.ref}; ${again}`);
    throw error;
  }
}

/** Files of the job, with the item in the place of its marks. */
function mentioned(files: NewJob['inputs'], item: string, number: number): NonNullable<NewJob['inputs']> {
  return (files ?? []).map((file) =>
    typeof file === 'string' ? (withItem([file], item, number)[0] ?? file) : file,
  );
}
