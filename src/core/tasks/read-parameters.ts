import { Fault } from '../faults.ts';
import { type ParameterSchema, parameterSchema } from './definition.ts';

/** Reads `name=value` as a command line gives them, by the types that the schema tells; a name given again makes a list. */
export function readParameters(
  schema: ParameterSchema,
  given: readonly string[],
): Readonly<Record<string, unknown>> {
  const parameters: Record<string, unknown> = {};
  for (const text of given) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new Fault('usage', { field: '--param', found: text, expected: 'NAME=VALUE' });
    const name = text.slice(0, equals);
    const written = text.slice(equals + 1);
    const { type, items } = parameterSchema(schema, name);
    if (type !== 'array' || written.startsWith('[')) {
      parameters[name] = readValue(written, type);
      continue;
    }
    const before = parameters[name];
    const element = readValue(written, typeOf(items));
    parameters[name] = Array.isArray(before) ? [...before, element] : [element];
  }
  return parameters;
}

function typeOf(schema: unknown): unknown {
  return typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : undefined;
}

/** What cannot be read as its type stays a text: the schema then says what was expected. */
function readValue(text: string, type: unknown): unknown {
  switch (type) {
    case 'integer':
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'null':
      return text === 'null' ? null : text;
    case 'array':
    case 'object':
      return jsonOr(text);
    default:
      return text;
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
