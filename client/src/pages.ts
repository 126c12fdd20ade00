/** Goes through a paged list to its end, one page in memory at a time. */
export async function* eachItem<T, C extends string | number, Q extends { readonly after?: C | undefined }>(
  query: Q,
  page: (query: Q) => Promise<{ readonly items: readonly T[]; readonly next: C | null }>,
): AsyncGenerator<T, void, undefined> {
  let current = query;
  for (;;) {
    const { items, next } = await page(current);
    yield* items;
    if (next === null) return;
    current = { ...current, after: next };
  }
}
