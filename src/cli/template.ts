import type { Job, Template, TemplateJob } from '@labkeep/client';
import type { Command } from 'commander';
import { commandText } from '../core/jobs/command-text.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { timeText } from './job-view.ts';
import { type ProjectOption, projectOrRefusal, readRefs, withProject } from './projects-here.ts';
import { printTable } from './table.ts';

type Options = ServerOptions & ProjectOption;

export function define(command: Command, cli: Cli): void {
  command.helpCommand(false);
  const sub = (name: string, about: string): Command => command.command(name).description(about);
  const named = (it: Command): Command => it.argument('<name>', 'the template');

  withServer(
    withProject(
      named(sub('save', 'keep what a job asked for under a name')).argument(
        '<job>',
        'such as toxd/12, or 12',
      ),
    ),
  ).action(async (name: string, text: string, options: Options) => {
    const { client } = connect(cli, options);
    const [ref = ''] = await readRefs(cli, client, [text], options);
    const job = await client.jobs.get(ref);
    const template = await client.templates.save(job.project, name, templateOf(job));
    if (options.json) return cli.terminal.json(template);
    cli.terminal.out(template.name);
    cli.terminal.say(`labkeep: labkeep submit --template ${name} submits such a job in ${job.project}`);
  });

  withServer(withProject(sub('list', 'list the templates of a project'))).action(async (options: Options) => {
    const { client } = connect(cli, options);
    const project = await projectOrRefusal(cli, client, options);
    const page = await client.templates.list(project, { limit: 1_000 });
    if (options.json) return cli.terminal.json(page);
    if (page.items.length === 0) return cli.terminal.say(`labkeep: no templates in ${project}`);
    printTemplates(cli, page.items);
    if (page.next !== null) cli.terminal.say('labkeep: these are the first 1,000');
  });

  withServer(withProject(named(sub('show', 'print a template as JSON')))).action(
    async (name: string, options: Options) => {
      const { client } = connect(cli, options);
      const template = await client.templates.get(await projectOrRefusal(cli, client, options), name);
      if (options.json) cli.terminal.json(template);
      else cli.terminal.out(JSON.stringify(template.job, null, 2));
    },
  );

  withServer(withProject(named(sub('remove', 'remove a template')))).action(
    async (name: string, options: Options) => {
      const { client } = connect(cli, options);
      await client.templates.remove(await projectOrRefusal(cli, client, options), name);
      if (options.json) cli.terminal.json({ removed: name });
    },
  );
}

const kept = [
  'task',
  'title',
  'command',
  'stdin',
  'directory',
  'environment',
  'parameters',
  'inputs',
  'outputs',
  'priority',
  'queue',
  'resources',
  'limits',
  'retry',
  'onLost',
  'metadata',
] as const satisfies readonly (keyof Job & keyof TemplateJob)[];

/** Of a recorded run these tell what it turned out to be, which another command need not be. */
const found: readonly string[] = ['inputs', 'outputs', 'onLost'] satisfies readonly (typeof kept)[number][];

/** What the job asked for, without what says nothing. */
function templateOf(job: Job): TemplateJob {
  const asked = kept.filter(
    (name) => job[name] !== null && (job.origin === 'queued' || !found.includes(name)),
  );
  return Object.fromEntries(asked.map((name) => [name, job[name]]));
}

function printTemplates(cli: Cli, templates: readonly Template[]): void {
  printTable(
    cli.terminal,
    [
      { title: 'TEMPLATE', cell: ({ name }) => name, paint: () => ['bold'] },
      {
        title: 'JOB',
        cell: ({ job }) => job.title ?? job.task ?? (job.command == null ? '' : commandText(job.command)),
        flexible: true,
      },
      { title: 'OWNER', cell: ({ owner }) => owner },
      { title: 'CHANGED', cell: ({ updatedAt }) => timeText(cli, updatedAt) },
    ],
    templates,
  );
}
