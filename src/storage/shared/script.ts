/**
 * Acts on an SQL storage are written once, as generators that yield statements and receive rows. SQLite drives them
 * synchronously, PostgreSQL asynchronously; neither repeats a rule or the order of an act. A statement is named: its
 * text is in the `.sql` files of each database.
 */
export type Value = string | number | null | Uint8Array | readonly number[] | readonly string[];
export type Row = Readonly<Record<string, string | number | null | Uint8Array>>;

/** Conditions, each a named text with its own values. */
export type Clause =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Clause[] }
  | { readonly kind: 'not'; readonly of: Clause }
  | { readonly kind: 'condition'; readonly name: string; readonly values: readonly Value[] };

export interface Statement {
  readonly name: string;
  /** One set of values for a selection; for a write, one per row to write. */
  readonly rows: readonly (readonly Value[])[];
  readonly kind: 'select' | 'write';
  /** Conditions to put behind the text of a selection. */
  readonly where?: Clause;
}

export type Script<T> = Generator<Statement, T, readonly Row[]>;

export function* select(name: string, ...values: readonly Value[]): Script<readonly Row[]> {
  return yield { name, rows: [values], kind: 'select' };
}

export function* selectOne(name: string, ...values: readonly Value[]): Script<Row | undefined> {
  const rows = yield* select(name, ...values);
  return rows[0];
}

/** The same with conditions behind the text of the statement. */
export function* selectWhere(
  name: string,
  where: Clause,
  ...values: readonly Value[]
): Script<readonly Row[]> {
  return yield { name, rows: [values], kind: 'select', where };
}

/** Writes a row per set of values; nothing at all for none. */
export function* write(name: string, rows: readonly (readonly Value[])[]): Script<void> {
  if (rows.length > 0) yield { name, rows, kind: 'write' };
}

export function driveSync<T>(script: Script<T>, execute: (statement: Statement) => readonly Row[]): T {
  let step = script.next([]);
  while (!step.done) {
    let rows: readonly Row[];
    try {
      rows = execute(step.value);
    } catch (error) {
      step = script.throw(error);
      continue;
    }
    step = script.next(rows);
  }
  return step.value;
}

export async function driveAsync<T>(
  script: Script<T>,
  execute: (statement: Statement) => Promise<readonly Row[]>,
): Promise<T> {
  let step = script.next([]);
  while (!step.done) {
    let rows: readonly Row[];
    try {
      rows = await execute(step.value);
    } catch (error) {
      step = script.throw(error);
      continue;
    }
    step = script.next(rows);
  }
  return step.value;
}
