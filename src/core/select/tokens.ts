import { invalid } from './invalid.ts';

/** `from` and `to` are places in the text; `text` is without quotes. */
export interface Token {
  readonly kind: 'open' | 'close' | 'comma' | 'operator' | 'text' | 'end';
  readonly text: string;
  readonly quoted: boolean;
  readonly from: number;
  readonly to: number;
}

const signs = { '(': 'open', ')': 'close', ',': 'comma' } as const;
const operator = /(?:<=|>=|!=|[<>=:])/y;
/** Names and words end where an operator may begin; a value may hold one, as times and paths do. */
const word = /(?:[^\s()",:<>=!]|!(?!=))+/y;
const value = /[^\s()",]+/y;
const quoted = /"((?:[^"\\]|\\.)*)"/sy;

/** Takes a selection apart; the last token is its end. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (kind: Token['kind'], length: number, shown: string, isQuoted = false): void => {
    tokens.push({ kind, text: shown, quoted: isQuoted, from: at, to: at + length });
    at += length;
  };
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const sign = text.charAt(at);
    const last = tokens.at(-1)?.kind;
    if (/\s/.test(sign)) at += 1;
    else if (sign === '(' || sign === ')' || sign === ',') take(signs[sign], 1, sign);
    else if (sign === '"') {
      const found = match(quoted);
      if (found === null)
        throw invalid({ text, from: at, to: text.length, expected: 'a closing " after the opening one' });
      take('text', found[0].length, (found[1] ?? '').replaceAll(/\\(.)/gs, '$1'), true);
    } else {
      const isValue = last === 'operator' || last === 'comma';
      const found = isValue ? match(value) : (match(operator) ?? match(word));
      if (found === null) throw invalid({ text, from: at, to: at + 1, expected: 'a word or a condition' });
      take(!isValue && operatorAlone.test(found[0]) ? 'operator' : 'text', found[0].length, found[0]);
    }
  }
  take('end', 0, '');
  return tokens;
}

const operatorAlone = /^(?:<=|>=|!=|[<>=:])$/;
