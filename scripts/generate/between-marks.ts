import { readFile } from 'node:fs/promises';

/** A page with this text between its marks `<!-- NAME:begin -->` and `<!-- NAME:end -->`. */
export async function betweenMarks(file: string, name: string, text: string): Promise<string> {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const page = await readFile(file, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file}: the marks ${begin} and ${end} are missing`);
  return `${page.slice(0, from + begin.length)}\n${text}${page.slice(to)}`;
}
