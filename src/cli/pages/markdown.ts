/** The part of Markdown in which the pages of docs/ are written, as blocks. */

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'item'; readonly mark: string; readonly text: string }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

const fence = /^```/;
const heading = /^(#{1,6}) +(.*)$/;
const item = /^ {0,3}([*-]|\d+\.) +(.*)$/;
const tableRow = /^\|.*\|\s*$/;

export function parseMarkdown(text: string): readonly Block[] {
  const lines = text.replaceAll(/<!--[\s\S]*?-->\n?/g, '').split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const [block, next] = blockAt(lines, at);
    if (block !== null) blocks.push(block);
    at = next;
  }
  return blocks;
}

function blockAt(lines: readonly string[], at: number): readonly [block: Block | null, next: number] {
  const line = lines[at] ?? '';
  if (line.trim() === '') return [null, at + 1];
  if (fence.test(line)) {
    const end = endOf(lines, at + 1, (one) => !fence.test(one));
    return [{ kind: 'code', lines: lines.slice(at + 1, end) }, end + 1];
  }
  const [, marks = '', title = ''] = heading.exec(line) ?? [];
  if (marks !== '') return [{ kind: 'heading', level: marks.length, text: title.trim() }, at + 1];
  if (tableRow.test(line)) {
    const end = endOf(lines, at, (one) => tableRow.test(one));
    const [head = [], , ...rows] = lines.slice(at, end).map(cellsOf);
    return [{ kind: 'table', head, rows }, end];
  }
  const end = endOf(lines, at + 1, continues);
  const [, mark = '', first = ''] = item.exec(line) ?? [];
  const rest = lines.slice(at + 1, end);
  if (mark !== '')
    return [{ kind: 'item', mark: mark === '-' ? '*' : mark, text: joined([first, ...rest]) }, end];
  return [{ kind: 'paragraph', text: joined([line, ...rest]) }, end];
}

function endOf(lines: readonly string[], from: number, goesOn: (line: string) => boolean): number {
  const end = lines.findIndex((line, at) => at >= from && !goesOn(line));
  return end < 0 ? lines.length : end;
}

function continues(line: string): boolean {
  return line.trim() !== '' && ![fence, heading, item, tableRow].some((start) => start.test(line));
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => line.trim()).join(' ');
}

/** A bar within a cell is written `\|`. */
function cellsOf(line: string): readonly string[] {
  return line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

export interface Span {
  readonly text: string;
  readonly isCode: boolean;
}

/** Text with its marks taken out: code is told apart, links and emphasis are left as their words. */
export function spansOf(text: string): readonly Span[] {
  return text
    .split(/(`[^`]+`)/)
    .filter((part) => part !== '')
    .map((part) =>
      part.startsWith('`') && part.length > 2
        ? { text: part.slice(1, -1), isCode: true }
        : {
            text: part
              .replaceAll(/<[^>]+>/g, '')
              .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')
              .replaceAll('**', ''),
            isCode: false,
          },
    );
}

export function plainText(text: string): string {
  return spansOf(text)
    .map((span) => span.text)
    .join('');
}
