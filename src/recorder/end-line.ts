/** What a recorder says when all is over, on standard error. */
import { relative } from 'node:path';
import { contains, shortPath } from './paths.ts';
import {
  type EndReport,
  type FileReport,
  isUntold,
  type RunReport,
  type Told,
  type Untold,
} from './report.ts';
import { span } from './span.ts';

const namesShown = 3;

export function endLines(
  run: RunReport,
  end: EndReport,
  told: Told | Untold,
  kept: string | null,
): readonly string[] {
  const tookMs = Date.parse(end.finishedAt) - Date.parse(run.startedAt);
  const how = end.reason === 'not_started' ? 'failed to start' : end.outcome;
  const parts = [
    `${how}${detailOf(end)}, ${span(tookMs)}`,
    ...list('in', end.inputs, run.folder),
    ...list('out', end.outputs, run.folder),
  ];
  if (isUntold(told)) {
    const then =
      kept === null ? 'the run is not recorded' : `the run is kept in ${home(kept)} and told again later`;
    return [`labkeep: ${parts.join('; ')}`, `labkeep: ${told.why.replace(/\.$/, '')}; ${then}`];
  }
  const { newProject } = told;
  return [
    ...(newProject === null
      ? []
      : [`labkeep: new project ${newProject.name}${inFolder(newProject.directory)}`]),
    `labkeep: ${told.ref} ${parts.join('; ')}`,
  ];
}

function detailOf({ reason, error, exitCode }: EndReport): string {
  if (reason === 'signal') return ` (${error})`;
  return exitCode === null || exitCode === 0 ? '' : ` (exit ${exitCode})`;
}

function inFolder(directory: string | null): string {
  return directory === null ? '' : ` (${home(directory)})`;
}

function list(label: string, files: readonly FileReport[], folder: string): readonly string[] {
  if (files.length === 0) return [];
  const names = files.slice(0, namesShown).map(({ path }) => nameOf(path, folder));
  const more = files.length - names.length;
  return [`${label}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

function nameOf(path: string, folder: string): string {
  if (path === '/dev/stdin') return 'stdin';
  return path !== folder && contains(folder, path) ? printable(relative(folder, path)) : home(path);
}

function home(path: string): string {
  return printable(shortPath(path));
}

/** A name may hold anything; the terminal is not to obey it. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u{2028}\u{2029}]/gu, '?');
}
