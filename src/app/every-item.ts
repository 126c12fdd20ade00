import type { Page } from '../ports/storage.ts';

const pageLength = 1_000;

/** All that a list holds, read page by page. */
export async function* everyItem<Item>(
  read: (page: {
    readonly limit: number;
    readonly after?: string;
  }) => Promise<Pick<Page<Item>, 'items' | 'next'>>,
): AsyncGenerator<Item> {
  for (let after: string | null | undefined; after !== null; ) {
    const page = await read({ limit: pageLength, ...(after === undefined ? {} : { after }) });
    yield* page.items;
    after = page.next;
  }
}
