/** Files and kin of a selection as the storage knows them: by place, and by the jobs that are meant. */

import { Fault } from '../../../core/faults.ts';
import { placesOf } from '../../../core/files/place.ts';
import { writeReference } from '../../../core/jobs/reference.ts';
import type { Criterion, Test } from '../../../core/select/criterion.ts';
import { directoriesAbove } from '../acts/place-files.ts';
import { integer } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';

export type Resolved =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Resolved[] }
  | { readonly kind: 'not'; readonly of: Resolved }
  | ResolvedTest;

export type ResolvedTest =
  | Exclude<Test, { readonly kind: 'file' | 'kin' }>
  /** These jobs, in the order of their ids. */
  | { readonly kind: 'jobs'; readonly ids: readonly number[] }
  | { readonly kind: 'places' | 'contents'; readonly role: string; readonly names: readonly string[] };

/** Files that more jobs mention are looked for at each job. */
const mentionsMax = 10_000;
const kinMax = 50_000;

export function* resolve(criterion: Criterion): Script<Resolved> {
  switch (criterion.kind) {
    case 'all':
    case 'any': {
      const of: Resolved[] = [];
      for (const part of criterion.of) of.push(yield* resolve(part));
      return { kind: criterion.kind, of };
    }
    case 'not':
      return { kind: 'not', of: yield* resolve(criterion.of) };
    case 'file':
      return yield* resolveFile(criterion);
    case 'kin':
      return yield* resolveKin(criterion);
    default:
      return criterion;
  }
}

function* resolveFile({ role, paths, digests }: Test & { readonly kind: 'file' }): Script<Resolved> {
  const directories = yield* directoriesAbove(paths);
  const places = paths.flatMap((path) => placesOf(path, directories));
  const of: Resolved[] = [];
  for (const [kind, names] of [
    ['places', places],
    ['contents', digests],
  ] as const) {
    if (names.length === 0) continue;
    const rows = yield* select(`gather-${kind}`, role, names, mentionsMax + 1);
    of.push(rows.length > mentionsMax ? { kind, role, names } : { kind: 'jobs', ids: idsOf(rows) });
  }
  return { kind: 'any', of };
}

function* resolveKin({ side, places }: Test & { readonly kind: 'kin' }): Script<Resolved> {
  const jobs: number[] = [];
  for (const { project, number } of places) {
    const row = yield* selectOne('find-job', project, number);
    if (row !== undefined) jobs.push(integer(row.id));
  }
  const rows = jobs.length === 0 ? [] : yield* select(`gather-${side}`, jobs, kinMax + 1);
  if (rows.length > kinMax)
    throw new Fault('invalid_field', {
      field: 'where',
      detail: `The selection names a job with more than ${kinMax} ${side}`,
      found: places.map(writeReference),
      expected: `a job with at most ${kinMax} ${side}`,
    });
  return { kind: 'jobs', ids: idsOf(rows) };
}

function idsOf(rows: readonly Row[]): readonly number[] {
  return [...new Set(rows.map((row) => integer(row.id)))].sort((one, other) => one - other);
}
