/** A run in the server’s paths, where the recorder’s machine has registered directories in other folders. */
import { type Mount, mountsOf, pathThere, textThere } from '@labkeep/client';
import type { EndReport, FileReport, RunReport } from './report.ts';
import type { Aliases } from './spool-parts.ts';

/** `find`: where the server has a directory, of a project or (null) of all; null where it knows none of the name. */
export async function mountsFor(
  aliases: Aliases,
  project: string | null,
  find: (project: string | null, alias: string) => Promise<string | null>,
): Promise<readonly Mount[]> {
  const directories = [];
  for (const alias of Object.keys(aliases)) {
    const path = (project === null ? null : await find(project, alias)) ?? (await find(null, alias));
    if (path !== null) directories.push({ alias, path });
  }
  return mountsOf({ directories }, new Map(Object.entries(aliases)));
}

export function runThere(run: RunReport, mounts: readonly Mount[]): RunReport {
  if (mounts.length === 0) return run;
  return {
    ...run,
    folder: pathThere(run.folder, mounts),
    command: run.command.map((word) => textThere(word, mounts)),
    inputs: filesThere(run.inputs, mounts),
  };
}

export function endThere(end: EndReport, mounts: readonly Mount[]): EndReport {
  if (mounts.length === 0) return end;
  return { ...end, inputs: filesThere(end.inputs, mounts), outputs: filesThere(end.outputs, mounts) };
}

function filesThere(files: readonly FileReport[], mounts: readonly Mount[]): readonly FileReport[] {
  return files.map((file) => ({ ...file, path: pathThere(file.path, mounts) }));
}
