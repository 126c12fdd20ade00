import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type {
  CloseDatabase,
  Database,
  DatabaseChanges,
  DatabaseList,
  NewDatabase,
  ReopenDatabase,
} from './types.ts';

/** Which databases: with a tag; else without one, or (`all`) both. */
export interface DatabaseQuery extends PageQuery {
  readonly tag?: string | undefined;
  readonly all?: boolean | undefined;
  /** Projects too, which are databases of kind project. */
  readonly projects?: boolean | undefined;
}

/** The catalogue. */
export class Databases {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(query: DatabaseQuery = {}, options?: CallOptions): Promise<DatabaseList> {
    return this.#transport.json({ method: 'GET', path: base, query: { ...query }, repeat: 'safe', options });
  }

  each(query: DatabaseQuery = {}, options?: CallOptions): AsyncGenerator<Database, void, undefined> {
    return eachItem(query, (page) => this.list({ ...query, ...page }, options));
  }

  get(name: string, options?: CallOptions): Promise<Database> {
    return this.#transport.json({ method: 'GET', path: path(name), repeat: 'safe', options });
  }

  add(database: NewDatabase, options?: CallOptions): Promise<Database> {
    return this.#transport.json({ method: 'POST', path: base, body: database, repeat: 'key', options });
  }

  update(name: string, changes: DatabaseChanges, options?: CallOptions): Promise<Database> {
    return this.#transport.json({ method: 'PATCH', path: path(name), body: changes, repeat: 'key', options });
  }

  remove(name: string, options?: CallOptions): Promise<void> {
    return this.#transport.nothing({ method: 'DELETE', path: path(name), repeat: 'key', options });
  }

  turnOn(name: string, options?: CallOptions): Promise<Database> {
    return this.#act(name, 'on', {}, options);
  }

  turnOff(name: string, options?: CallOptions): Promise<Database> {
    return this.#act(name, 'off', {}, options);
  }

  /** Nobody new comes in; it is `closed` when all have left. */
  close(name: string, closure: CloseDatabase = {}, options?: CallOptions): Promise<Database> {
    return this.#act(name, 'close', closure, options);
  }

  reopen(name: string, as: ReopenDatabase = {}, options?: CallOptions): Promise<Database> {
    return this.#act(name, 'reopen', as, options);
  }

  #act(name: string, act: string, body: object, options?: CallOptions): Promise<Database> {
    return this.#transport.json({
      method: 'POST',
      path: `${path(name)}/${act}`,
      body,
      repeat: 'key',
      options,
    });
  }
}

const base = '/v1/databases';

function path(name: string): string {
  return `${base}/${encodeURIComponent(name)}`;
}
