import type { Paint, Terminal } from './terminal.ts';
import { cut, plain, widthOf } from './text.ts';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => string;
  readonly paint?: (row: T) => readonly Paint[];
  /** The one that gives way where the terminal is narrow. */
  readonly flexible?: boolean;
}

const gap = '  ';
const narrowest = 8;
const narrowestAtAll = 4;

/** Prints rows in columns; on a terminal no line is longer than that is wide. */
export function printTable<T>(terminal: Terminal, columns: readonly Column<T>[], rows: readonly T[]): void {
  const cells = rows.map((row) => columns.map(({ cell }) => plain(cell(row))));
  const widths = fit(
    columns.map(({ title }, at) => Math.max(widthOf(title), ...cells.map((row) => widthOf(row[at] ?? '')))),
    columns.findIndex(({ flexible }) => flexible === true),
    terminal.columns,
  );
  const line = (texts: readonly string[], paints: (at: number) => readonly Paint[]): string =>
    texts
      .map((text, at) => {
        const width = widths[at] ?? 0;
        const shown = cut(text, width);
        const pad = at === texts.length - 1 ? '' : ' '.repeat(Math.max(0, width - widthOf(shown)));
        return `${terminal.paint(shown, ...paints(at))}${pad}`;
      })
      .join(gap)
      .trimEnd();
  terminal.out(
    line(
      columns.map(({ title }) => title),
      () => ['dim'],
    ),
  );
  rows.forEach((row, index) => {
    terminal.out(line(cells[index] ?? [], (at) => columns[at]?.paint?.(row) ?? []));
  });
}

/** The flexible column gives way first, then the widest of the others; the first, by which a row is named, last. */
function fit(wanted: readonly number[], flexible: number, available: number | null): readonly number[] {
  const widths = [...wanted];
  const excess = (): number =>
    available === null
      ? 0
      : widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1)) - available;
  const shrink = (at: number, least: number): void => {
    widths[at] = Math.max(Math.min(least, widths[at] ?? 0), (widths[at] ?? 0) - Math.max(excess(), 0));
  };
  if (flexible >= 0) shrink(flexible, narrowest);
  while (excess() > 0) {
    const rest = widths.map((width, at) => (at === 0 ? 0 : width));
    const widest = Math.max(...rest);
    if (widest <= narrowestAtAll) break;
    widths[rest.indexOf(widest)] = widest - 1;
  }
  shrink(0, narrowestAtAll);
  return widths;
}
