import type { Project } from '@labkeep/client';
import type { Command } from 'commander';
import { shortPath } from '../recorder/paths.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions, withServer } from './connect.ts';
import { isFolder } from './directory.ts';
import { pathHere } from './here.ts';
import { timeText } from './job-view.ts';
import { projectOrRefusal } from './projects-here.ts';
import { refusal } from './refusal.ts';
import { printTable } from './table.ts';
import { plain } from './text.ts';

interface CreateOptions extends ServerOptions {
  readonly dir?: string;
  readonly title?: string;
}

export function define(command: Command, cli: Cli): void {
  command.helpCommand(false);

  withServer(command.command('create').description('make a project').argument('<name>', 'never given twice'))
    .option('--dir <folder>', 'the folder it belongs to; its jobs run there')
    .option('--title <text>', 'what it is about')
    .action(async (name: string, options: CreateOptions) => {
      const { client } = connect(cli, options);
      const directory = options.dir === undefined ? undefined : pathHere(cli.folder, options.dir);
      const made = await client.projects.create({ name, title: options.title, directory });
      if (options.json) cli.terminal.json(made);
      else cli.terminal.out(made.name);
    });

  withServer(command.command('list').description('list the projects')).action(
    async (options: ServerOptions) => {
      const { client } = connect(cli, options);
      const page = await client.projects.list({ limit: 1_000 });
      if (options.json) return cli.terminal.json(page);
      if (page.items.length === 0)
        return cli.terminal.say('labkeep: no projects yet; labkeep submit makes one');
      printProjects(cli, page.items);
      if (page.next !== null) cli.terminal.say('labkeep: these are the first 1,000');
    },
  );

  withServer(
    command.command('show').description('show a project').argument('[name]', 'the one of this folder'),
  ).action(async (name: string | undefined, options: ServerOptions) => {
    const { client } = connect(cli, options);
    const named = name === undefined ? {} : { project: name };
    const shown = await client.projects.get(await projectOrRefusal(cli, client, named));
    if (options.json) return cli.terminal.json(shown);
    printProject(cli, shown);
  });

  withServer(
    command
      .command('relocate')
      .description('say where the folder of a project is now, after it was moved')
      .argument('<name>')
      .argument('<folder>', 'its files are known there as they were before'),
  ).action(async (name: string, folder: string, options: ServerOptions) => {
    const directory = pathHere(cli.folder, folder);
    if (!isFolder(directory))
      throw refusal(
        'usage',
        `There is no folder ${directory}`,
        'Move the folder first, then name where it is.',
      );
    const { client } = connect(cli, options);
    const { directory: before } = await client.projects.get(name);
    const moved = await client.projects.update(name, { directory });
    if (options.json) return cli.terminal.json(moved);
    const was = before === null ? '' : `; it was ${shortPath(before)}`;
    cli.terminal.say(`labkeep: the folder of ${name} is ${shortPath(directory)}${was}`);
  });

  withServer(
    command
      .command('notes')
      .description('print the notes of a project, or write them')
      .argument('[name]', 'the one of this folder'),
  )
    .option('--set <text>', 'Markdown in the place of the notes; - for the standard input')
    .action((name: string | undefined, options: NotesOptions) => notes(cli, name, options));
}

interface NotesOptions extends ServerOptions {
  readonly set?: string;
}

/** Notes are Markdown, printed as they are. */
async function notes(cli: Cli, name: string | undefined, options: NotesOptions): Promise<void> {
  const { client } = connect(cli, options);
  const project = await projectOrRefusal(cli, client, name === undefined ? {} : { project: name });
  const text = options.set === '-' ? await cli.input() : options.set;
  const shown =
    text === undefined
      ? await client.projects.get(project)
      : await client.projects.update(project, { notes: text });
  if (options.json) return cli.terminal.json(shown);
  if (text !== undefined) return cli.terminal.say(`labkeep: notes of ${project} are kept`);
  if (shown.notes === '')
    return cli.terminal.say(`labkeep: ${project} has no notes yet; --set TEXT makes some`);
  for (const line of shown.notes.trimEnd().split('\n'))
    cli.terminal.out(cli.terminal.isForPeople ? plain(line) : line);
}

function printProjects(cli: Cli, projects: readonly Project[]): void {
  printTable(
    cli.terminal,
    [
      { title: 'PROJECT', cell: ({ name }) => name, paint: () => ['bold'] },
      { title: 'TITLE', cell: ({ title }) => title ?? '', flexible: true },
      { title: 'OWNER', cell: ({ owner }) => owner },
      { title: 'CREATED', cell: ({ createdAt }) => timeText(cli, createdAt) },
      { title: 'FOLDER', cell: ({ directory }) => (directory === null ? '' : shortPath(directory)) },
    ],
    projects,
  );
}

function printProject(cli: Cli, project: Project): void {
  const { terminal } = cli;
  const title = project.title === null ? '' : `  ${plain(project.title)}`;
  terminal.out(`${terminal.paint(project.name, 'bold')}${title}`);
  const rows = [
    ['Folder', project.directory === null ? '' : shortPath(project.directory)],
    ['Owner', project.owner],
    ['Created', timeText(cli, project.createdAt)],
  ] as const;
  for (const [name, value] of rows)
    if (value !== '') terminal.out(`  ${terminal.paint(name.padEnd(8), 'dim')}  ${plain(value)}`);
}
