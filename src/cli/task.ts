import type { LabkeepClient, Task, TaskStatus } from '@labkeep/client';
import type { Command } from 'commander';
import { priorityMax } from '../core/dispatch/rank.ts';
import { commandText } from '../core/jobs/command-text.ts';
import { parameterNames, parameterSchema } from '../core/tasks/definition.ts';
import { readParameters } from '../core/tasks/read-parameters.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { gather } from './gather.ts';
import { endText, stateText } from './job-view.ts';
import { integerFrom } from './numbers.ts';
import type { ProjectOption } from './projects-here.ts';
import { progressText, restText } from './show-waiting.ts';
import { printTable } from './table.ts';
import { plain } from './text.ts';
import { type TellOptions, tellNewJob } from './wait-and-tell.ts';

interface ParameterOption {
  readonly param?: readonly string[];
}

interface RunOptions extends ServerOptions, ProjectOption, ParameterOption, TellOptions {
  readonly title?: string;
  readonly priority?: number;
  readonly hold?: true;
}

export function define(command: Command, cli: Cli): void {
  command.helpCommand(false);
  const sub = (name: string, about: string): Command => command.command(name).description(about);
  const named = (name: string, about: string): Command =>
    sub(name, about).argument('<task>', 'the name of a task');
  const withParameters = (one: Command): Command =>
    one.option('--param <name=value>', 'a parameter; given again for a list, or for another one', gather);

  withServer(sub('list', 'list the tasks that are registered')).action((options: ServerOptions) =>
    list(cli, options),
  );
  withServer(named('show', 'show what a task does, and its parameters')).action(
    (name: string, options: ServerOptions) => show(cli, name, options),
  );
  withServer(withParameters(named('run', 'run a task; prints the reference of the job')))
    .option('-p, --project <name>', 'the project that it belongs to (operations)')
    .option('--title <text>', 'what the job is called')
    .option(
      '--priority <number>',
      'larger first; one step is worth one minute of waiting',
      integerFrom(-priorityMax, priorityMax),
    )
    .option('--hold', 'let it wait until it is released')
    .option('--wait', 'wait until it has ended; exits with 1 if it did not succeed')
    .action((name: string, options: RunOptions) => run(cli, name, options));
  withServer(
    withParameters(
      named('status', 'show how the run with these parameters stands, or how the last one ended'),
    ),
  ).action((name: string, options: ServerOptions & ParameterOption) => status(cli, name, options));
}

async function list(cli: Cli, options: ServerOptions): Promise<void> {
  const { terminal } = cli;
  const page = await connect(cli, options).client.tasks.list({ limit: 1_000 });
  if (options.json) return terminal.json(page);
  if (page.items.length === 0)
    return terminal.say('labkeep: no tasks; labkeep help tasks says how they are registered');
  printTable(
    terminal,
    [
      { title: 'TASK', cell: ({ name }) => name, paint: () => ['bold'] },
      { title: 'TITLE', cell: ({ title }) => title ?? '', flexible: true },
      { title: 'PARAMETERS', cell: ({ parameters }) => parameterNames(parameters).join(' ') },
      { title: 'FROM', cell: originText },
    ],
    page.items,
  );
  if (page.next !== null) terminal.say('labkeep: these are the first 1,000');
}

function originText({ source, principal }: Task): string {
  return principal === null ? source : `${source} of ${principal}`;
}

function questionText({ command, pattern }: NonNullable<Task['version']>): string {
  return `${commandText(command)}${pattern === null ? '' : `: ${pattern}`}`;
}

async function show(cli: Cli, name: string, options: ServerOptions): Promise<void> {
  const { terminal } = cli;
  const task = await connect(cli, options).client.tasks.get(name);
  if (options.json) return terminal.json(task);
  terminal.out(task.title === null ? task.name : `${task.name}  ${plain(task.title)}`);
  if (task.description !== '') terminal.out(`\n${plain(task.description)}\n`);
  terminal.out(`from     ${originText(task)}`);
  terminal.out(`runs     ${task.command === null ? 'a handler of a worker' : commandText(task.command)}`);
  if (task.locks.length > 0) terminal.out(`locks    ${task.locks.join(', ')}`);
  if (task.version !== null) terminal.out(`version  ${plain(questionText(task.version))}`);
  for (const [name, pattern] of Object.entries(task.numbers))
    terminal.out(`number   ${name}: ${plain(pattern)}`);
  const names = parameterNames(task.parameters);
  if (names.length === 0) return;
  terminal.out('');
  const { required } = task.parameters;
  printTable(
    terminal,
    [
      { title: 'PARAMETER', cell: (one) => one, paint: () => ['bold'] },
      { title: 'TYPE', cell: (one) => typeText(parameterSchema(task.parameters, one)) },
      {
        title: 'DEFAULT',
        cell: (one) => {
          if (Array.isArray(required) && required.includes(one)) return 'required';
          const { default: value } = parameterSchema(task.parameters, one);
          return value === undefined ? '' : JSON.stringify(value);
        },
      },
      {
        title: 'MEANING',
        cell: (one) => {
          const { description } = parameterSchema(task.parameters, one);
          return typeof description === 'string' ? plain(description) : '';
        },
        flexible: true,
      },
    ],
    names,
  );
}

function typeText({ type, enum: values, items }: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(values)) return values.map((value) => String(value)).join('|');
  const each =
    typeof items === 'object' && items !== null && 'type' in items ? ` of ${String(items.type)}` : '';
  return type === undefined ? '' : `${String(type)}${each}`;
}

async function run(cli: Cli, name: string, options: RunOptions): Promise<void> {
  const { client } = connect(cli, options);
  const { project, title, priority, hold } = options;
  const task = await client.tasks.get(name);
  const parameters = readParameters(task.parameters, options.param ?? []);
  // Files that a handler is to read are meant from where one stands; a command has a folder of its own.
  const directory = task.command === null ? cli.folder : undefined;
  const job = await client.tasks.run(name, { parameters, project, title, priority, hold, directory });
  await tellNewJob(cli, client, job, options);
}

async function status(cli: Cli, name: string, options: ServerOptions & ParameterOption): Promise<void> {
  const { terminal } = cli;
  const { client } = connect(cli, options);
  const found = await client.tasks.status(name, await parametersOf(client, name, options));
  if (options.json) return terminal.json(found);
  terminal.out(statusText(cli, found));
  if (found.error !== null) terminal.out(plain(found.error));
}

/** `operations/12 running, ━━━━──── 50 % indexing, 3 of 12 files, about 3 min more` */
function statusText(cli: Cli, { job, progress, expectedAt }: TaskStatus): string {
  if (job.finishedAt !== null) return endText(job, cli.now());
  const parts = [`${job.ref} ${stateText(job)}`];
  if (progress !== null) parts.push(progressText(progress));
  const rest = restText(expectedAt, cli.now());
  return [...parts, ...(rest === null ? [] : [rest])].join(', ');
}

async function parametersOf(client: LabkeepClient, name: string, { param = [] }: ParameterOption) {
  return readParameters((await client.tasks.get(name)).parameters, param);
}
