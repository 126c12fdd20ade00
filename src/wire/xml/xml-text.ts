/** Writing XML that any reader gives back unchanged. */

// What XML 1.0 has no way to say, not even by a reference.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about
const unspeakable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about
const unspeakables = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Whether XML can carry the text at all. */
export function isXmlText(text: string): boolean {
  return text.isWellFormed() && !unspeakable.test(text);
}

/** The text, with a mark in place of what XML cannot carry. */
export function asXmlText(text: string): string {
  return text.toWellFormed().replace(unspeakables, '\ufffd');
}

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // Readers turn these into line feeds or blanks where they stand bare.
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
  '\u0085': '&#133;',
  '\u2028': '&#8232;',
};

export function escapeText(text: string): string {
  return text.replace(/[&<>\r\u0085\u2028]/g, (character) => references[character] ?? character);
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"\r\n\t\u0085\u2028]/g, (character) => references[character] ?? character);
}

/** One element. Attributes that are null are left out; `content` is XML already. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | null | undefined>>,
  content = '',
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeAttribute(String(value))}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

/** An element that holds text; what XML cannot carry goes as base64, and says so. */
export function textElement(
  name: string,
  attributes: Readonly<Record<string, string | number | null | undefined>>,
  text: string,
): string {
  return isXmlText(text)
    ? element(name, attributes, escapeText(text))
    : element(name, { ...attributes, encoding: 'base64' }, Buffer.from(text, 'utf8').toString('base64'));
}
