import {
  type DirectoryPaths,
  namesDirectories,
  type Placed,
  withDirectoryPaths,
} from '../core/files/aliases.ts';
import { everyItem } from './every-item.ts';
import type { World } from './world.ts';

/** The directories that a job of this project may name: the project’s own stand before the server’s. */
export async function directoryPaths(storage: World['storage'], project: string): Promise<DirectoryPaths> {
  const paths = new Map<string, string>();
  for (const owner of [null, project])
    for await (const { alias, path } of everyItem((page) =>
      storage.listDirectories({ project: owner, ...page }),
    ))
      paths.set(alias, path);
  return paths;
}

/** Puts paths in place of the aliases in requests; where none has one, nothing is looked up. */
export async function placeRequests<T extends Placed>(
  storage: World['storage'],
  project: string,
  requests: readonly T[],
  at: (index: number) => string,
): Promise<readonly T[]> {
  if (!requests.some(namesDirectories)) return requests;
  const known = await directoryPaths(storage, project);
  return requests.map((request, index) => withDirectoryPaths(request, known, at(index)));
}

/** The same of one request, whose fields stand alone. */
export async function placeRequest<T extends Placed>(
  storage: World['storage'],
  project: string,
  request: T,
): Promise<T> {
  const [placed = request] = await placeRequests(storage, project, [request], () => '');
  return placed;
}
