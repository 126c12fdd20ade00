import type { Row, Value } from './script.ts';

export type Cell = Exclude<Value, readonly number[] | readonly string[]>;
export type BuildRow = (cells: readonly Cell[]) => Row;

/**
 * Makes rows of lists of cells, by a function of its own for each statement: the drivers' own objects have no shape that
 * the compiler could learn; of 24 columns they cost up to three times as much to make and read. Column names are those of
 * our own statements; anything but a plain identifier is refused.
 */
export function rowBuilder(names: readonly string[]): BuildRow {
  const unfit = names.find((name) => !/^[a-z][a-z0-9_]*$/.test(name));
  if (unfit !== undefined) throw new Error(`a column needs a plain name, found ${unfit}`);
  const fields = names.map((name, index) => `${name}: cells[${index}]`);
  return new Function('cells', `return { ${fields.join(', ')} };`) as BuildRow;
}
