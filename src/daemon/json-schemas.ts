import type { AnySchemaObject, ErrorObject, ValidateFunction } from 'ajv';
import type { Ajv2020 as Checker } from 'ajv/dist/2020.js';
import type { Schemas } from '../ports/schemas.ts';

const keptMax = 1_000;

/** JSON Schema, draft 2020-12. What compiles schemas is loaded when the first is met. */
export function jsonSchemas(): Schemas {
  const compiled = new Map<string, ValidateFunction>();
  let checker: Promise<Checker> | null = null;
  const compile = async (schema: AnySchemaObject): Promise<ValidateFunction> => {
    const key = JSON.stringify(schema);
    const known = compiled.get(key);
    if (known !== undefined) return known;
    checker ??= import('ajv/dist/2020.js').then(({ Ajv2020 }) =>
      new Ajv2020({ useDefaults: true, strictTypes: false, validateFormats: false, addUsedSchema: false })
        // A name that schemas of the HTTP contract have there.
        .addVocabulary(['x-name']),
    );
    const check = (await checker).compile(schema);
    if (compiled.size >= keptMax) compiled.clear();
    compiled.set(key, check);
    return check;
  };
  return {
    problemOf: async (schema) => {
      try {
        await compile(schema);
        return null;
      } catch (error) {
        if (error instanceof Error) return error.message;
        throw error;
      }
    },
    complete: async (schema, given) => {
      const check = await compile(schema);
      const value: unknown = structuredClone(given);
      if (check(value)) return { value };
      const [first] = check.errors ?? [];
      if (first === undefined) throw new Error('a value does not fit its schema, and nothing says why');
      return { place: placeOf(first), found: foundIn(given, first), expected: expectedBy(first) };
    },
  };
}

/** `/cell/2` is `.cell[2]`; a name that is missing, or too many, belongs to the place. */
function placeOf({ instancePath, params }: ErrorObject): string {
  const parts = instancePath.split('/').slice(1).map(unescaped);
  const name: unknown = params.missingProperty ?? params.additionalProperty;
  if (typeof name === 'string') parts.push(name);
  return parts.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join('');
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function foundIn(given: unknown, { instancePath, keyword }: ErrorObject): unknown {
  if (keyword === 'required') return null;
  let value = given;
  for (const part of instancePath.split('/').slice(1).map(unescaped))
    value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined;
  return value;
}

function expectedBy({ keyword, params, message = 'another value' }: ErrorObject): string {
  switch (keyword) {
    case 'required':
      return 'a value';
    case 'additionalProperties':
      return 'no such parameter';
    case 'enum':
      return `one of ${(params.allowedValues as readonly unknown[]).map((it) => JSON.stringify(it)).join(', ')}`;
    case 'type':
      return `of type ${String(params.type)}`;
    default:
      return message.replace(/^must (be|match|NOT) /, (_, word: string) =>
        word === 'NOT' ? 'not to ' : word === 'match' ? 'what matches ' : '',
      );
  }
}
