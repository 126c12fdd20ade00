/** XML-RPC messages out of XML. What is not exactly one is refused, with the place. */
import { Fault } from '../../core/faults.ts';
import { readBase64 } from '../base64.ts';
import type { XmlElement } from '../xml/xml-reader.ts';
import { isStruct, type RpcAnswer, type RpcCall, RpcTime, type RpcValue } from './value.ts';

const methodNameLengthMax = 200;

export function readCall(root: XmlElement): RpcCall {
  if (root.name !== 'methodCall')
    throw new Fault('call_invalid', { found: root.name, expected: 'methodCall' });
  const [name, params, ...others] = elementsOf(root);
  if (name?.name !== 'methodName' || others.length > 0 || (params !== undefined && params.name !== 'params'))
    throw new Fault('call_invalid', { field: 'methodCall', expected: 'one methodName, then params' });
  const method = textOf(name, 'methodName').trim();
  if (!/^[A-Za-z0-9_.:/]+$/.test(method) || method.length > methodNameLengthMax)
    throw new Fault('call_invalid', { field: 'methodName', found: method, expected: 'the name of a method' });
  return { method, params: params === undefined ? [] : readParams(params) };
}

export function readAnswer(root: XmlElement): RpcAnswer {
  const only = root.name === 'methodResponse' ? one(root, 'methodResponse') : undefined;
  if (only?.name === 'params') {
    const [value, ...others] = readParams(only);
    if (value !== undefined && others.length === 0) return { value };
  }
  if (only?.name === 'fault') {
    const said = readValue(one(only, 'fault'), 'fault');
    const code = isStruct(said) ? said.get('faultCode') : undefined;
    const text = isStruct(said) ? said.get('faultString') : undefined;
    if (typeof code === 'number' && typeof text === 'string') return { fault: { code, text } };
  }
  throw new Fault('call_invalid', {
    found: root.name,
    expected: 'a methodResponse with one value or a fault',
  });
}

function readParams(params: XmlElement): readonly RpcValue[] {
  return elementsOf(params).map((param, index) => {
    const field = `params[${index}]`;
    if (param.name !== 'param')
      throw new Fault('call_invalid', { field, found: param.name, expected: 'param' });
    return readValue(one(param, field), field);
  });
}

function readValue(value: XmlElement, field: string): RpcValue {
  if (value.name !== 'value')
    throw new Fault('call_invalid', { field, found: value.name, expected: 'value' });
  // A value without a type is a string, with all its blanks.
  if (value.children.length === 0) return value.text;
  const typed = one(value, field);
  const read = Object.hasOwn(scalars, typed.name) ? scalars[typed.name] : undefined;
  if (read !== undefined) return read(textOf(typed, field), field);
  if (typed.name === 'array') return readArray(typed, field);
  if (typed.name === 'struct') return readStruct(typed, field);
  throw new Fault('call_invalid', { field, found: typed.name, expected: 'a type of XML-RPC' });
}

function readArray(array: XmlElement, field: string): readonly RpcValue[] {
  const data = one(array, field);
  if (data.name !== 'data') throw new Fault('call_invalid', { field, found: data.name, expected: 'data' });
  return elementsOf(data).map((value, index) => readValue(value, `${field}[${index}]`));
}

function readStruct(it: XmlElement, field: string): ReadonlyMap<string, RpcValue> {
  const members = new Map<string, RpcValue>();
  for (const member of elementsOf(it)) {
    const [name, value, ...others] = elementsOf(member);
    if (member.name !== 'member' || name?.name !== 'name' || value === undefined || others.length > 0)
      throw new Fault('call_invalid', {
        field,
        found: member.name,
        expected: 'member, of a name and a value',
      });
    const key = textOf(name, field);
    if (members.has(key))
      throw new Fault('call_invalid', { field: `${field}.${key}`, expected: 'each member once' });
    members.set(key, readValue(value, `${field}.${key}`));
  }
  return members;
}

type Scalar = (text: string, field: string) => RpcValue;

const scalars: Readonly<Record<string, Scalar>> = {
  string: (text) => text,
  int: readInt,
  i4: readInt,
  i8: (text, field) => readWhole(text, field, 'an integer that a double can hold', Number.MAX_SAFE_INTEGER),
  boolean: (text, field) => {
    if (text.trim() === '1') return true;
    if (text.trim() === '0') return false;
    throw new Fault('call_invalid', { field, found: text, expected: 'boolean: 0 or 1' });
  },
  double: (text, field) => {
    const number = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\s*$/.test(text)
      ? Number(text)
      : Number.NaN;
    if (!Number.isFinite(number)) throw new Fault('call_invalid', { field, found: text, expected: 'double' });
    return number;
  },
  'dateTime.iso8601': (text, field) => {
    if (!/^\s*\d{4}-?\d{2}-?\d{2}T\d{2}:\d{2}:\d{2}\s*$/.test(text))
      throw new Fault('call_invalid', {
        field,
        found: text,
        expected: 'dateTime.iso8601, such as 20261122T05:30:00',
      });
    return new RpcTime(text.trim());
  },
  base64: (text, field) => {
    const bytes = readBase64(text);
    if (bytes === null)
      throw new Fault('call_invalid', { field, found: text, expected: 'base64 with padding' });
    return bytes;
  },
  nil: (text, field) => {
    if (text.trim() !== '') throw new Fault('call_invalid', { field, found: text, expected: 'an empty nil' });
    return null;
  },
};

function readInt(text: string, field: string): number {
  const number = readWhole(text, field, 'int: a whole number of 32 bits', 2 ** 31);
  if (number === 2 ** 31)
    throw new Fault('call_invalid', { field, found: text, expected: 'int: a whole number of 32 bits' });
  return number;
}

function readWhole(text: string, field: string, expected: string, max: number): number {
  const number = /^\s*[+-]?\d{1,20}\s*$/.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(number) <= max)) throw new Fault('call_invalid', { field, found: text, expected });
  return number;
}

/** What is in an element that holds no text of its own. */
function elementsOf(it: XmlElement): readonly XmlElement[] {
  if (it.text.trim() !== '')
    throw new Fault('call_invalid', {
      field: it.name,
      found: it.text.trim(),
      expected: 'no text between elements',
    });
  return it.children;
}

function one(it: XmlElement, field: string): XmlElement {
  const [only, ...others] = elementsOf(it);
  if (only === undefined || others.length > 0)
    throw new Fault('call_invalid', { field, expected: `one element in ${it.name}` });
  return only;
}

function textOf(it: XmlElement, field: string): string {
  if (it.children.length > 0)
    throw new Fault('call_invalid', { field, found: it.children[0]?.name, expected: `text in ${it.name}` });
  return it.text;
}
