import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type { Server, ServerList } from './types.ts';

/** The servers that share the storage. */
export class Servers {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(query: PageQuery = {}, options?: CallOptions): Promise<ServerList> {
    return this.#transport.json({
      method: 'GET',
      path: '/v1/servers',
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  each(query: PageQuery = {}, options?: CallOptions): AsyncGenerator<Server, void, undefined> {
    return eachItem(query, (page) => this.list(page, options));
  }
}
