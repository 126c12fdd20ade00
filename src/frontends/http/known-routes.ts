import type { RouteOptions } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    readonly knownRoutes: KnownRoutes;
  }
}

interface KnownRoute {
  /** As it was registered, with `:names`. */
  readonly url: string;
  readonly methods: readonly string[];
  /** Whether it answers without a token. */
  readonly open: boolean;
  readonly pattern: RegExp;
}

/** The addresses that exist: to tell a wrong method from a wrong address, and for tests that go through all. */
export class KnownRoutes {
  readonly #routes: KnownRoute[] = [];

  get all(): readonly KnownRoute[] {
    return this.#routes;
  }

  /** HEAD goes with GET, and is no address of its own. */
  add(route: RouteOptions): void {
    if (route.method === 'HEAD') return;
    const pattern = route.url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[a-z]+/g, '[^/]+');
    this.#routes.push({
      url: route.url,
      methods: [route.method].flat(),
      open: route.config?.open === true,
      pattern: new RegExp(`^${pattern}$`),
    });
  }

  /** The methods that an address answers to. */
  methodsOf(url: string): readonly string[] {
    const [path = ''] = url.split('?');
    const methods = this.#routes
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((route) => route.methods);
    return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
  }
}
