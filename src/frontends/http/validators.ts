/**
 * One validator per part of a request: bodies are taken strictly as they are, queries are texts that may stand for
 * numbers. A schema is compiled when it is first needed, so that a server starts sooner; what it refuses is explained
 * field by field.
 */
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Fault } from '../../core/faults.ts';
import { findViolation, type SchemaNode } from './find-violation.ts';

export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  if (httpPart === 'params' || httpPart === 'headers') return () => true;
  const node: SchemaNode = schema;
  let validator: Validator | undefined;
  return (value: unknown) => {
    if (httpPart === 'body' && value === null)
      return { error: new Fault('malformed_body', { detail: 'There is no object in the body' }) };
    const read = httpPart === 'querystring' ? readQuery(node, value) : value;
    validator ??= Compile(schema);
    return validator.Check(read) ? { value: read } : { error: faultOf(node, read) };
  };
};

function faultOf(schema: SchemaNode, value: unknown): Fault {
  const violation = findViolation(schema, value);
  if (violation === null)
    return new Fault('invalid_field', { detail: 'The request does not fit the schema of its route' });
  const { code, field, found, expected, detail } = violation;
  return new Fault(code, {
    ...(field === '' ? {} : { field }),
    ...(found === undefined ? {} : { found }),
    expected,
    ...(detail === undefined ? {} : { detail }),
  });
}

/** Turns the digits of an integer field into the integer; all else stays what it is, and is judged so. */
function readQuery(schema: SchemaNode, query: unknown): unknown {
  if (typeof query !== 'object' || query === null) return query;
  const integer = (name: string, value: unknown): boolean =>
    schema.properties?.[name]?.type === 'integer' && typeof value === 'string' && /^-?\d{1,15}$/.test(value);
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, integer(name, value) ? Number(value) : value]),
  );
}
