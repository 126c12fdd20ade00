/** One page of a list: how much, and the key to go on from. */
export interface PageRequest {
  readonly limit: number;
  readonly after?: string | undefined;
}

export function pageOf(page: PageRequest): { readonly limit: number; readonly after?: string } {
  return page.after === undefined ? { limit: page.limit } : { limit: page.limit, after: page.after };
}
