import type { Position } from '../../../core/events/cursor.ts';
import { Fault } from '../../../core/faults.ts';
import type { Page } from '../../../ports/storage.ts';
import { integer, text } from '../rows.ts';
import { type Row, type Script, selectOne } from '../script.ts';

/** Where the record of events stands in this snapshot. */
export function* position(): Script<Position & { readonly from: number }> {
  const row = yield* selectOne('find-position');
  return {
    incarnation: text(row?.incarnation),
    sequence: integer(row?.event),
    from: integer(row?.events_from),
  };
}

/** A page of rows that were read one beyond the limit. */
export function pageOf<T>(
  rows: readonly Row[],
  limit: number,
  asOf: Position,
  read: (row: Row) => T,
  keyOf: (row: Row) => string,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(read),
    next: rows.length > limit && last !== undefined ? keyOf(last) : null,
    asOf: { incarnation: asOf.incarnation, sequence: asOf.sequence },
  };
}

/** A key of a list of numbered things, as `next` gave it. */
export function numericKey(after: string | undefined): number {
  if (after === undefined) return 0;
  const key = /^~[0-9a-z]{1,11}$/.test(after) ? Number.parseInt(after.slice(1), 36) : Number.NaN;
  if (!Number.isSafeInteger(key))
    throw new Fault('cursor_invalid', { field: 'after', found: after, expected: 'next of the page before' });
  return key;
}

/** The mark tells it from a number or a word that somebody made up, which would lead to an empty page. */
export function writeKey(key: number): string {
  return `~${key.toString(36)}`;
}
