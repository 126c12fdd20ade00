/** Goes through a paged list to its end, one page in memory at a time. */
export async function* eachItem<T, Q extends { readonly after?: string | undefined }>(
  query: Q,
  page: (query: Q) => Promise<{ readonly items: readonly T[]; readonly next: string | null }>,
): AsyncGenerator<T, void, undefined> {
  let current = query;
  for (;;) {
    const { items, next } = await page(current);
    yield* items;
    if (next === null) return;
    current = { ...current, after: next };
  }
}
