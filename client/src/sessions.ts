import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type { NewSession, Session, SessionDatabases, SessionList, SessionRenewed } from './types.ts';

export interface SessionQuery extends PageQuery {
  /** Also those that have ended within a day. */
  readonly ended?: boolean | undefined;
}

/** Presences that live by a lease; what a session holds and waits for ends with it. */
export class Sessions {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  open(session: NewSession, options?: CallOptions): Promise<Session> {
    return this.#transport.json({
      method: 'POST',
      path: '/v1/sessions',
      body: session,
      repeat: 'key',
      options,
    });
  }

  /** `used`: it did something since; else it goes on being idle. */
  renew(session: string, used = false, options?: CallOptions): Promise<SessionRenewed> {
    return this.#transport.json({
      method: 'POST',
      path: `${path(session)}/renew`,
      body: { used },
      repeat: 'safe',
      options,
    });
  }

  /** Opens databases within a session, and leaves others. */
  databases(session: string, changes: SessionDatabases, options?: CallOptions): Promise<Session> {
    return this.#transport.json({
      method: 'POST',
      path: `${path(session)}/databases`,
      body: changes,
      repeat: 'key',
      options,
    });
  }

  get(session: string, options?: CallOptions): Promise<Session> {
    return this.#transport.json({ method: 'GET', path: path(session), repeat: 'safe', options });
  }

  list({ ended, ...page }: SessionQuery = {}, options?: CallOptions): Promise<SessionList> {
    return this.#transport.json({
      method: 'GET',
      path: '/v1/sessions',
      query: { ...page, ...(ended === undefined ? {} : { ended }) },
      repeat: 'safe',
      options,
    });
  }

  each(query: SessionQuery = {}, options?: CallOptions): AsyncGenerator<Session, void, undefined> {
    return eachItem(query, (page) => this.list(page, options));
  }

  /** What it held and waited for is free at once. Repeating it changes nothing. */
  end(session: string, text?: string, options?: CallOptions): Promise<Session> {
    return this.#transport.json({
      method: 'DELETE',
      path: path(session),
      query: { text },
      repeat: 'key',
      options,
    });
  }
}

function path(session: string): string {
  return `/v1/sessions/${encodeURIComponent(session)}`;
}
