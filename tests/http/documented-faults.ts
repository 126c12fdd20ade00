import assert from 'node:assert/strict';
import type { FastifyInstance } from 'fastify';

interface Operation {
  readonly pattern: RegExp;
  readonly method: string;
  /** Status → the codes that the document names for it. */
  readonly codes: ReadonlyMap<number, readonly string[]>;
}

interface Documented {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<string, { readonly responses: Readonly<Record<string, { readonly description: string }>> }>
      >
    >
  >;
}

/** Refusals that come before any route is found. */
const everywhere = ['route_unknown', 'method_not_allowed', 'foreign_host', 'foreign_origin'];

/** Asserts of refusals that the OpenAPI document names their code for their route. */
export class DocumentedFaults {
  readonly #operations: readonly Operation[];

  constructor(http: FastifyInstance) {
    // Its shape is what the OpenAPI tests are about; here it is taken for granted.
    const document = http.swagger() as unknown as Documented;
    // What is named by its address goes before what has a parameter there.
    const paths = Object.entries(document.paths).sort(
      ([one], [other]) => one.split('{').length - other.split('{').length,
    );
    this.#operations = paths.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => ({
        pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[a-z]+\}/g, '[^/]+')}$`),
        method: method.toUpperCase(),
        codes: new Map(
          Object.entries(responses).map(([status, { description }]) => [
            Number(status),
            [...description.matchAll(/`([a-z_]+)`/g)].map((match) => match[1] ?? ''),
          ]),
        ),
      })),
    );
  }

  check(method: string, url: string, status: number, code: string): void {
    if (everywhere.includes(code)) return;
    const [path = ''] = url.split('?');
    const operation = this.#operations.find((it) => it.method === method && it.pattern.test(path));
    assert.ok(operation !== undefined, `${method} ${path} is not documented, and answered ${code}`);
    assert.ok(
      operation.codes.get(status)?.includes(code) ?? false,
      `${method} ${path} answered ${status} ${code}, which its documentation does not name`,
    );
  }
}
