/** What became of an act: its answer, or why it was refused. */
export type Outcome =
  | { readonly done: true; readonly value: unknown }
  | { readonly done: false; readonly error: unknown };
