import type { Move } from '../../core/files/moved.ts';
import type { Actor, Page } from '../storage.ts';

/** A folder with a name, of a project or of the server. Files in it move along when it moves. */
export interface NamedDirectory {
  readonly alias: string;
  readonly path: string;
}

/** `project` null: the server’s own. The folder of a project itself has no name: it is changed with the project. */
export interface DirectoryStorage {
  /** By alias. */
  listDirectories(params: {
    readonly project: string | null;
    readonly limit: number;
    readonly after?: string;
  }): Promise<Page<NamedDirectory>>;
  getDirectory(params: { readonly project: string | null; readonly alias: string }): Promise<NamedDirectory>;
  /** Registers a directory, or moves it. */
  saveDirectory(params: {
    readonly by: Actor;
    readonly project: string | null;
    readonly alias: string;
    readonly path: string;
  }): Promise<NamedDirectory>;
  /** Where directories of the project, and those of the server, were before. */
  listMoves(params: { readonly project: string }): Promise<readonly Move[]>;
  /** Files that were placed in it are found as before. */
  removeDirectory(params: {
    readonly by: Actor;
    readonly project: string | null;
    readonly alias: string;
  }): Promise<void>;
}
