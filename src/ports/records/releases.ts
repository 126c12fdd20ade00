import type { ReleaseState } from '../../core/catalogue/releases.ts';
import type { Actor, Page } from '../storage.ts';
import type { DatabaseRecord } from './catalogue.ts';

/** A release of a database: a folder that is published, read, and some day removed. */
export interface ReleaseRecord {
  readonly database: string;
  readonly release: string;
  readonly state: ReleaseState;
  /** Its folder, as whoever published it sees it. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  /** Of the list of its files with their digests; null while it is built. */
  readonly sha256: string | null;
  /** It is not removed until that is taken back. */
  readonly pinned: boolean;
  readonly by: string;
  readonly begunAt: number;
  readonly publishedAt: number | null;
  /** Requests that hold it. */
  readonly readers: number;
  /** Somebody waits for it, or a job that is not finished names it. */
  readonly awaited: boolean;
}

/** A release, and the epoch of the lock on `NAME/build` under which it is made. */
export interface BuiltRelease {
  readonly database: string;
  readonly release: string;
  readonly epoch: number;
}

export interface ReleaseStorage {
  /**
   * Notes that a release is being made; refused as `release_exists` for a name that was given before, but for one that
   * was begun and not published: it is begun again. Refused as `lock_lost` unless the epoch holds `NAME/build`.
   */
  beginRelease(params: BuiltRelease & { readonly by: Actor; readonly path: string }): Promise<ReleaseRecord>;
  /** Makes it the one that is read, in one step; `keep` says how many are kept from now on (null: as before). */
  publishRelease(
    params: BuiltRelease & {
      readonly by: Actor;
      readonly files: number;
      readonly bytes: number;
      readonly sha256: string;
      readonly keep: number | null;
    },
  ): Promise<DatabaseRecord>;
  /** Forgets a release that was begun; its name is free. */
  dropRelease(params: BuiltRelease & { readonly by: Actor }): Promise<void>;
  /** Keeps a release that can be read from being removed, or no longer. */
  pinRelease(params: {
    readonly by: Actor;
    readonly database: string;
    readonly release: string;
    readonly pinned: boolean;
  }): Promise<ReleaseRecord>;
  getRelease(params: { readonly database: string; readonly release: string }): Promise<ReleaseRecord>;
  /** Newest first, also those that are gone. */
  listReleases(params: {
    readonly database: string;
    readonly limit: number;
    readonly after?: string;
  }): Promise<Page<ReleaseRecord>>;
  /**
   * Marks releases that need not be kept, and that nobody reads or waits for: from then on nobody can. Gives all whose
   * files are still to be removed, these and those that were marked before.
   */
  markGoing(params: { readonly by: Actor; readonly database: string }): Promise<readonly ReleaseRecord[]>;
  /** The files of one that was going are removed; repeating it changes nothing. */
  markGone(params: {
    readonly by: Actor;
    readonly database: string;
    readonly release: string;
  }): Promise<ReleaseRecord>;
}
