import type { LabkeepClient, NewDependency, NewJob } from '@labkeep/client';
import type { Command } from 'commander';
import { priorityMax } from '../core/dispatch/rank.ts';
import { titleOf } from '../core/jobs/command-text.ts';
import type { OnLost } from '../core/jobs/job.ts';
import { bounds } from '../core/jobs/specify.ts';
import { pathOrAlias } from './aliases.ts';
import { type ArrayOptions, readItems, submitArray } from './array.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerAddress, type ServerOptions, withServer } from './connect.ts';
import { gather } from './gather.ts';
import { integerFrom } from './numbers.ts';
import {
  holdsFolder,
  type ProjectOption,
  projectToSubmitTo,
  readRef,
  readRefs,
  withProject,
} from './projects-here.ts';
import { readNamed } from './read-input.ts';
import { refusal } from './refusal.ts';
import { readSpan } from './times.ts';
import { type TellOptions, tellNewJob } from './wait-and-tell.ts';

interface Options extends ServerOptions, ProjectOption, TellOptions, ArrayOptions {
  readonly title?: string;
  readonly task?: string;
  readonly priority?: number;
  readonly after?: readonly string[];
  readonly stdin?: string;
  readonly dir?: string;
  readonly in?: readonly string[];
  readonly out?: readonly string[];
  readonly lock?: readonly string[];
  readonly onLost?: OnLost;
  readonly retry?: number;
  readonly retryDelay?: number;
  readonly timeLimit?: number;
  readonly totalLimit?: number;
  readonly hold?: true;
  readonly template?: string;
  readonly draft?: string;
}

export function define(command: Command, cli: Cli): void {
  command
    .usage('[options] -- COMMAND [ARGUMENT…]')
    .argument('[command...]', 'what a worker is to run, in this folder')
    .passThroughOptions();
  withServer(withProject(command))
    .option('--title <text>', 'what the job is called (the command)')
    .option('--task <name>', 'a named kind of work, which a worker has a handler for')
    .option(
      '--priority <number>',
      'larger first; one step is worth one minute of waiting',
      integerFrom(-priorityMax, priorityMax),
    )
    .option('--after <job...>', 'run after a job has succeeded; JOB:failure, JOB:any for other ends')
    .option('--stdin <file>', 'what the command reads; - for the standard input of this command')
    .option('--dir <folder>', 'where it runs (this folder)')
    .option('--in <file>', 'a file that it reads; can be given again', gather)
    .option('--out <file>', 'a file that it writes; can be given again', gather)
    .option(
      '--lock <path>',
      'a database to hold while it runs: embl, or chado:exclusive; can be given again',
      gather,
    )
    .addOption(
      command
        .createOption(
          '--on-lost <what>',
          'what becomes of it when its worker is not heard of for a lease (fail)',
        )
        .choices(['fail', 'retry', 'ask'] satisfies OnLost[]),
    )
    .option(
      '--retry <times>',
      'how often it is tried again when it fails (0)',
      integerFrom(0, bounds.retries),
    )
    .option(
      '--retry-delay <span>',
      'the pause before that, such as 10min; doubled from one to the next (1s)',
      spanOf('--retry-delay'),
    )
    .option('--time-limit <span>', 'how long one attempt may run, such as 12h', spanOf('--time-limit'))
    .option(
      '--total-limit <span>',
      'how long after it was submitted it must have ended, such as 2d',
      spanOf('--total-limit'),
    )
    .option('--hold', 'let it wait until it is released')
    .option('--template <name>', 'what the project keeps under this name, with the changes given here')
    .option('--draft <job>', 'submit this draft, instead of a new job')
    .option('--each <pattern>', 'a job for each file that matches, below one parent; {} is the file')
    .option('--each-line <file>', 'the same for each line of a file; - for the standard input')
    .option('--at-once <number>', 'of these, so many at work at one time', integerFrom(1, 1_000_000))
    .option('--key <text>', 'the key of an array that was interrupted, to go on with it')
    .option('--wait', 'wait until it has ended; exits with 1 if it did not succeed')
    .action(async (words: string[], options: Options) => {
      if (options.draft !== undefined) return submitDraft(cli, options.draft, words, options);
      if (words.length === 0 && options.task === undefined && options.template === undefined)
        throw refusal(
          'usage',
          'There is nothing to submit',
          'Give a command: labkeep submit -- COMMAND ARGUMENTS; or a --task, or a --template.',
        );
      const array = await readItems(cli, words, options);
      const { client, server } = connect(cli, options);
      const stdin = options.stdin === undefined ? undefined : await readNamed(cli, options.stdin, '--stdin');
      const project = await projectToSubmitTo(cli, client, options);
      const like = await templateOf(client, project, options);
      const directory = like.directory ?? (await directoryFor(cli, client, server, project, options));
      const files = filesOf(cli, options);
      const policy = policyOf(options, like);
      const asked = { ...jobOf(words, options, project), ...files, ...policy, stdin, directory };
      const wanted = { ...like, ...given(asked) };
      const job =
        array === null
          ? await client.jobs.submit(project, wanted)
          : await submitArray(cli, client, project, array, wanted, options);
      await tellNewJob(cli, client, job, options);
    });
}

function spanOf(option: string): (text: string) => number {
  return (text) => readSpan(text, option);
}

/** What was said of it, each for itself in the place of what the template has. */
function policyOf({ onLost, retry, retryDelay, timeLimit, totalLimit }: Options, like: NewJob): NewJob {
  const pause = retryDelay === undefined ? {} : { delayMs: retryDelay, delayMsMax: undefined };
  const limits = {
    attemptMs: timeLimit ?? like.limits?.attemptMs,
    totalMs: totalLimit ?? like.limits?.totalMs,
  };
  return {
    onLost,
    retry: over(like.retry, { max: retry ?? like.retry?.max, ...pause }),
    limits: over(like.limits, limits),
  };
}

/** What says nothing is left out, so that a job of which nothing is said is submitted as it always was. */
function over<T extends object>(like: T | undefined, asked: T): T | undefined {
  return Object.values(asked).every((value) => value === undefined) ? like : { ...like, ...asked };
}

/** As they are called from here, wherever the job runs. */
function filesOf({ folder }: Cli, { in: inputs, out: outputs }: Options): NewJob {
  const here = (path: string): string => pathOrAlias(folder, path);
  return { inputs: inputs?.map(here), outputs: outputs?.map(here) };
}

/** What the template asks for; nothing without one. */
async function templateOf(
  client: LabkeepClient,
  project: string,
  { template, dir }: Options,
): Promise<NewJob> {
  if (template === undefined) return {};
  const { job } = await client.templates.get(project, template);
  return dir === undefined ? job : { ...job, directory: undefined };
}

/** Without what was left out, so that it stays as the template has it. */
function given(job: NewJob): NewJob {
  return Object.fromEntries(Object.entries(job).filter(([, value]) => value !== undefined));
}

async function submitDraft(
  cli: Cli,
  draft: string,
  words: readonly string[],
  options: Options,
): Promise<void> {
  if (words.length > 0)
    throw refusal(
      'usage',
      'A draft has its command already',
      'Leave the command out, or the --draft: labkeep rerun JOB -- COMMAND makes a new job.',
    );
  const { client } = connect(cli, options);
  const [ref = ''] = await readRefs(cli, client, [draft], options);
  await tellNewJob(cli, client, await client.jobs.act(ref, 'submit'), options);
}

function jobOf(words: readonly string[], options: Options, project: string): NewJob {
  const title = options.title ?? (words.length === 0 ? undefined : titleOf(words));
  return {
    ...(words.length === 0 ? {} : { command: words }),
    title,
    task: options.task,
    priority: options.priority,
    after: options.after?.map((text) => readAfter(text, project)),
    hold: options.hold,
    locks: options.lock,
  };
}

/** `toxd/12`, `12:failure`. A project’s name may itself contain colons. */
function readAfter(text: string, project: string): NewDependency {
  const match = /^(.*[0-9]):([^:/]*)$/.exec(text);
  const job = readRef(match?.[1] ?? text, project);
  const on = match?.[2] ?? 'success';
  if (on === 'success' || on === 'failure' || on === 'any') return { job, on };
  throw refusal(
    'usage',
    `${JSON.stringify(text)} names no end to come after`,
    'The ends are success, failure and any.',
  );
}

/**
 * A command runs where it was submitted, as if it had been typed there. A server elsewhere may know other folders:
 * there the project’s own directory counts, unless the working folder lies in it.
 */
async function directoryFor(
  cli: Cli,
  client: LabkeepClient,
  server: ServerAddress,
  project: string,
  { dir }: Options,
): Promise<string | undefined> {
  if (dir !== undefined) return pathOrAlias(cli.folder, dir);
  const { directory } = await client.projects.get(project);
  if (directory === cli.folder) return undefined;
  const isInside = directory !== null && holdsFolder(directory, cli.folder);
  return server.isOwn || isInside ? cli.folder : undefined;
}
