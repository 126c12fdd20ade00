/** JSON Schema, as parameters of tasks are described by it. */
export interface Schemas {
  /** What is wrong with a schema, in words; null for nothing. */
  problemOf(schema: object): Promise<string | null>;
  /** The value with what the schema gives by default, or what of it does not fit. */
  complete(schema: object, value: unknown): Promise<Completed>;
}

export type Completed =
  | { readonly value: unknown }
  /** `place`: such as `.cell[2]`, empty for the value itself. */
  | { readonly place: string; readonly found: unknown; readonly expected: string };
