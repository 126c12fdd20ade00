import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type { CreatedToken, NewToken, Token, TokenList } from './types.ts';

export class Tokens {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The token itself is shown this once. */
  create(token: NewToken, options?: CallOptions): Promise<CreatedToken> {
    return this.#transport.json({ method: 'POST', path: '/v1/tokens', body: token, repeat: 'key', options });
  }

  list(query: PageQuery = {}, options?: CallOptions): Promise<TokenList> {
    return this.#transport.json({
      method: 'GET',
      path: '/v1/tokens',
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  each(query: PageQuery = {}, options?: CallOptions): AsyncGenerator<Token, void, undefined> {
    return eachItem(query, (page) => this.list(page, options));
  }

  revoke(id: string, options?: CallOptions): Promise<void> {
    return this.#transport.nothing({
      method: 'DELETE',
      path: `/v1/tokens/${encodeURIComponent(id)}`,
      repeat: 'key',
      options,
    });
  }
}
