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

/** Selections that do not need each other’s answers: where answers are waited for, all of them are one wait. */
interface Together {
  readonly kind: 'together';
  readonly selections: readonly Statement[];
  /** Filled in the order of the selections. */
  readonly answers: (readonly Row[])[];
}

export type Script<T> = Generator<Statement | Together, T, readonly Row[]>;

export function* select(name: string, ...values: readonly Value[]): Script<readonly Row[]> {
  return yield { name, rows: [values], kind: 'select' };
}

export function* selectOne(name: string, ...values: readonly Value[]): Script<Row | undefined> {
  const rows = yield* select(name, ...values);
  return rows[0];
}

/** Several selections at once: each a name with its values. */
export function* selectTogether(
  ...asked: readonly (readonly [name: string, ...values: Value[]])[]
): Script<readonly (readonly Row[])[]> {
  if (asked.length === 0) return [];
  const selections = asked.map(([name, ...values]) => ({ name, rows: [values], kind: 'select' as const }));
  const answers: (readonly Row[])[] = [];
  yield { kind: 'together', selections, answers };
  return answers;
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
      rows = executeSync(step.value, execute);
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
      rows = await executeAsync(step.value, execute);
    } catch (error) {
      step = script.throw(error);
      continue;
    }
    step = script.next(rows);
  }
  return step.value;
}

function executeSync(
  asked: Statement | Together,
  execute: (statement: Statement) => readonly Row[],
): readonly Row[] {
  if (asked.kind !== 'together') return execute(asked);
  asked.answers.push(...asked.selections.map(execute));
  return [];
}

async function executeAsync(
  asked: Statement | Together,
  execute: (statement: Statement) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  if (asked.kind !== 'together') return await execute(asked);
  asked.answers.push(...(await Promise.all(asked.selections.map(execute))));
  return [];
}
