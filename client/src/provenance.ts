import { jobPath } from './jobs.ts';
import type { CallOptions, PageQuery } from './options.ts';
import { eachItem } from './pages.ts';
import { projectPath } from './projects.ts';
import type { Transport } from './transport.ts';
import type {
  Graph,
  Methods,
  OutdatedReleases,
  Sighting,
  SightingList,
  StaleJob,
  StaleList,
  Whence,
} from './types.ts';

/** A file by its absolute path or by its digest. */
export interface FilesQuery extends PageQuery {
  readonly path?: string | undefined;
  readonly sha256?: string | undefined;
  readonly role?: 'input' | 'output' | undefined;
  readonly project?: string | undefined;
}

export interface TraceQuery {
  /** Ties between a job and what was asked for, at most. */
  readonly depth?: number | undefined;
  /** Jobs at most. */
  readonly limit?: number | undefined;
}

export interface GraphQuery extends TraceQuery {
  readonly direction?: 'both' | 'ancestors' | 'descendants' | undefined;
}

export interface WhenceQuery {
  /** Of its present content. */
  readonly sha256?: string | undefined;
  /** Generations of attempts to tell of. */
  readonly depth?: number | undefined;
}

/** Which job made what, from what. */
export class Provenance {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Mentions of a file, newest first. */
  files(query: FilesQuery, options?: CallOptions): Promise<SightingList> {
    return this.#read('/v1/files', { ...query }, options);
  }

  eachFile(query: FilesQuery, options?: CallOptions): AsyncGenerator<Sighting, void, undefined> {
    return eachItem(query, (page) => this.files(page, options));
  }

  /** `of`: a reference such as `toxd/12`, or the absolute path of a file. */
  graph(of: string, query: GraphQuery = {}, options?: CallOptions): Promise<Graph> {
    return this.#read('/v1/graph', { of, ...query }, options);
  }

  ancestors(ref: string, query: TraceQuery = {}, options?: CallOptions): Promise<Graph> {
    return this.#read(`${jobPath(ref)}/ancestors`, { ...query }, options);
  }

  descendants(ref: string, query: TraceQuery = {}, options?: CallOptions): Promise<Graph> {
    return this.#read(`${jobPath(ref)}/descendants`, { ...query }, options);
  }

  /** Who made a file last, and from what. */
  whence(path: string, query: WhenceQuery = {}, options?: CallOptions): Promise<Whence> {
    return this.#read('/v1/whence', { path, ...query }, options);
  }

  /** Results of a project that rest on what has been made again since. */
  stale(project: string, query: PageQuery = {}, options?: CallOptions): Promise<StaleList> {
    return this.#read(`${projectPath(project)}/stale`, { ...query }, options);
  }

  /** How many results of a project rest on releases of databases that are not current any more. */
  outdated(project: string, options?: CallOptions): Promise<OutdatedReleases> {
    return this.#read(`${projectPath(project)}/stale/databases`, {}, options);
  }

  eachStale(
    project: string,
    query: PageQuery = {},
    options?: CallOptions,
  ): AsyncGenerator<StaleJob, void, undefined> {
    return eachItem(query, (page) => this.stale(project, page, options));
  }

  /** By which programs, in which versions, with which parameters, a result was obtained. */
  methods(ref: string, options?: CallOptions): Promise<Methods> {
    return this.#read(`${jobPath(ref)}/methods`, {}, options);
  }

  #read<T>(
    path: string,
    query: Readonly<Record<string, string | number | undefined>>,
    options: CallOptions | undefined,
  ): Promise<T> {
    return this.#transport.json({ method: 'GET', path, query, repeat: 'safe', options });
  }
}
