/** A project that does not exist is answered with the one that was most likely meant. */
import { LabkeepError } from '@labkeep/client';
import { nearestName } from '../core/nearest-name.ts';
import type { Cli } from './cli.ts';
import { connect, type ServerOptions } from './connect.ts';

const projectsMax = 1_000;

/** The error, with better advice if a project’s name is misspelt. */
export async function withMeantProject(cli: Cli, options: ServerOptions, error: unknown): Promise<unknown> {
  const wrong = unknownProject(error);
  if (wrong === null || !(error instanceof LabkeepError)) return error;
  const names = await projectNames(cli, options);
  if (names.includes(wrong)) return error;
  const meant = nearestName(wrong, names);
  const { code, detail, status } = error;
  return new LabkeepError({
    code: 'project_unknown',
    status,
    detail: code === 'job_unknown' ? 'There is no such project.' : detail,
    found: wrong,
    advice: meant === null ? 'labkeep project list shows those that there are.' : `Did you mean ${meant}?`,
  });
}

/** A job of a project that does not exist is an unknown job, to the server. */
function unknownProject(error: unknown): string | null {
  if (!(error instanceof LabkeepError) || typeof error.found !== 'string') return null;
  if (error.code === 'project_unknown') return error.found;
  return error.code === 'job_unknown' ? error.found.slice(0, error.found.lastIndexOf('/')) : null;
}

/** None if the server does not say. */
async function projectNames(cli: Cli, options: ServerOptions): Promise<readonly string[]> {
  try {
    const { items } = await connect(cli, options).client.projects.list({ limit: projectsMax });
    return items.map(({ name }) => name);
  } catch (error) {
    if (error instanceof LabkeepError) return [];
    throw error;
  }
}
