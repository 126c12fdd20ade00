import { Fault } from '../../core/faults.ts';
import type { Page } from '../../ports/storage.ts';
import type { State } from './state.ts';

/** One page of rows that are in order already; the key of a page is the place in that order at which it ended. */
export function pageOf<Row, Item>(
  state: State,
  rows: readonly Row[],
  { limit, after }: { readonly limit: number; readonly after?: string },
  order: { readonly keyOf: (row: Row) => string; readonly isBeyond: (key: string, row: Row) => boolean },
  show: (row: Row) => Item,
): Page<Item> {
  const beyond = after === undefined ? rows : rows.filter((row) => order.isBeyond(after, row));
  const items = beyond.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(show),
    next: beyond.length > limit && last !== undefined ? order.keyOf(last) : null,
    asOf: { incarnation: state.incarnation, sequence: state.lastSequence },
  };
}

export function byNumber<Row>(numberOf: (row: Row) => number, descending = false) {
  return {
    keyOf: (row: Row) => String(numberOf(row)),
    isBeyond: (key: string, row: Row) => {
      if (!/^\d{1,16}$/.test(key)) throw new Fault('cursor_invalid', { field: 'after', found: key });
      return descending ? numberOf(row) < Number(key) : numberOf(row) > Number(key);
    },
  };
}

export function byText<Row>(textOf: (row: Row) => string) {
  return { keyOf: textOf, isBeyond: (key: string, row: Row) => textOf(row) > key };
}
