/**
 * What is wrong with a value that a schema refused: the one field to name, what was found there, and what was
 * expected. The compiled validator decides; this only explains, so it runs for refused requests alone. It knows the
 * keywords that the schemas of this folder use, and follows in a union the branch that was meant.
 */
import { Format } from 'typebox/format';
import { nearestName } from '../../core/nearest-name.ts';

export interface Violation {
  readonly code: 'invalid_field' | 'unknown_field';
  /** Such as `jobs[3].priority`; empty for the whole value. */
  readonly field: string;
  readonly found: unknown;
  readonly expected: string;
  readonly detail?: string;
}

/** The part of JSON Schema that is understood here. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The first violation in the order of the schema; null if there is none. */
export function findViolation(schema: SchemaNode, value: unknown, field = ''): Violation | null {
  if (schema.anyOf !== undefined) return inUnion(schema, schema.anyOf, value, field);
  const wrong = (): Violation => ({ code: 'invalid_field', field, found: value, expected: describe(schema) });
  if (!isOfType(schema.type, value)) return wrong();
  if (schema.enum !== undefined) return schema.enum.includes(value) ? null : wrong();
  if (typeof value === 'string') return fitsText(schema, value) ? null : wrong();
  if (typeof value === 'number') return fitsNumber(schema, value) ? null : wrong();
  if (Array.isArray(value)) return inList(schema, value, field) ?? null;
  if (isObject(value)) return inObject(schema, value, field);
  return null;
}

function inUnion(
  schema: SchemaNode,
  branches: readonly SchemaNode[],
  value: unknown,
  field: string,
): Violation | null {
  if (branches.some((branch) => findViolation(branch, value, field) === null)) return null;
  const ofType = branches.filter((branch) => isOfType(branch.type, value));
  const meant = ofType.find((branch) => hasRequired(branch, value)) ?? ofType[0];
  return (
    (meant === undefined ? null : findViolation(meant, value, field)) ?? {
      code: 'invalid_field',
      field,
      found: value,
      expected: describe(schema),
    }
  );
}

/** In a union of objects, those that ask for more come first: an object is meant for the first whose fields it has. */
function hasRequired(branch: SchemaNode, value: unknown): boolean {
  return !isObject(value) || (branch.required ?? []).every((name) => Object.hasOwn(value, name));
}

function inList(schema: SchemaNode, list: readonly unknown[], field: string): Violation | null {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (list.length < minItems || list.length > maxItems)
    return { code: 'invalid_field', field, found: `a list of ${list.length}`, expected: describe(schema) };
  if (items === undefined) return null;
  for (const [index, item] of list.entries()) {
    const violation = findViolation(items, item, `${field}[${index}]`);
    if (violation !== null) return violation;
  }
  return null;
}

function inObject(
  schema: SchemaNode,
  value: Readonly<Record<string, unknown>>,
  field: string,
): Violation | null {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const at = (name: string): string => (field === '' ? name : `${field}.${name}`);
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(properties, name)) continue;
    if (additionalProperties === false) return unknownField(name, at(name), Object.keys(properties));
    if (additionalProperties === true) continue;
    const violation = findViolation(additionalProperties, value[name], at(name));
    if (violation !== null) return violation;
  }
  for (const [name, property] of Object.entries(properties)) {
    if (!Object.hasOwn(value, name)) {
      if (required.includes(name))
        return {
          code: 'invalid_field',
          field: at(name),
          found: undefined,
          expected: describe(property),
          detail: 'A field is missing',
        };
      continue;
    }
    const violation = findViolation(property, value[name], at(name));
    if (violation !== null) return violation;
  }
  return null;
}

function unknownField(name: string, field: string, known: readonly string[]): Violation {
  const nearest = nearestName(name, known);
  return {
    code: 'unknown_field',
    field,
    found: name,
    expected: known.length === 0 ? 'no field' : `one of ${known.join(', ')}`,
    detail:
      nearest === null ? 'A field is not known here' : `A field is not known here; did you mean ${nearest}?`,
  };
}

function isOfType(type: string | undefined, value: unknown): boolean {
  switch (type) {
    case undefined:
      return true;
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fitsText(schema: SchemaNode, text: string): boolean {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format } = schema;
  const length = text.length > maxLength || text.length < minLength * 2 ? [...text].length : text.length;
  if (length < minLength || length > maxLength) return false;
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return false;
  return format === undefined || Format.Test(format, text);
}

function fitsNumber(schema: SchemaNode, value: number): boolean {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  return value >= minimum && value <= maximum;
}

/** What a schema wants, for people. */
export function describe(schema: SchemaNode): string {
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(describe))].join(', or ');
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  switch (schema.type) {
    case 'string':
      return describeText(schema);
    case 'integer':
      return `an integer${describeRange(schema)}`;
    case 'number':
      return `a number${describeRange(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return describeList(schema);
    case 'object':
      return 'an object';
    case 'null':
      return 'null';
    default:
      return 'any JSON';
  }
}

function describeText({ pattern, format, minLength = 0, maxLength, description }: SchemaNode): string {
  if (format === 'uuid') return 'a UUID such as 0b1f6f0e-6f0c-4a53-9d0e-6f2a5f0f7c11';
  if (format === 'date-time') return 'a time such as 2026-11-21T19:40:00.000Z';
  if (pattern !== undefined)
    return description === undefined ? `text like ${pattern}` : uncapitalised(description);
  if (maxLength === undefined) return minLength > 0 ? 'text that is not empty' : 'text';
  return minLength > 0
    ? `text of ${minLength} to ${maxLength} characters`
    : `text of at most ${maxLength} characters`;
}

function describeRange({ minimum, maximum }: SchemaNode): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  return minimum === undefined ? '' : ` of at least ${minimum}`;
}

function describeList({ minItems = 0, maxItems }: SchemaNode): string {
  if (maxItems === undefined) return minItems > 0 ? `a list of at least ${minItems}` : 'a list';
  return minItems > 0 ? `a list of ${minItems} to ${maxItems}` : `a list of at most ${maxItems}`;
}

function uncapitalised(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
