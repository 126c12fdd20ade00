import { nearestName } from '../core/nearest-name.ts';
import { type NamedIn, namesIn } from '../core/select/names-in.ts';
import type { Tree } from '../core/select/tree.ts';
import type { Storage } from '../ports/storage.ts';

const namesMax = 1_000;
const notesMax = 10;

/** For a selection that found nothing: which of its names no job has, and the nearest that one has. */
export async function notesOn(storage: Storage, project: string, tree: Tree): Promise<readonly string[]> {
  const named = namesIn(tree);
  const notes = new Set<string>();
  for (const kind of new Set(named.map((it) => it.kind))) {
    const known = await storage.listNames({ project, kind, limit: namesMax });
    // Beyond so many, one may be there all the same.
    if (known.length === namesMax) continue;
    for (const it of named)
      if (it.kind === kind && !known.includes(it.name.normalize('NFC')))
        notes.add(note(kind, it.name, known));
  }
  return [...notes].slice(0, notesMax);
}

function note(kind: NamedIn['kind'], name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const quoted = JSON.stringify(name);
  const which = kind === 'task' ? `is of the task ${quoted}` : `has the ${kind} ${quoted}`;
  return `no job ${which}${nearest === null ? '' : `; the nearest is ${JSON.stringify(nearest)}`}`;
}
