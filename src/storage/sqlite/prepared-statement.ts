import type { StatementSync } from 'node:sqlite';
import type { Row, Value } from '../shared/script.ts';

export type Cell = Exclude<Value, readonly number[] | readonly string[]>;

type Build = (cells: readonly Cell[]) => Row;

/**
 * A statement whose rows come as lists and are made objects by a function of its own. The engine's own objects have no
 * shape that the compiler could learn: of 24 columns they cost three times as much to make and read.
 */
export class PreparedStatement {
  readonly #statement: StatementSync;
  readonly #build: Build;
  /** Whether it writes all rows that are alike but for their keys at once: its first parameter is a list. */
  readonly writesSets: boolean;

  constructor(statement: StatementSync, text: string) {
    this.#statement = statement;
    const names = statement.columns().map(({ name }) => name);
    if (names.length > 0) statement.setReturnArrays(true);
    this.#build = builderOf(names);
    this.writesSets = names.length === 0 && text.includes('json_each(?1)');
  }

  select(...values: readonly Cell[]): readonly Row[] {
    const rows: readonly unknown[] = this.#statement.all(...values);
    return rows.map((cells) => this.#build(cells as readonly Cell[]));
  }

  run(...values: readonly Cell[]): void {
    this.#statement.run(...values);
  }
}

/** Column names are those of our own statements; anything but a plain identifier is refused. */
function builderOf(names: readonly string[]): Build {
  const unfit = names.find((name) => !/^[a-z][a-z0-9_]*$/.test(name));
  if (unfit !== undefined) throw new Error(`a column needs a plain name, found ${unfit}`);
  const fields = names.map((name, index) => `${name}: cells[${index}]`);
  return new Function('cells', `return { ${fields.join(', ')} };`) as Build;
}
