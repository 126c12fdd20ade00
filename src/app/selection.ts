/** What a request selects: its text, and what it asks for beside it, at one instant for all pages. */
import { Fault } from '../core/faults.ts';
import { isJobNumber } from '../core/jobs/reference.ts';
import type { JobState } from '../core/jobs/states.ts';
import { type Criterion, criterionOf, projectsIn } from '../core/select/criterion.ts';
import { parseSelection } from '../core/select/parse.ts';
import { allOf, type Tree } from '../core/select/tree.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';

export interface SelectionRequest {
  readonly project: string;
  /** As docs/selection.md has it. */
  readonly where?: string | undefined;
  readonly states?: readonly JobState[] | undefined;
  /** Only children of this number. */
  readonly parent?: string | undefined;
  readonly after?: string | undefined;
}

export interface Selection {
  readonly tree: Tree;
  readonly criterion: Criterion;
  /** Where the storage goes on. */
  readonly after?: string;
  /** The key of the next page, for who asks: what `today` and `3d` mean stays the same on it. */
  readonly carry: (next: string | null) => string | null;
}

/** Whoever asks must be allowed to read the project, and those of other jobs that are named. */
export function readSelection({ principal }: Caller, request: SelectionRequest, now: number): Selection {
  const { project, where = '', states = [], parent, after } = request;
  const cursor = after === undefined ? { instant: now } : readCursor(after);
  allow(principal, 'project.read', project);
  const tree = allOf([
    parseSelection(where),
    ...(states.length === 0 ? [] : [named('state', states)]),
    ...(parent === undefined ? [] : [named('parent', [checkNumber(parent)])]),
  ]);
  const criterion = criterionOf(tree, cursor.instant, project);
  for (const other of projectsIn(criterion)) allow(principal, 'project.read', other);
  return {
    tree,
    criterion,
    ...('after' in cursor ? { after: cursor.after } : {}),
    carry: (next) => (next === null ? null : `${cursor.instant.toString(36)}_${next}`),
  };
}

function named(field: 'state' | 'parent', values: readonly string[]): Tree {
  return { kind: 'name', field, values };
}

export function checkNumber(parent: string): string {
  if (isJobNumber(parent)) return parent;
  throw new Fault('invalid_field', {
    field: 'parent',
    found: parent,
    expected: 'a number such as 12 or 12.1',
  });
}

function readCursor(text: string): { readonly instant: number; readonly after: string } {
  const match = /^([0-9a-z]{1,9})_(.{1,100})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    throw new Fault('cursor_invalid', { field: 'after', found: text, expected: 'next of the page before' });
  return { instant: Number.parseInt(match[1], 36), after: match[2] };
}
