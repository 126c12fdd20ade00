/**
 * Directories by their names, in what a job asks for: `{DATA}/raw/x.mtz`. The paths of its files and its working folder
 * may begin so; in its command and its environment a name may stand wherever a path may. A name is read once, when the
 * job is submitted: what is kept is a path, which has a place.
 */
import { Fault } from '../faults.ts';
import type { JobRequest } from '../jobs/specify.ts';
import { pathBelow } from './paths.ts';

export type Placed = Pick<JobRequest, 'command' | 'environment' | 'directory' | 'inputs' | 'outputs'>;

/** The paths of directories, by alias. */
export type DirectoryPaths = ReadonlyMap<string, string>;

const alias = String.raw`\{([A-Za-z0-9][A-Za-z0-9._:+-]{0,99})\}`;
const leading = new RegExp(`^${alias}(?:/|$)`);
/** Not `${DATA}`, which is the shell’s, nor `a{DATA}`. */
const anywhere = new RegExp(`(?<![\\w$}\\\\])${alias}(?![\\w{])(/?)`, 'gu');

/** Whether there may be an alias in it: most jobs have none, and nothing is looked up for them. */
export function namesDirectories({ command, environment, directory, inputs, outputs }: Placed): boolean {
  const words = [...(command ?? []), ...Object.values(environment ?? {})];
  const paths = [directory ?? '', ...[...(inputs ?? []), ...(outputs ?? [])].map(pathIn)];
  return words.some((word) => word.search(anywhere) >= 0) || paths.some((path) => leading.test(path));
}

/**
 * With paths in place of aliases. A path must not begin with an alias that nobody registered; in a command, braces may
 * mean something else, and stay.
 */
export function withDirectoryPaths<T extends Placed>(request: T, known: DirectoryPaths, at: string): T {
  const word = (text: string): string =>
    text.replace(anywhere, (whole, name: string, slash: string) => {
      const path = known.get(name);
      return path === undefined ? whole : `${path === '/' && slash !== '' ? '' : path}${slash}`;
    });
  return mapPlaced(request, word, (path, field) => absolute(path, known, `${at}${field}`));
}

/** With other words in command and environment, and other paths; `field` is the place of a path in the request. */
export function mapPlaced<T extends Placed>(
  request: T,
  word: (text: string) => string,
  path: (path: string, field: string) => string,
): T {
  const { command, environment, directory, inputs, outputs } = request;
  const files = (list: NonNullable<Placed['inputs']>, field: string): NonNullable<Placed['inputs']> =>
    list.map((file, index) => {
      const mapped = path(pathIn(file), `${field}[${index}].path`);
      return typeof file === 'string' ? mapped : { ...file, path: mapped };
    });
  return {
    ...request,
    ...(command == null ? {} : { command: command.map(word) }),
    ...(environment === undefined
      ? {}
      : {
          environment: Object.fromEntries(
            Object.entries(environment).map(([name, value]) => [name, word(value)]),
          ),
        }),
    ...(directory == null ? {} : { directory: path(directory, 'directory') }),
    ...(inputs === undefined ? {} : { inputs: files(inputs, 'inputs') }),
    ...(outputs === undefined ? {} : { outputs: files(outputs, 'outputs') }),
  };
}

function absolute(path: string, known: DirectoryPaths, field: string): string {
  const name = leading.exec(path)?.[1];
  if (name === undefined) return path;
  const folder = known.get(name);
  if (folder === undefined)
    throw new Fault('directory_unknown', {
      field,
      found: name,
      expected: known.size === 0 ? 'a registered directory' : `one of ${[...known.keys()].sort().join(', ')}`,
    });
  return pathBelow(folder, path.slice(name.length + 3));
}

function pathIn(file: string | { readonly path: string }): string {
  return typeof file === 'string' ? file : file.path;
}
