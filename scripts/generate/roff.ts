/** Blocks of Markdown in the language of man pages. */
import { type Block, spansOf } from '../../src/cli/pages/markdown.ts';

/** Text that roff prints as it is. */
export function escaped(text: string): string {
  const safe = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', '\\(cq')
    .replaceAll('…', '...')
    .replaceAll('–', '\\(en')
    .replaceAll('→', '\\(->')
    .replaceAll('"', '\\(dq');
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

/** A paragraph’s text, with what is typed in bold. */
export function formatted(text: string): readonly string[] {
  const spans = spansOf(text).map((span) =>
    span.isCode ? `\\fB${escaped(span.text)}\\fR` : inner(span.text),
  );
  const line = spans.join('');
  return [/^[.']/.test(line) ? `\\&${line}` : line];
}

/** Within a line: a leading dot means nothing there. */
function inner(text: string): string {
  return escaped(text).replace(/^\\&/, '');
}

export function roffOf(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap(linesOf);
}

function linesOf(block: Block): readonly string[] {
  switch (block.kind) {
    case 'heading':
      return [block.level === 1 ? `.SH ${escaped(block.text.toUpperCase())}` : `.SS ${escaped(block.text)}`];
    case 'paragraph':
      return ['.PP', ...formatted(block.text)];
    case 'item':
      return [`.IP ${block.mark === '*' ? '\\(bu' : escaped(block.mark)} 4`, ...formatted(block.text)];
    case 'code':
      return ['.PP', '.RS 4', '.nf', ...block.lines.map(escaped), '.fi', '.RE'];
    case 'table':
      return block.rows.flatMap((row) => tableRow(row));
  }
}

/** As a list: the first columns are the term, the last explains it. */
function tableRow(row: readonly string[]): readonly string[] {
  const terms = row.slice(0, -1).filter((cell) => cell !== '');
  return ['.TP', ...formatted(terms.join(', ')), ...formatted(row.at(-1) ?? '')];
}
