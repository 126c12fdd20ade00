/** Text that is already HTML or SVG. Everything else is escaped when it is put into markup. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Insert = Markup | string | number | readonly Markup[];

export function markup(strings: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  const pieces = strings.map((piece, at) => {
    const insert = inserts[at];
    return insert === undefined ? piece : piece + written(insert);
  });
  return new Markup(pieces.join(''));
}

function written(insert: Insert): string {
  if (insert instanceof Markup) return insert.text;
  if (typeof insert === 'object') return insert.map(({ text }) => text).join('');
  return escaped(String(insert));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
