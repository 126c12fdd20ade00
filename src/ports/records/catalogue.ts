import type { Entry } from '../../core/catalogue/database.ts';
import type { Enforcement } from '../../core/catalogue/enforcement.ts';
import type { Actor, Page } from '../storage.ts';
import type { ReleaseStorage } from './releases.ts';

/** An entry of the catalogue, as it stands. */
export interface DatabaseRecord extends Entry {
  readonly createdAt: number;
  readonly revision: number;
  readonly closure: Closure | null;
}

/** A record, not a lease: it lasts until it is reopened or broken. */
export interface Closure {
  readonly ticket: number;
  /** Of the exclusive lock; null while it waits for those who read. */
  readonly epoch: number | null;
  readonly by: string;
  readonly reason: string | null;
  readonly since: number;
  /** Sessions may go on until then. */
  readonly graceEndsAt: number;
  /** When it is said to be open again: a promise shown to others. */
  readonly until: number | null;
  /** Whom the database itself keeps out as long as it is closed; null: it is not told. */
  readonly enforcement: Enforcement | null;
}

export interface NewDatabase extends Entry {
  readonly state: 'on' | 'off';
}

export interface DatabaseChanges {
  readonly tag?: string | null;
  readonly description?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly release?: string | null;
  readonly state?: 'on' | 'off';
  readonly declaredIn?: string;
}

export interface CatalogueStorage extends ReleaseStorage {
  /** Adds a database; its name is neither that of another nor of a project. */
  addDatabase(params: { readonly by: Actor; readonly database: NewDatabase }): Promise<DatabaseRecord>;
  getDatabase(params: { readonly name: string }): Promise<DatabaseRecord>;
  /**
   * By name. Those of kind project are the projects, which are left out where `projects` is false.
   * `tag` null: those without; undefined: all.
   */
  listDatabases(params: {
    readonly tag?: string | null;
    readonly projects?: boolean;
    readonly limit: number;
    readonly after?: string;
  }): Promise<Page<DatabaseRecord>>;
  changeDatabase(params: {
    readonly by: Actor;
    readonly name: string;
    readonly revision: number | null;
    readonly changes: DatabaseChanges;
  }): Promise<DatabaseRecord>;
  /** Removes a database that nobody holds or waits for. */
  removeDatabase(params: { readonly by: Actor; readonly name: string }): Promise<void>;

  /** Begins a closure: it takes a ticket for the whole database, and holds it once grace and readers are over. */
  closeDatabase(params: {
    readonly by: Actor;
    readonly name: string;
    readonly reason: string | null;
    readonly until: number | null;
    readonly graceMs: number;
    readonly enforcement?: Enforcement | null;
  }): Promise<DatabaseRecord>;
  /** Ends the closure; with `release`, the database is read as that from now on. */
  reopenDatabase(params: {
    readonly by: Actor;
    readonly name: string;
    readonly release: string | null;
  }): Promise<DatabaseRecord>;
}
