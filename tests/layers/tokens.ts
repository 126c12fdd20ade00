/**
 * TypeScript cut into tokens: enough to tell code from comments, strings and regular expressions.
 *
 * TypeScript 7 offers its parser to nobody but itself. What can be read in two ways is read as code; what ends
 * nowhere is an error, so that a mistake here shows itself and hides nothing.
 */

export type Token = {
  /** Of a template, each piece of text is a token; the code between its braces is tokens like any other. */
  readonly kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'mark' | 'comment';
  /** As written; of a string or a template, what stands between the quotes. */
  readonly text: string;
  readonly line: number;
};

const BLANK = /\s+/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|#![^\n]*/y;
const WORD = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const NUMBER = /\d[\w.]*/y;
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const TEMPLATE_TEXT = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

/** After these words and at the start of an expression a slash begins a regular expression. */
const BEFORE_REGEX = new Set('return typeof case in of new delete void throw do else yield await'.split(' '));

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  /** For each template being read, how many braces are open in its code. */
  const templates: number[] = [];
  let at = 0;
  let line = 1;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const advance = (text: string): void => {
    at += text.length;
    for (const letter of text) if (letter === '\n') line += 1;
  };
  const push = (kind: Token['kind'], text: string, written = text): void => {
    tokens.push({ kind, text, line });
    advance(written);
  };
  const pushTemplateText = (): void => {
    push('template', match(TEMPLATE_TEXT) ?? '');
    if (source.startsWith('${', at)) {
      templates.push(0);
      advance('${');
    } else if (source[at] === '`') {
      advance('`');
    } else {
      throw new Error(`line ${line}: a template that does not end`);
    }
  };

  while (at < source.length) {
    const letter = source[at] ?? '';
    const blank = match(BLANK);
    if (blank !== undefined) {
      advance(blank);
      continue;
    }
    const comment = letter === '#' && at > 0 ? undefined : match(COMMENT);
    const word = match(WORD);
    const number = match(NUMBER);
    const string = match(STRING);
    const regex = letter === '/' && startsExpression(tokens) ? match(REGEX) : undefined;
    const openBraces = templates.at(-1);
    if (comment !== undefined) push('comment', comment);
    else if (word !== undefined) push('word', word);
    else if (number !== undefined) push('number', number);
    else if (string !== undefined) push('string', string.slice(1, -1), string);
    else if (regex !== undefined) push('regex', regex);
    else if (letter === '`') {
      advance('`');
      pushTemplateText();
    } else if (letter === '}' && openBraces === 0) {
      templates.pop();
      advance('}');
      pushTemplateText();
    } else if (letter === "'" || letter === '"') {
      throw new Error(`line ${line}: a string that does not end`);
    } else {
      if (openBraces !== undefined && letter === '{') templates.splice(-1, 1, openBraces + 1);
      if (openBraces !== undefined && letter === '}') templates.splice(-1, 1, openBraces - 1);
      push('mark', letter);
    }
  }
  return tokens;
}

function startsExpression(tokens: readonly Token[]): boolean {
  const before = tokens.findLast((token) => token.kind !== 'comment');
  if (before === undefined) return true;
  if (before.kind === 'mark') return before.text !== ')' && before.text !== ']';
  return before.kind === 'word' && BEFORE_REGEX.has(before.text);
}
