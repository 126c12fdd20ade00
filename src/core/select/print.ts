import { isField } from './fields.ts';
import type { Condition, Item, Measure, Tree } from './tree.ts';

/** A selection in words again: reading them gives the same tree. */
export function printSelection(tree: Tree): string {
  switch (tree.kind) {
    case 'all':
      return tree.of
        .map((part) => (part.kind === 'any' ? inParentheses(part) : printSelection(part)))
        .join(' ');
    case 'any':
      return tree.of.map(printSelection).join(' or ');
    case 'not':
      return `not ${tree.of.kind === 'all' || tree.of.kind === 'any' ? inParentheses(tree.of) : printSelection(tree.of)}`;
    default:
      return printCondition(tree);
  }
}

function inParentheses(tree: Tree): string {
  return `(${printSelection(tree)})`;
}

function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'word':
      return condition.prefix
        ? `${condition.word}*`
        : isBareWord(condition.word)
          ? condition.word
          : quote(condition.word);
    case 'name':
      return `${condition.field}:${condition.values.map((value) => (value === null ? 'none' : printName(value))).join(',')}`;
    case 'among':
      return `${printMeasure(condition.of)}:${condition.items.map(printItem).join(',')}`;
    case 'compare':
      return `${printMeasure(condition.of)}${condition.operator}${printScalar(condition.value)}`;
    case 'file':
      return `${condition.field}:${condition.values.map(printName).join(',')}`;
    case 'kin':
      return `${condition.field}:${condition.refs.map(printName).join(',')}`;
  }
}

const isBareWord = (word: string): boolean => !['and', 'or', 'not'].includes(word);

/** The name of a number is quoted where it is a field’s too. */
function printMeasure(measure: Measure): string {
  if ('field' in measure) return measure.field;
  return isField(measure.number) ? quote(measure.number) : measure.number;
}

function printItem(item: Item): string {
  if (item === null) return 'none';
  return typeof item === 'object' ? `${printScalar(item.from)}..${printScalar(item.to)}` : printScalar(item);
}

function printScalar(value: number | string): string {
  return typeof value === 'number' ? String(value) : printName(value);
}

function printName(value: string): string {
  return value === 'none' || !/^[^\s()",]+$/.test(value) || value.endsWith('*') ? quote(value) : value;
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
