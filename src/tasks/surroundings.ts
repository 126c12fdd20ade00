import type { ReleaseRegister } from '../releases/publish.ts';
import type { TidyRegister } from '../releases/tidy.ts';
import type { Environment } from '../schemas/connect.ts';
import type { HandlerContext } from '../worker/worker.ts';

export interface CatalogueEntry {
  readonly name: string;
  readonly kind: string;
  readonly release: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What built-in tasks find around them. */
export interface TaskSurroundings {
  /** The worker’s own: addresses of databases are looked for here. */
  readonly env: Environment;
  database(name: string): Promise<CatalogueEntry>;
  /** The record of releases, as the attempt of this job may write it. */
  releases(
    job: Pick<HandlerContext['job'], 'token' | 'epoch'>,
    it: { readonly database: string; readonly release: string; readonly keep: number | null },
  ): ReleaseRegister & TidyRegister;
}
