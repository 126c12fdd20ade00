import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type { Database, NewRelease, Release, ReleaseBuilt, ReleaseList, ReleasesGoing } from './types.ts';

/** Releases of databases that are directories. */
export class Releases {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first, also those that are gone. */
  list(database: string, query: PageQuery = {}, options?: CallOptions): Promise<ReleaseList> {
    return this.#transport.json({
      method: 'GET',
      path: path(database),
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  each(
    database: string,
    query: PageQuery = {},
    options?: CallOptions,
  ): AsyncGenerator<Release, void, undefined> {
    return eachItem(query, (page) => this.list(database, page, options));
  }

  get(database: string, release: string, options?: CallOptions): Promise<Release> {
    return this.#transport.json({ method: 'GET', path: path(database, release), repeat: 'safe', options });
  }

  /** Says that a release is being made; the epoch is that of the lock on `NAME/build`. */
  begin(database: string, release: NewRelease, options?: CallOptions): Promise<Release> {
    return this.#transport.json({
      method: 'POST',
      path: path(database),
      body: release,
      repeat: 'key',
      options,
    });
  }

  /** Lets a release that was made be the one that is read. */
  publish(database: string, release: string, built: ReleaseBuilt, options?: CallOptions): Promise<Database> {
    return this.#act(`${path(database, release)}/publish`, built, options);
  }

  /** Forgets a release that was begun and not published. */
  drop(database: string, release: string, epoch: number, options?: CallOptions): Promise<void> {
    return this.#transport.nothing({
      method: 'POST',
      path: `${path(database, release)}/drop`,
      body: { epoch },
      repeat: 'key',
      options,
    });
  }

  pin(database: string, release: string, options?: CallOptions): Promise<Release> {
    return this.#act(`${path(database, release)}/pin`, {}, options);
  }

  unpin(database: string, release: string, options?: CallOptions): Promise<Release> {
    return this.#act(`${path(database, release)}/unpin`, {}, options);
  }

  /** Marks what need not be kept, and names all whose files are to be removed. */
  markGoing(database: string, options?: CallOptions): Promise<ReleasesGoing> {
    return this.#act(`/v1/databases/${encodeURIComponent(database)}/tidy`, {}, options);
  }

  /** Says that the files of a release that was going are removed. */
  markGone(database: string, release: string, options?: CallOptions): Promise<Release> {
    return this.#act(`${path(database, release)}/gone`, {}, options);
  }

  #act<T>(address: string, body: object, options: CallOptions | undefined): Promise<T> {
    return this.#transport.json({ method: 'POST', path: address, body, repeat: 'key', options });
  }
}

function path(database: string, release?: string): string {
  const all = `/v1/databases/${encodeURIComponent(database)}/releases`;
  return release === undefined ? all : `${all}/${encodeURIComponent(release)}`;
}
