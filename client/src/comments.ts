import { jobPath } from './jobs.ts';
import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type { Comment, CommentList } from './types.ts';

/** Comments on jobs, in Markdown; a job is named by reference, such as `toxd/12`. */
export class Comments {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(ref: string, query: PageQuery = {}, options?: CallOptions): Promise<CommentList> {
    return this.#transport.json({
      method: 'GET',
      path: `${jobPath(ref)}/comments`,
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  each(ref: string, query: PageQuery = {}, options?: CallOptions): AsyncGenerator<Comment, void, undefined> {
    return eachItem(query, (page) => this.list(ref, page, options));
  }

  add(ref: string, text: string, options?: CallOptions): Promise<Comment> {
    return this.#transport.json({
      method: 'POST',
      path: `${jobPath(ref)}/comments`,
      body: { text },
      repeat: 'key',
      options,
    });
  }

  edit(ref: string, id: number, text: string, options?: CallOptions): Promise<Comment> {
    return this.#transport.json({
      method: 'PATCH',
      path: `${jobPath(ref)}/comments/${id}`,
      body: { text },
      repeat: 'key',
      options,
    });
  }

  remove(ref: string, id: number, options?: CallOptions): Promise<void> {
    return this.#transport.nothing({
      method: 'DELETE',
      path: `${jobPath(ref)}/comments/${id}`,
      repeat: 'key',
      options,
    });
  }
}
