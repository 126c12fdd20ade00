import type { StatementSync } from 'node:sqlite';
import { type BuildRow, type Cell, rowBuilder } from '../shared/row-builder.ts';
import type { Row } from '../shared/script.ts';

/** A statement whose rows come as lists. */
export class PreparedStatement {
  readonly #statement: StatementSync;
  readonly #build: BuildRow;
  /** Whether it writes all rows that are alike but for their keys at once: its first parameter is a list. */
  readonly writesSets: boolean;

  constructor(statement: StatementSync, text: string) {
    this.#statement = statement;
    const names = statement.columns().map(({ name }) => name);
    if (names.length > 0) statement.setReturnArrays(true);
    this.#build = rowBuilder(names);
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
