/**
 * Templates of words: `{name}` is a parameter, `{name...}` a list, for each element of which the word is repeated; `{{`
 * is a brace. A word with a parameter that has no value is left out.
 */

interface Placeholder {
  readonly name: string;
  readonly isList: boolean;
}

const pattern = /\{\{|\{([A-Za-z_][A-Za-z0-9_-]*)(\.\.\.)?\}/g;

export function placeholdersIn(word: string): readonly Placeholder[] {
  return [...word.matchAll(pattern)].flatMap(([, name, dots]) =>
    name === undefined ? [] : [{ name, isList: dots !== undefined }],
  );
}

/** The words that a template becomes with these parameters. */
export function fill(
  template: readonly string[],
  parameters: Readonly<Record<string, unknown>>,
): readonly string[] {
  return template.flatMap((word) => fillWord(word, parameters));
}

function fillWord(word: string, parameters: Readonly<Record<string, unknown>>): readonly string[] {
  const placeholders = placeholdersIn(word);
  if (placeholders.some(({ name }) => parameters[name] === undefined || parameters[name] === null)) return [];
  const list = placeholders.find(({ isList }) => isList);
  const elements = list === undefined ? [undefined] : listOf(parameters[list.name]);
  return elements.map((element) =>
    word.replace(pattern, (_, name?: string, dots?: string) => {
      if (name === undefined) return '{';
      return textOf(dots !== undefined && name === list?.name ? element : parameters[name]);
    }),
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
