import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import { projectPath } from './projects.ts';
import type { Transport } from './transport.ts';
import type { Directory, DirectoryList } from './types.ts';

/** Folders with a name, of a project or (null) of the server. */
export class Directories {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(project: string | null, query: PageQuery = {}, options?: CallOptions): Promise<DirectoryList> {
    return this.#transport.json({
      method: 'GET',
      path: path(project),
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  each(
    project: string | null,
    query: PageQuery = {},
    options?: CallOptions,
  ): AsyncGenerator<Directory, void, undefined> {
    return eachItem(query, (page) => this.list(project, page, options));
  }

  get(project: string | null, alias: string, options?: CallOptions): Promise<Directory> {
    return this.#transport.json({ method: 'GET', path: path(project, alias), repeat: 'safe', options });
  }

  /** Names a folder, or moves it: its files go along. */
  save(project: string | null, alias: string, folder: string, options?: CallOptions): Promise<Directory> {
    return this.#transport.json({
      method: 'PUT',
      path: path(project, alias),
      body: { path: folder },
      repeat: 'key',
      options,
    });
  }

  remove(project: string | null, alias: string, options?: CallOptions): Promise<void> {
    return this.#transport.nothing({ method: 'DELETE', path: path(project, alias), repeat: 'key', options });
  }
}

function path(project: string | null, alias?: string): string {
  const base = project === null ? '/v1/directories' : `${projectPath(project)}/directories`;
  return alias === undefined ? base : `${base}/${encodeURIComponent(alias)}`;
}
