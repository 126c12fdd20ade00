import { writeCursor } from '../../../core/events/cursor.ts';
import type { Page } from '../../../ports/storage.ts';

/** A page of a list as the wire has it. */
export function presentPage<T, U>(
  page: Page<T>,
  present: (item: T) => U,
): { items: U[]; next: string | null; asOf: string } {
  return { items: page.items.map(present), next: page.next, asOf: writeCursor(page.asOf) };
}
