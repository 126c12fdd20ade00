/** What the running server knows: projects and jobs. Whoever presses Tab does not wait for it. */
import { type JobState, type JobSummary, type LabkeepClient, LabkeepError } from '@labkeep/client';
import type { Command } from 'commander';
import { parameterNames, parameterSchema } from '../../core/tasks/definition.ts';
import type { Cli } from '../cli.ts';
import { clientOf, findServer, type ServerOptions } from '../connect.ts';
import { stateText } from '../job-view.ts';
import { projectHere } from '../projects-here.ts';
import type { Candidate } from './candidate.ts';

/** LABKEEP_COMPLETE_MS is for those whose server is far away. */
const patienceMs = 400;
const newest = 50;

/** The states in which a job can be meant, where not all make sense. */
const sensible: Readonly<Record<string, readonly JobState[]>> = {
  cancel: ['draft', 'waiting', 'ready', 'offered', 'running', 'lost'],
  hold: ['waiting', 'ready'],
  release: ['waiting'],
  resolve: ['lost'],
  retry: ['failed', 'cancelled', 'expired', 'denied'],
  wait: ['waiting', 'ready', 'offered', 'running', 'lost'],
};

export async function projects(
  cli: Cli,
  command: Command,
  words: readonly string[],
): Promise<readonly Candidate[]> {
  return orNothing(async () => {
    const { items } = await clientFor(cli, command, words).projects.list({ limit: 1_000 });
    return items.map(({ name, title }) => ({ value: name, about: title ?? '' }));
  });
}

/** Those of the project that is meant. */
export async function templates(
  cli: Cli,
  command: Command,
  words: readonly string[],
): Promise<readonly Candidate[]> {
  return orNothing(async () => {
    const client = clientFor(cli, command, words);
    const project = await projectMeant(cli, client, words);
    if (project === null) return [];
    const { items } = await client.templates.list(project, { limit: 1_000 });
    return items.map(({ name, job }) => ({ value: name, about: job.title ?? '' }));
  });
}

export async function tasks(
  cli: Cli,
  command: Command,
  words: readonly string[],
): Promise<readonly Candidate[]> {
  return orNothing(async () => {
    const { items } = await clientFor(cli, command, words).tasks.list({ limit: 1_000 });
    return items.map(({ name, title }) => ({ value: name, about: title ?? '' }));
  });
}

/** `name=` of each parameter of the task that stands on the line, and the values of one that has only some. */
export async function taskParameters(
  cli: Cli,
  command: Command,
  words: readonly string[],
): Promise<readonly Candidate[]> {
  const [name = ''] = words;
  const [written = '', value] = (words.at(-1) ?? '').split('=');
  return orNothing(async () => {
    const { parameters } = await clientFor(cli, command, words).tasks.get(name);
    if (value === undefined)
      return parameterNames(parameters).map((one) => ({
        value: `${one}=`,
        about: String(parameterSchema(parameters, one).description ?? ''),
      }));
    const { enum: values } = parameterSchema(parameters, written);
    return Array.isArray(values)
      ? values.map((it) => ({ value: `${written}=${String(it)}`, about: '' }))
      : [];
  });
}

function projectMeant(cli: Cli, client: LabkeepClient, words: readonly string[]): Promise<string | null> {
  const named = valueAfter(words, '--project', '-p');
  return projectHere(cli, client, named === undefined ? {} : { project: named });
}

/** `12` within a project; `toxd/12` once a project is written; else the projects to choose from. */
export async function jobRefs(
  cli: Cli,
  command: Command,
  words: readonly string[],
): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? '';
  const written = current.includes('/') ? current.slice(0, current.lastIndexOf('/')) : null;
  return orNothing(async () => {
    const client = clientFor(cli, command, words);
    const project = written ?? (await projectMeant(cli, client, words));
    if (project === null) {
      const { items } = await client.projects.list({ limit: 1_000 });
      return items.map(({ name, title }) => ({ value: `${name}/`, about: title ?? '' }));
    }
    const state = sensible[command.name()];
    const list = await client.jobs.list(project, { order: 'newest', limit: newest, state });
    return list.items.map((job) => ({
      value: written === null ? job.number : job.ref,
      about: aboutJob(job),
    }));
  });
}

function aboutJob(job: JobSummary): string {
  return `${stateText(job)}  ${job.title ?? job.task ?? ''}`.trim();
}

/** The options on the line so far count here too. */
export function clientFor(cli: Cli, command: Command, words: readonly string[]): LabkeepClient {
  const options: Record<string, string> = {};
  for (const { long } of command.options)
    if (long !== undefined && ['--server', '--token', '--ca', '--data'].includes(long)) {
      const value = valueAfter(words, long);
      if (value !== undefined) options[long.slice(2)] = value;
    }
  const timeoutMs = Number(cli.env.LABKEEP_COMPLETE_MS) || patienceMs;
  return clientOf(findServer(cli, options satisfies ServerOptions), { retryForMs: 0, timeoutMs });
}

function valueAfter(words: readonly string[], ...names: readonly string[]): string | undefined {
  const at = words.findIndex((word) => names.includes(word));
  return at < 0 || at + 1 >= words.length - 1 ? undefined : words[at + 1];
}

/** Nothing if the server is away, refuses, or takes too long. */
export async function orNothing(ask: () => Promise<readonly Candidate[]>): Promise<readonly Candidate[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof LabkeepError) return [];
    throw error;
  }
}
