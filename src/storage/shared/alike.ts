import type { Value } from './script.ts';

/** Rows that differ in nothing but their key, which comes first: one set statement writes them all. */
export interface AlikeRows {
  readonly keys: number[];
  /** What stands behind the key. */
  readonly rest: readonly Value[];
}

/** Rows to write as sets of such as are alike; in order of arrival. Keys are integers. */
export function alike(rows: readonly (readonly Value[])[]): readonly AlikeRows[] {
  const sets = new Map<string, AlikeRows>();
  let last: AlikeRows | null = null;
  for (const row of rows) {
    if (last === null || !sameRest(row, last.rest)) {
      const rest = row.slice(1);
      const text = JSON.stringify(rest);
      last = sets.get(text) ?? { keys: [], rest };
      sets.set(text, last);
    }
    last.keys.push(row[0] as number);
  }
  return [...sets.values()];
}

function sameRest(row: readonly Value[], rest: readonly Value[]): boolean {
  for (let column = 0; column < rest.length; column++) if (row[column + 1] !== rest[column]) return false;
  return true;
}
