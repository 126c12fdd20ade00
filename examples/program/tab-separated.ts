import { Refusal } from './refusal.ts';

export type Cell = string | number;

export function formatTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((row) => `${row.join('\t')}\n`).join('');
}

/** The rows of a table that must have exactly these columns, as a cell by column name. */
export function parseTable<Column extends string>(
  columns: readonly Column[],
  text: string,
): readonly Readonly<Record<Column, string>>[] {
  const [header = '', ...lines] = text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (header !== columns.join('\t')) {
    throw new Refusal(`the columns are "${header.replaceAll('\t', ' ')}", expected "${columns.join(' ')}"`);
  }
  return lines.map((line, index) => {
    const cells = line.split('\t');
    if (cells.length !== columns.length) {
      throw new Refusal(`line ${index + 2} has ${cells.length} cells, expected ${columns.length}`);
    }
    return Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? ''])) as Record<
      Column,
      string
    >;
  });
}

export function parseNumber(text: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new Refusal(`"${text}" found, expected a number`);
  return Number(text);
}
