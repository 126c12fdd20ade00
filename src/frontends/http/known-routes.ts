import type { RouteOptions } from 'fastify';

/** The addresses that exist, to tell a wrong method from a wrong address. */
export class KnownRoutes {
  readonly #patterns: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  add(route: RouteOptions): void {
    const pattern = route.url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[a-z]+/g, '[^/]+');
    this.#patterns.push({ pattern: new RegExp(`^${pattern}$`), methods: [route.method].flat() });
  }

  /** The methods that an address answers to. */
  methodsOf(url: string): readonly string[] {
    const [path = ''] = url.split('?');
    return [
      ...new Set(
        this.#patterns.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods),
      ),
    ];
  }
}
