/**
 * JSON knows no bounds of numbers; a program that reads them as doubles would keep 9007199254740993 as …992 and 1e400
 * as infinity, and nobody would be told. Fractions are rounded to the nearest double, as everywhere.
 */
import { Fault } from '../../core/faults.ts';

/** Only a number like this can be altered: a large integer, or one with an exponent of three digits. It may be within a text. */
const suspicious = /(?:^|[[:,\s])(-?(?:\d{16}|0\.0{300}|\d[\d.]*[eE][+-]?\d{3})[\d.eE+-]*)/g;
const number = /-?\d[\d.eE+-]*/y;

/** Refuses a number that reads back as another, by its field. `text` is valid JSON. */
export function refuseAlteredNumbers(text: string): void {
  for (const [, found = ''] of text.matchAll(suspicious))
    if (isAltered(found)) {
      walk(text);
      return;
    }
}

/** Where a walk is: in which list at what index, in which object at what name (as it is written, with its quotes). */
type Level = { readonly list: true; index: number } | { readonly list: false; name: string };

/** Goes through all numbers that are not within a text, knowing where each stands. */
function walk(text: string): void {
  const levels: Level[] = [];
  let named = true;
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1);
    switch (text[at]) {
      case '{':
        levels.push({ list: false, name: '' });
        named = false;
        break;
      case '[':
        levels.push({ list: true, index: 0 });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        if (level?.list === true) level.index++;
        else named = false;
        break;
      case '"': {
        const end = endOfText(text, at);
        if (level?.list === false && !named) {
          level.name = text.slice(at, end + 1);
          named = true;
        }
        at = end;
        break;
      }
      default: {
        number.lastIndex = at;
        const [found] = number.exec(text) ?? [];
        if (found === undefined) break;
        if (isAltered(found)) throw alteredAt(levels, found);
        at += found.length - 1;
      }
    }
  }
}

/** The place of the quotation mark that ends the text which begins at `start`. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const end = text.indexOf('"', at);
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end;
    at = end;
  }
  return text.length;
}

function alteredAt(levels: readonly Level[], found: string): Fault {
  const field = levels
    .map((level) => (level.list ? `[${level.index}]` : `.${String(JSON.parse(level.name))}`))
    .join('')
    .replace(/^\./, '');
  return new Fault('invalid_field', {
    ...(field === '' ? {} : { field }),
    found,
    expected: `a number that a double holds, such as an integer up to ${Number.MAX_SAFE_INTEGER}; a larger one as text`,
  });
}

function isAltered(source: string): boolean {
  const value = Number(source);
  if (!Number.isFinite(value)) return true;
  if (value === 0) return /^[^eE]*[1-9]/.test(source);
  if (!Number.isInteger(value) || Number.isSafeInteger(value) || source.includes('.')) return false;
  return String(value) !== source && decimal(source) !== decimal(String(value));
}

/** The one way to write a decimal number: its digits without zeros at either end, and the power of ten. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
