/**
 * The OpenAPI document, made from the routes as they are registered. Schemas with a name become components; every
 * route gets the faults that it may answer with, from the table of faults.
 */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { RouteOptions } from 'fastify';
import Type from 'typebox';
import type { FaultCode } from '../../core/faults.ts';
import { statusOf } from './problem.ts';
import { Nothing, ofPageBefore, Problem } from './schemas/common.ts';

export function openapiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Labkeep',
        version,
        description:
          'Jobs and databases of a research group. docs/protocols/http.md says in prose what this says in schemas.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'server', description: 'The server itself' },
        { name: 'projects', description: 'Job histories' },
        { name: 'jobs', description: 'What is to be done, and what became of it' },
        { name: 'provenance', description: 'Which job made what, from what' },
        { name: 'runs', description: 'Runs that somebody else runs and tells of' },
        { name: 'workers', description: 'Asking for work and reporting on it' },
        { name: 'databases', description: 'The catalogue, and closing for update' },
        { name: 'locks', description: 'Sessions, and locks on databases' },
        { name: 'tasks', description: 'Work that is known by its name and its parameters' },
        { name: 'events', description: 'The ordered record of all that happened' },
        { name: 'tokens', description: 'Who may do what' },
      ],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: ({ schema, url, route }) => ({ schema: documented(schema, route), url }),
    // The document is JSON whatever its type says; it is walked as such.
    transformObject: (document) =>
      'openapiObject' in document ? hoistNamed(document.openapiObject) : document.swaggerObject,
  };
}

type RouteSchema = NonNullable<RouteOptions['schema']>;

const idempotencyKey = Type.Object({
  'Idempotency-Key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'The same key and body give the first answer again, for a day',
    }),
  ),
});

/** The schema of a route as the document shows it: with its faults, and with what Fastify’s schemas cannot say. */
function documented(schema: RouteSchema | undefined, route: RouteOptions): RouteSchema {
  const known = schema ?? {};
  const open = route.config?.open === true;
  const { body, ...rest } = known;
  return {
    ...rest,
    ...(body === undefined || body === Nothing ? {} : { body }),
    ...(open ? { security: [] } : {}),
    ...(isKeyed(route, known) ? { headers: idempotencyKey } : {}),
    response: { ...answersOf(known, route), ...faultAnswers(faultsOf(route, known)) },
  };
}

function answersOf(schema: RouteSchema, route: RouteOptions): object {
  const answers = typeof schema.response === 'object' && schema.response !== null ? schema.response : {};
  const also = route.config?.alsoAs;
  if (also === undefined || !('200' in answers)) return answers;
  const content = { 'application/json': { schema: answers['200'] }, [also]: { schema: { type: 'string' } } };
  return { ...answers, 200: { description: 'Done', content } };
}

/** Acts of people take an idempotency key; those of workers are idempotent by attempt and epoch. */
function isKeyed(route: RouteOptions, schema: RouteSchema): boolean {
  return !isRead(route) && route.config?.unkeyed !== true && !(schema.tags?.includes('workers') ?? false);
}

function isRead(route: RouteOptions): boolean {
  return [route.method].flat().includes('GET');
}

/** Every fault that this route may answer with. */
function faultsOf(route: RouteOptions, schema: RouteSchema): readonly FaultCode[] {
  const hasBody = schema.body !== undefined;
  const writes = !isRead(route);
  return [
    ...(hasBody
      ? (['malformed_body', 'too_deep', 'too_large', 'unsupported_media_type', 'request_timeout'] as const)
      : []),
    ...(hasBody || schema.querystring !== undefined || writes
      ? (['invalid_field', 'unknown_field'] as const)
      : []),
    ...(route.config?.open === true
      ? []
      : (['unauthenticated', 'token_expired', 'token_revoked', 'forbidden'] as const)),
    ...(isKeyed(route, schema) ? (['idempotency_conflict'] as const) : []),
    ...(writes ? (['storage_full'] as const) : []),
    ...([
      'foreign_host',
      'foreign_origin',
      'storage_unavailable',
      'storage_busy',
      'storage_newer',
      'stopping',
      'internal',
    ] as const),
    ...(isRead(route) && takesCursor(schema.querystring) ? (['cursor_invalid'] as const) : []),
    ...(route.config?.faults ?? []),
  ];
}

/** Whether a query goes on after the page before (`after`, as lists have it). */
function takesCursor(query: unknown): boolean {
  return JSON.stringify(query ?? null).includes(`"description":${JSON.stringify(ofPageBefore)}`);
}

function faultAnswers(codes: readonly FaultCode[]): Readonly<Record<string, unknown>> {
  const byStatus = Map.groupBy([...new Set(codes)], statusOf);
  const answers = [...byStatus].toSorted(([one], [other]) => one - other);
  return Object.fromEntries(
    answers.map(([status, some]) => [
      String(status),
      {
        description: some.map((code) => `\`${code}\``).join(', '),
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  );
}

type Json = Readonly<Record<string, unknown>>;

/** Moves every schema that has a name to the components, and leaves a reference in its place. */
function hoistNamed<T extends { components?: object }>(document: T): T {
  const schemas: Record<string, unknown> = {};
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (!isObject(node)) return node;
    const { 'x-name': name, ...rest } = node;
    const visited = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, visit(inner)]));
    if (visited.description === 'Default Response') return { ...visited, description: 'Done' };
    if (typeof name !== 'string') return visited;
    schemas[name] = visited;
    return { $ref: `#/components/schemas/${name}` };
  };
  const walked = visit(document) as T;
  const sorted = Object.fromEntries(
    Object.entries(schemas).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
  return { ...walked, components: { ...walked.components, schemas: sorted } };
}

function isObject(node: unknown): node is Json {
  return typeof node === 'object' && node !== null;
}
