/** Which project a command means, and which job. */
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { LabkeepClient, Project } from '@labkeep/client';
import type { Command } from 'commander';
import { isJobNumber } from '../core/jobs/reference.ts';
import { systemCode } from '../daemon/system-error.ts';
import { contains, shortPath } from '../recorder/paths.ts';
import type { Cli } from './cli.ts';
import { refusal } from './refusal.ts';

export interface ProjectOption {
  readonly project?: string;
}

export function withProject(command: Command): Command {
  return command.option('-p, --project <name>', 'the project (LABKEEP_PROJECT, else the one of this folder)');
}

/** The project that is named, or whose directory contains the working folder; null if there is none. */
export async function projectHere(
  cli: Cli,
  client: LabkeepClient,
  { project }: ProjectOption,
): Promise<string | null> {
  const named = project ?? cli.env.LABKEEP_PROJECT;
  if (named !== undefined && named !== '') return named;
  return (await projectOfFolder(client, cli.folder))?.name ?? null;
}

export async function projectOrRefusal(
  cli: Cli,
  client: LabkeepClient,
  option: ProjectOption,
): Promise<string> {
  const project = await projectHere(cli, client, option);
  if (project !== null) return project;
  throw refusal(
    'usage',
    `No project is named, and none has the folder ${cli.folder}`,
    'Name one with -p; labkeep project list shows them.',
  );
}

/** Of several, the innermost; by the folder as it is named, or without links. */
async function projectOfFolder(client: LabkeepClient, folder: string): Promise<Project | null> {
  for (const each of new Set([folder, realPath(folder)])) {
    const [innermost] = (await client.projects.list({ folder: each })).items;
    if (innermost !== undefined) return innermost;
  }
  return null;
}

/** `toxd/12` as it is; `12` as a job of the project that is meant. */
export async function readRefs(
  cli: Cli,
  client: LabkeepClient,
  texts: readonly string[],
  option: ProjectOption,
): Promise<readonly string[]> {
  const isBare = (text: string): boolean => !text.includes('/');
  const project = texts.some(isBare) ? await projectOrRefusal(cli, client, option) : undefined;
  return texts.map((text) => readRef(text, project));
}

export function readRef(text: string, project: string | undefined): string {
  const slash = text.lastIndexOf('/');
  const name = slash < 0 ? project : text.slice(0, slash);
  const number = text.slice(slash + 1);
  if (name !== undefined && name !== '' && isJobNumber(number)) return `${name}/${number}`;
  const advice = 'Name it as toxd/12, or 12 for a job of the project.';
  throw refusal('usage', `${JSON.stringify(text)} is not a job`, advice);
}

/** The project to submit to; a new one, named after the folder, if there is none yet. */
export async function projectToSubmitTo(
  cli: Cli,
  client: LabkeepClient,
  option: ProjectOption,
): Promise<string> {
  const known = await projectHere(cli, client, option);
  if (known !== null) return known;
  const name = nameFor(cli.folder);
  try {
    await client.projects.create({ name, directory: cli.folder });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'project_exists')) throw error;
    throw refusal(
      'project_exists',
      `This folder has no project, and the name ${name} is taken by another`,
      `Use that with -p ${name}, or make one: labkeep project create NAME --dir .`,
    );
  }
  cli.terminal.say(`labkeep: new project ${name} (${shortPath(cli.folder)})`);
  return name;
}

function nameFor(folder: string): string {
  const name = basename(folder)
    .replaceAll(/[^A-Za-z0-9._:+-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100);
  if (name !== '') return name;
  throw refusal('usage', `No project can be named after the folder ${folder}`, 'Name one with -p.');
}

/** Whether the folder is the directory, or below it, whatever links lead there. */
export function holdsFolder(directory: string, folder: string): boolean {
  return contains(realPath(directory), realPath(folder));
}

/** Without links; what is not on this machine stays as it is written. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return path;
  }
}
