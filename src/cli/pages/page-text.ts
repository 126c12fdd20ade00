/** Pages for the terminal. */
import type { Terminal } from '../terminal.ts';
import { widthOf } from '../text.ts';
import { type Block, parseMarkdown, plainText } from './markdown.ts';

/** Longer lines are hard to read. */
const widest = 100;

export function printPage(terminal: Terminal, markdown: string): void {
  const width = Math.min(terminal.columns ?? 80, widest);
  let before: Block['kind'] | null = null;
  for (const block of parseMarkdown(markdown)) {
    const isTight = before === null || (before === 'item' && block.kind === 'item');
    if (!isTight) terminal.out('');
    for (const line of linesOf(terminal, block, width)) terminal.out(line);
    before = block.kind;
  }
}

function linesOf(terminal: Terminal, block: Block, width: number): readonly string[] {
  switch (block.kind) {
    case 'heading':
      return [terminal.paint(plainText(block.text), 'bold')];
    case 'paragraph':
      return wrap(plainText(block.text), width);
    case 'item':
      return hanging(`  ${block.mark} `, plainText(block.text), width);
    case 'code':
      return block.lines.map((line) => `    ${terminal.paint(line, 'cyan')}`);
    case 'table':
      return tableLines(terminal, block, width);
  }
}

/**
 * Every column is as wide as it needs to be, but for the last, which is wrapped; it goes to lines of its own where
 * the others leave too little room.
 */
function tableLines(
  terminal: Terminal,
  { head, rows }: Extract<Block, { readonly kind: 'table' }>,
  width: number,
): readonly string[] {
  const cells = [head, ...rows].map((row) => row.map(plainText));
  const widths = head.map((_, at) => Math.max(...cells.map((row) => widthOf(row[at] ?? ''))));
  const termWidth = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 2);
  return cells.flatMap((row, index) => {
    const first = `  ${row
      .slice(0, -1)
      .map((cell, at) => padded(cell, (widths[at] ?? 0) + 2))
      .join('')}`;
    const last = row.at(-1) ?? '';
    const lines =
      termWidth > width / 2
        ? [terminal.paint(first.trimEnd(), 'bold'), ...hanging('      ', last, width)]
        : hanging(first, last, width);
    return index === 0 ? lines.map((line) => terminal.paint(line, 'dim')) : lines;
  });
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Wraps text behind a first word; the lines that follow begin below its own. */
export function hanging(first: string, text: string, width: number): readonly string[] {
  const margin = widthOf(first);
  return wrap(text, Math.max(width - margin, 20)).map(
    (line, at) => (at === 0 ? first : ' '.repeat(margin)) + line,
  );
}

/** Breaks text between words. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || widthOf(longer) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
