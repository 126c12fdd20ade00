/** What `.gitignore` and `.labkeepignore` name, by git's rules (gitignore(5)); and the stores of version control. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Ignore } from 'ignore';
import { orNull } from '../worker/programs/look.ts';

const names = ['.gitignore', '.labkeepignore'];
const stores = new Set(['.git', '.hg', '.svn', '.jj']);

interface Rules {
  readonly folder: string;
  readonly matcher: Ignore;
}

/** Ignore files count from the top of the repository, if the folder is in one, else from the folder itself. */
export class Ignored {
  readonly #rules: Rules[] = [];

  private constructor() {}

  static async of(folder: string): Promise<Ignored> {
    const ignored = new Ignored();
    const top = topOf(folder);
    const chain: string[] = [];
    for (let at = folder; ; at = dirname(at)) {
      chain.unshift(at);
      if (at === top || at === dirname(at)) break;
    }
    for (const at of chain) await ignored.enter(at);
    return ignored;
  }

  /** Reads the ignore files of a folder, before what is in it is asked about. */
  async enter(folder: string): Promise<void> {
    const text = names.map((name) => orNull(() => readFileSync(join(folder, name), 'utf8')) ?? '').join('\n');
    if (text.trim() === '') return;
    const { default: ignore } = await import('ignore');
    this.#rules.push({ folder, matcher: ignore({ allowRelativePaths: true }).add(text) });
  }

  /** The innermost file that says anything of a path decides. */
  has(path: string, isFolder: boolean): boolean {
    if (isFolder && stores.has(path.slice(path.lastIndexOf(sep) + 1))) return true;
    for (let index = this.#rules.length - 1; index >= 0; index -= 1) {
      const { folder, matcher } = this.#rules[index] as Rules;
      if (!path.startsWith(folder === sep ? sep : folder + sep)) continue;
      const verdict = matcher.test(`${relative(folder, path)}${isFolder ? '/' : ''}`);
      if (verdict.ignored) return true;
      if (verdict.unignored) return false;
    }
    return false;
  }
}

function topOf(folder: string): string {
  for (let at = folder; at !== dirname(at); at = dirname(at)) if (existsSync(join(at, '.git'))) return at;
  return folder;
}
