import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import type { Transport } from './transport.ts';
import type { NewProject, Project, ProjectChanges, ProjectDetails, ProjectList } from './types.ts';

/** `folder`: only projects whose directory is this absolute path, or holds it, the innermost first. */
export interface ProjectQuery extends PageQuery {
  readonly folder?: string | undefined;
}

export class Projects {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(project: NewProject, options?: CallOptions): Promise<ProjectDetails> {
    return this.#transport.json({
      method: 'POST',
      path: '/v1/projects',
      body: project,
      repeat: 'key',
      options,
    });
  }

  list(query: ProjectQuery = {}, options?: CallOptions): Promise<ProjectList> {
    return this.#transport.json({
      method: 'GET',
      path: '/v1/projects',
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  each(query: ProjectQuery = {}, options?: CallOptions): AsyncGenerator<Project, void, undefined> {
    return eachItem(query, (page) => this.list(page, options));
  }

  get(name: string, options?: CallOptions): Promise<ProjectDetails> {
    return this.#transport.json({ method: 'GET', path: projectPath(name), repeat: 'safe', options });
  }

  update(name: string, changes: ProjectChanges, options?: CallOptions): Promise<ProjectDetails> {
    return this.#transport.json({
      method: 'PATCH',
      path: projectPath(name),
      body: changes,
      repeat: 'key',
      options,
    });
  }

  remove(name: string, options?: CallOptions): Promise<void> {
    return this.#transport.nothing({ method: 'DELETE', path: projectPath(name), repeat: 'key', options });
  }
}

export function projectPath(name: string): string {
  return `/v1/projects/${encodeURIComponent(name)}`;
}
