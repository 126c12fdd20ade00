import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import { projectPath } from './projects.ts';
import type { Transport } from './transport.ts';
import type { Template, TemplateJob, TemplateList } from './types.ts';

/** Jobs to be, under a name in their project. */
export class Templates {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(project: string, query: PageQuery = {}, options?: CallOptions): Promise<TemplateList> {
    return this.#transport.json({
      method: 'GET',
      path: `${projectPath(project)}/templates`,
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  each(
    project: string,
    query: PageQuery = {},
    options?: CallOptions,
  ): AsyncGenerator<Template, void, undefined> {
    return eachItem(query, (page) => this.list(project, page, options));
  }

  get(project: string, name: string, options?: CallOptions): Promise<Template> {
    return this.#transport.json({ method: 'GET', path: path(project, name), repeat: 'safe', options });
  }

  /** Makes it, or replaces it. */
  save(project: string, name: string, job: TemplateJob, options?: CallOptions): Promise<Template> {
    return this.#transport.json({
      method: 'PUT',
      path: path(project, name),
      body: { job },
      repeat: 'key',
      options,
    });
  }

  remove(project: string, name: string, options?: CallOptions): Promise<void> {
    return this.#transport.nothing({
      method: 'DELETE',
      path: path(project, name),
      repeat: 'key',
      options,
    });
  }
}

function path(project: string, name: string): string {
  return `${projectPath(project)}/templates/${encodeURIComponent(name)}`;
}
