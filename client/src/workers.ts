import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type { NewWorker, Registration, Worker, WorkerList } from './types.ts';

/** What this client speaks with servers when it works. */
export const protocol = 1;

export class Workers {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The same principal and name give the same worker, however often they register. */
  register(worker: NewWorker, options?: CallOptions): Promise<Registration> {
    return this.#transport.json({
      method: 'POST',
      path: '/v1/workers',
      body: { protocol, ...worker },
      repeat: 'safe',
      options,
    });
  }

  list(query: PageQuery = {}, options?: CallOptions): Promise<WorkerList> {
    return this.#transport.json({
      method: 'GET',
      path: '/v1/workers',
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  each(query: PageQuery = {}, options?: CallOptions): AsyncGenerator<Worker, void, undefined> {
    return eachItem(query, (page) => this.list(page, options));
  }
}
