import { isBuiltin } from 'node:module';
import { matchesGlob, posix } from 'node:path';
import { type Reference, readsAt, referencesOf } from './references.ts';
import { type Token, tokensOf } from './tokens.ts';

/** What a folder may import beside itself; what is absent is nothing. */
export type Folder = {
  readonly folders?: 'any' | readonly string[];
  /** Node's own modules, without `node:`. */
  readonly builtins?: 'any' | readonly string[];
  /** `any` is any that package.json lists under dependencies. */
  readonly packages?: 'any' | readonly string[];
};

export type Ban = {
  readonly because: string;
  /** Globs of paths. */
  readonly in: readonly string[];
  readonly except?: readonly string[];
  readonly finds: (tokens: readonly Token[]) => readonly Token[];
};

export type House = {
  /** Where the table of folders holds: what is published, each root by itself. */
  readonly roots: readonly string[];
  readonly folders: Readonly<Record<string, Folder>>;
  /** What is reached by name from another root, because publishing moves it: name to path. */
  readonly names: Readonly<Record<string, string>>;
  readonly dependencies: readonly string[];
  /** Files that import a module whose name they are given. */
  readonly loaders: readonly string[];
  readonly bans: readonly Ban[];
};

export type Source = { readonly path: string; readonly text: string };

/** Everything in these sources that breaks the rules of the house, one line each. */
export function breaches(house: House, sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    try {
      const tokens = tokensOf(source.text);
      return [...importBreaches(house, source.path, tokens), ...banBreaches(house, source.path, tokens)];
    } catch (error) {
      return [`${source.path}: cannot be read: ${String(error)}`];
    }
  });
}

function banBreaches(house: House, path: string, tokens: readonly Token[]): string[] {
  const covers = (globs: readonly string[] = []): boolean => globs.some((glob) => matchesGlob(path, glob));
  return house.bans
    .filter((ban) => covers(ban.in) && !covers(ban.except))
    .flatMap((ban) => ban.finds(tokens).map((t) => `${path}:${t.line}: \`${t.text}\`: ${ban.because}`));
}

function importBreaches(house: House, path: string, tokens: readonly Token[]): string[] {
  if (rootOf(house, path) === undefined) return [];
  const home = folderOf(house, path);
  if (home === undefined) return [`${path}: its folder is not in the table of folders`];
  return referencesOf(codeOf(tokens)).flatMap((reference) => {
    const breach = referenceBreach(house, path, home, reference);
    return breach === undefined ? [] : [`${path}:${reference.line}: ${breach}`];
  });
}

function referenceBreach(house: House, path: string, home: string, reference: Reference): string | undefined {
  const { specifier, kind } = reference;
  const allowed = house.folders[home] ?? {};
  if (specifier === undefined) {
    return kind === 'url' || house.loaders.includes(path) ? undefined : 'imports what no reader can know';
  }
  if (isBuiltin(specifier)) {
    const name = specifier.replace('node:', '');
    return permits(allowed.builtins, name) ? undefined : `${home} may not import node:${name}`;
  }
  if (kind === 'url' && specifier.endsWith('.ts')) {
    return `names ${specifier}, which is .js when published: say \`./name\${extname(import.meta.filename)}\``;
  }

  const target = targetOf(house, path, specifier, kind);
  if (target === undefined) {
    const name = specifier.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? specifier;
    if (!house.dependencies.includes(name)) return `imports ${name}, which is not among the dependencies`;
    return permits(allowed.packages, name) ? undefined : `${home} may not import the package ${name}`;
  }
  if (target === 'package.json') return undefined;
  if (specifier.startsWith('.') && rootOf(house, target) !== rootOf(house, path)) {
    return `goes to ${target} by path; publishing moves it, so go by its name`;
  }
  const folder = folderOf(house, target);
  if (folder === undefined) return `imports ${target}, whose folder is not in the table of folders`;
  return folder === home || permits(allowed.folders, folder) ? undefined : `${home} may not import ${folder}`;
}

/** The file in this repository that is named, or undefined for a package. */
function targetOf(
  house: House,
  path: string,
  specifier: string,
  kind: Reference['kind'],
): string | undefined {
  if (kind === 'url' || specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  return Object.entries(house.names).find(([name]) => isWithin(specifier, name))?.[1];
}

function folderOf(house: House, path: string): string | undefined {
  return Object.keys(house.folders).find((folder) => isWithin(path, folder));
}

function rootOf(house: House, path: string): string | undefined {
  return house.roots.find((root) => isWithin(path, root));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function permits(allowed: 'any' | readonly string[] = [], name: string): boolean {
  return allowed === 'any' || allowed.includes(name);
}

function codeOf(tokens: readonly Token[]): Token[] {
  return tokens.filter((token) => token.kind !== 'comment');
}

/** Finds phrases of code, written with a blank between the tokens. A single word that names a property is none. */
export function saying(...phrases: readonly string[]): Ban['finds'] {
  const split = phrases.map((phrase) => phrase.split(' '));
  return (tokens) => {
    const code = codeOf(tokens);
    return code.filter((_, at) =>
      split.some((phrase) => readsAt(code, at, phrase) && !(phrase.length === 1 && namesProperty(code, at))),
    );
  };
}

function namesProperty(code: readonly Token[], at: number): boolean {
  const isKey = readsAt(code, at + 1, [':']) || readsAt(code, at + 1, ['?', ':']);
  const isMember = readsAt(code, at - 1, ['.']) && !readsAt(code, at - 2, ['.']);
  return isKey || isMember;
}

export function commenting(pattern: RegExp): Ban['finds'] {
  return (tokens) => tokens.filter((token) => token.kind === 'comment' && pattern.test(token.text));
}

/** A comment does not make up for a failure that nobody learns of, so it does not count. */
export function catchingNothing(tokens: readonly Token[]): readonly Token[] {
  const code = codeOf(tokens);
  return code.filter((_, at) => {
    if (!readsAt(code, at, ['catch'])) return false;
    const block = readsAt(code, at + 1, ['('])
      ? code.findIndex((t, i) => i > at && t.text === ')') + 1
      : at + 1;
    return readsAt(code, block, ['{', '}']);
  });
}

export function declaringEnum(tokens: readonly Token[]): readonly Token[] {
  const code = codeOf(tokens);
  return code.filter(
    (_, at) => readsAt(code, at, ['enum']) && code[at + 1]?.kind === 'word' && readsAt(code, at + 2, ['{']),
  );
}
