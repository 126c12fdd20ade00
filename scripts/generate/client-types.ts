/** TypeScript from the named schemas of the OpenAPI document: the part of JSON Schema that its routes use. */
import type { OpenapiDocument } from './openapi-document.ts';

interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
}

export function clientTypes(document: OpenapiDocument): string {
  const types = Object.entries(document.components.schemas).map(([name, schema]) =>
    declaration(name, schema as SchemaNode),
  );
  return `/** The shapes of the HTTP contract, made from docs/openapi.json by \`npm run generate\`; do not edit. */

${types.join('\n\n')}
`;
}

function declaration(name: string, schema: SchemaNode): string {
  const comment = schema.description === undefined ? '' : `/** ${schema.description} */\n`;
  if (schema.properties === undefined) return `${comment}export type ${name} = ${typeOf(schema)};`;
  return `${comment}export interface ${name} ${fields(schema.properties, schema.required ?? [])}`;
}

function fields(properties: Readonly<Record<string, SchemaNode>>, required: readonly string[]): string {
  const lines = Object.entries(properties).map(([name, schema]) => {
    const comment = schema.description === undefined ? '' : `/** ${schema.description} */\n`;
    const type = typeOf(schema);
    if (required.includes(name)) return `${comment}${name}: ${type};`;
    return `${comment}${name}?: ${type === 'unknown' ? type : `${type} | undefined`};`;
  });
  return `{\n${lines.join('\n')}\n}`;
}

function typeOf(schema: SchemaNode): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' | ');
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  switch (schema.type) {
    case undefined:
      return 'unknown';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'array':
      return schema.items === undefined
        ? 'readonly unknown[]'
        : `readonly ${grouped(typeOf(schema.items))}[]`;
    case 'object':
      return objectType(schema);
    default:
      throw new Error(`no TypeScript for the type ${schema.type}`);
  }
}

function objectType({ properties, required = [], additionalProperties }: SchemaNode): string {
  if (properties !== undefined) return fields(properties, required);
  if (typeof additionalProperties === 'object')
    return `{ readonly [name: string]: ${typeOf(additionalProperties)} }`;
  throw new Error('an object of a schema has neither properties nor a type for all of them');
}

function grouped(type: string): string {
  return type.includes(' ') ? `(${type})` : type;
}
