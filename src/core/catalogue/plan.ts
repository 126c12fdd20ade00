/** What a watched file asks of the catalogue, given how it stands. Entries that were made by hand are never touched. */
import type { DatabaseKind, Entry } from './database.ts';
import type { DeclarationProblem, Declared } from './declared.ts';

export interface EntryChanges {
  readonly tag?: string | null;
  readonly description?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly release?: string;
  readonly state?: 'on' | 'off';
}

export type DeclarationAct =
  | { readonly act: 'add'; readonly declared: Declared }
  | { readonly act: 'change'; readonly name: string; readonly changes: EntryChanges }
  /** It left the file: it goes, or at least it is off. */
  | { readonly act: 'leave'; readonly name: string; readonly mayGo: boolean };

export interface DeclarationPlan {
  readonly acts: readonly DeclarationAct[];
  readonly problems: readonly DeclarationProblem[];
}

/** What is known of the other watched files. */
export interface OtherFiles {
  /** What they declare now, by name. */
  readonly declared: ReadonlyMap<string, { readonly file: string; readonly kind: DatabaseKind }>;
  /** Whether what a file declared before, and does not any more, may go over to another one. */
  readonly letsGo: (file: string) => boolean;
}

export function planDeclarations(
  file: string,
  declared: readonly Declared[],
  entries: ReadonlyMap<string, Entry>,
  others: OtherFiles,
): DeclarationPlan {
  const acts: DeclarationAct[] = [];
  const problems: DeclarationProblem[] = [];
  for (const one of declared) {
    const entry = entries.get(one.name);
    const against = obstacle(file, one, entry, others);
    if (against !== null) problems.push({ line: one.line, database: one.name, text: against });
    else if (entry === undefined) acts.push({ act: 'add', declared: one });
    else {
      const changes = changesTo(entry, one);
      if (Object.keys(changes).length > 0 || entry.declaredIn !== file)
        acts.push({ act: 'change', name: one.name, changes });
    }
  }
  const named = new Set(declared.map(({ name }) => name));
  for (const entry of entries.values())
    if (
      entry.declaredIn === file &&
      !named.has(entry.name) &&
      // It moved: the other file takes it over as it is.
      others.declared.get(entry.name)?.kind !== entry.kind &&
      (entry.state !== 'off' || entry.release === null)
    )
      acts.push({ act: 'leave', name: entry.name, mayGo: entry.release === null });
  return { acts, problems };
}

function obstacle(file: string, one: Declared, entry: Entry | undefined, others: OtherFiles): string | null {
  const other = others.declared.get(one.name);
  if (other !== undefined)
    return `${one.name} is declared in ${other.file} too; expected each name in one file`;
  if (entry === undefined) return null;
  if (entry.kind === 'project') return `${one.name} is a project; expected another name`;
  if (entry.declaredIn === null)
    return `${one.name} was added by hand, and stays as it is; expected a name of the file’s own, or labkeep db remove ${one.name} first`;
  if (entry.declaredIn !== file && !others.letsGo(entry.declaredIn))
    return `${one.name} was declared in ${entry.declaredIn}; expected that file, or labkeep db remove ${one.name} first`;
  if (entry.kind !== one.kind)
    return `${one.name} is of kind ${entry.kind}, which does not change; expected that, or labkeep db remove ${one.name} first`;
  return null;
}

/** A closed database stays so until it is reopened; what the file says of on and off counts after that. */
function changesTo(entry: Entry, one: Declared): EntryChanges {
  const isShut = entry.state === 'closing' || entry.state === 'closed';
  return {
    ...(entry.tag !== one.tag && { tag: one.tag }),
    ...(entry.description !== one.description && { description: one.description }),
    ...(!sameSettings(entry.settings, one.settings) && { settings: one.settings }),
    ...(one.release !== null && entry.release !== one.release && { release: one.release }),
    ...(!isShut && entry.state !== one.state && { state: one.state }),
  };
}

function sameSettings(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
