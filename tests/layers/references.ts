import type { Token } from './tokens.ts';

/** Another module, or a file beside this one, that a source names. */
export type Reference = {
  /** Of a template the text before its first brace. Absent where nobody can say what is imported. */
  readonly specifier: string | undefined;
  /** `url` is `new URL('./x', import.meta.url)`: how a thread, a child process or a file is named. */
  readonly kind: 'module' | 'url';
  readonly line: number;
};

/** All that a source names, types included; `code` is its tokens without the comments. */
export function referencesOf(code: readonly Token[]): Reference[] {
  const found: Reference[] = [];
  const add = (kind: Reference['kind'], token: Token | undefined, line: number): void => {
    const told = token?.kind === 'string' || (token?.kind === 'template' && token.text !== '');
    found.push({ specifier: told ? token.text : undefined, kind, line });
  };

  code.forEach((token, at) => {
    if (token.kind !== 'word') return;
    const reads = (...texts: readonly string[]): boolean => readsAt(code, at, texts);
    const isProperty = code[at - 1]?.text === '.' || code[at + 1]?.text === ':';

    if (reads('new', 'URL', '(')) {
      const named = code[at + 3];
      const end = code.slice(at, at + 40);
      if (end.some((t, i) => t.text === 'import' && end[i + 2]?.text === 'meta'))
        add('url', named, token.line);
    } else if (reads('import', '.', 'meta', '.', 'resolve', '(')) {
      add('module', code[at + 6], token.line);
    } else if (
      reads('getBuiltinModule') ||
      reads('createRequire') ||
      (reads('require', '(') && !isProperty)
    ) {
      add('module', undefined, token.line);
    } else if (isProperty) {
      return;
    } else if (reads('import', '(')) {
      add('module', code[at + 2], token.line);
    } else if (reads('import') && code[at + 1]?.kind === 'string') {
      add('module', code[at + 1], token.line);
    } else if (reads('import') && code[at + 1]?.text !== '.') {
      add('module', afterFrom(code, at + 1), token.line);
    } else if (reads('export', '{') || reads('export', 'type', '{')) {
      const close = code.findIndex((_, i) => i > at && readsAt(code, i, ['}']));
      if (readsAt(code, close + 1, ['from'])) add('module', code[close + 2], token.line);
    } else if (reads('export', '*') || reads('export', 'type', '*')) {
      add('module', afterFrom(code, at + 1), token.line);
    }
  });
  return found;
}

/** Whether the code goes on so from there. A string never reads as code, whatever it contains. */
export function readsAt(code: readonly Token[], at: number, texts: readonly string[]): boolean {
  return texts.every((text, i) => {
    const token = code[at + i];
    return token?.text === text && token.kind !== 'string' && token.kind !== 'template';
  });
}

function afterFrom(code: readonly Token[], start: number): Token | undefined {
  const from = code.findIndex(
    (_, i) => i >= start && readsAt(code, i, ['from']) && code[i + 1]?.kind === 'string',
  );
  return code[from + 1];
}
