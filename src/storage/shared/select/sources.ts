/** By which indexes the jobs of a selection can be found. */
import { endReasons, isFinal, type JobState, jobStates, waitReasons } from '../../../core/jobs/states.ts';
import type { Range } from '../../../core/select/criterion.ts';
import type { Value } from '../script.ts';
import { beyond } from './clause.ts';
import type { Resolved, ResolvedTest } from './resolve.ts';

/** What one index gives: `pick-NAME-…` in the order of creation, or `gather-NAME` in none; or jobs that are known. */
export type Source =
  | { readonly name: string; readonly keys: readonly Value[]; readonly ordered: boolean }
  | { readonly ids: readonly number[] };

export function isOrdered(source: Source): boolean {
  return 'ids' in source || source.ordered;
}

/** Jobs that lie in one of these sources: all that a selection can hold are among them. */
export type Cover = readonly Source[];

const coversMax = 6;
const sourcesMax = 40;

/** The covers of a selection, of which any one is enough; none where only a look at every job will do. */
export function coversOf(criterion: Resolved): readonly Cover[] {
  return covers(criterion)
    .filter((cover) => cover.length <= sourcesMax)
    .slice(0, coversMax);
}

function covers(criterion: Resolved): readonly Cover[] {
  switch (criterion.kind) {
    case 'all':
      return criterion.of.flatMap(covers);
    case 'any': {
      const each = criterion.of.map((part) => covers(part)[0]);
      return each.includes(undefined) ? [] : [each.flatMap((cover) => cover ?? [])];
    }
    case 'not': {
      const { of } = criterion;
      if (of.kind !== 'name' || of.field !== 'state') return [];
      return [inStates((state) => !of.values.includes(state))];
    }
    default: {
      const cover = coverOf(criterion);
      return cover === null ? [] : [cover];
    }
  }
}

const pick = (name: string, key: Value): Source => ({ name, keys: [key], ordered: true });

function coverOf(test: ResolvedTest): Cover | null {
  switch (test.kind) {
    case 'word':
      return test.prefix
        ? [{ name: 'prefix', keys: [test.word, beyond(test.word)], ordered: false }]
        : [pick('word', test.word)];
    case 'name': {
      const names = [...new Set(test.values)].filter((value) => value !== null);
      if (test.values.includes(null)) return null;
      if (test.field === 'state') return inStates((state) => names.includes(state));
      if (test.field === 'reason' && names.every(isOfWaiting))
        return inStates((state) => state === 'waiting');
      const source = sourceOf[test.field];
      return source === undefined ? null : names.map((name) => pick(source, name));
    }
    case 'range': {
      const { of } = test;
      if (test.none || !('number' in of)) return null;
      return test.ranges.map(({ from, to }) => ({
        name: 'number',
        keys: [of.number, from, to],
        ordered: false,
      }));
    }
    case 'jobs':
      return [{ ids: test.ids }];
    case 'places':
    case 'contents':
      return null;
  }
}

function inStates(isMeant: (state: JobState) => boolean): Cover {
  return jobStates.filter(isMeant).flatMap((state) => shelvesOf(state).map((shelf) => pick(shelf, state)));
}

/** Only jobs that wait have these reasons. */
function isOfWaiting(reason: string): boolean {
  return reason in waitReasons && !(reason in endReasons);
}

const sourceOf: Readonly<Record<string, string>> = {
  task: 'task',
  tag: 'tag',
  rating: 'rating',
  parent: 'children',
};

/** Where jobs of a state are found in order: each shelf is an index that only they are in, or a short one. */
export function shelvesOf(state: JobState): readonly ('ended' | 'idle' | 'ready' | 'held')[] {
  if (isFinal(state)) return ['ended'];
  if (state === 'ready') return ['ready'];
  if (state === 'lost' || state === 'running') return ['held', 'idle'];
  return state === 'offered' ? ['held'] : ['idle'];
}

const everywhere: Range = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** The least range that holds a measure of every job of the selection; null where one may have none. */
export function boundsOf(criterion: Resolved, measure: string): Range | null {
  const found = conjuncts(criterion).flatMap((part) =>
    part.kind === 'range' && !part.none && nameOf(part) === measure ? [part.ranges] : [],
  );
  if (found.length === 0) return null;
  return found.reduce((bounds, ranges): Range => {
    const from = Math.min(...ranges.map((range) => range.from));
    const to = Math.max(...ranges.map((range) => range.to));
    return { from: Math.max(bounds.from, from), to: Math.min(bounds.to, to) };
  }, everywhere);
}

/** The parts that all have to be fulfilled. */
function conjuncts(criterion: Resolved): readonly Resolved[] {
  return criterion.kind === 'all' ? criterion.of.flatMap(conjuncts) : [criterion];
}

function nameOf({ of }: ResolvedTest & { readonly kind: 'range' }): string {
  return 'number' in of ? `number ${of.number}` : of.field;
}
