/** Absolute paths as texts: no file system is asked, and links are for whoever names a path to resolve. */
import { bounds } from '../jobs/specify.ts';
import { checkDirectory } from '../text.ts';

/** Without `.`, `..`, doubled or last slashes; a relative path stands below `folder`. Null if that is not known. */
export function absolutePath(path: string, folder: string | null): string | null {
  if (!path.startsWith('/') && (folder === null || !folder.startsWith('/'))) return null;
  const parts: string[] = [];
  for (const part of `${path.startsWith('/') ? '' : `${folder ?? ''}/`}${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** An absolute path that somebody gave, without `.`, `..`, doubled or last slashes. */
export function plainPath(path: string, field: string): string {
  checkDirectory(path, field, bounds.pathLength);
  return absolutePath(path, null) ?? path;
}

/** The path itself and every folder that holds it, innermost first; of an absolute path in its plain form. */
export function pathsAbove(path: string): readonly string[] {
  const above = [path];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    above.push(path.slice(0, end));
  return path === '/' ? above : [...above, '/'];
}

/** The name of a path below a folder that holds it; empty for the folder itself. */
export function nameBelow(folder: string, path: string): string {
  if (path === folder) return '';
  return path.slice(folder === '/' ? 1 : folder.length + 1);
}

/** The path of a name below a folder. */
export function pathBelow(folder: string, name: string): string {
  if (name === '') return folder;
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}
