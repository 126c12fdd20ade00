/** The machine under a worker, as an argument: its disk, its processes, its threads. A simulation brings its own. */
import { AttemptFolders } from './attempt-folders.ts';
import { loadConnect, type ServerAddress, type WorkerConnection } from './connection.ts';
import { endOrphan, examine, type Found } from './examine.ts';
import { bootId, type Host } from './host.ts';
import { type JournalFile, openJournalFile } from './journal/file.ts';
import { type FolderHold, holdFolder } from './journal/folder-hold.ts';
import { instanceOf } from './journal/instance.ts';
import type { StartRenewing } from './lease/messages.ts';
import { forgetLeaseEnd, startThread } from './lease/start-thread.ts';
import { Lives, type LivesOptions } from './lives.ts';
import { namesHere } from './programs/look.ts';

export interface Machine {
  /** Which start of the machine this is. */
  bootId(): string;
  /** Itself, and the account that its commands run under. */
  names(): { readonly host: string | null; readonly account: string | null };
  connect(module: string, server: ServerAddress): Promise<WorkerConnection>;
  holdFolder(folder: string): FolderHold;
  /** Which worker the folder is of: it stays the same as long as the folder is there. */
  instanceOf(folder: string): string;
  openFolders(folder: string): Pick<AttemptFolders, 'of' | 'scratch' | 'make' | 'remove' | 'tidy' | 'strays'>;
  openJournalFile(folder: string): JournalFile;
  forgetLeaseEnd(file: string): void;
  readonly startRenewing: StartRenewing;
  /** What runs commands and handlers. */
  openLives(options: LivesOptions): Pick<Lives, 'ofOffer' | 'ofFacts' | 'close'>;
  examine(folder: string): Found;
  endOrphan(folder: string, termForMs: number, host: Host): Promise<void>;
}

export type Folders = ReturnType<Machine['openFolders']>;

/** The machine that this process runs on. */
export const systemMachine: Machine = {
  bootId,
  names: namesHere,
  connect: async (module, server) => (await loadConnect(module))(server),
  holdFolder,
  instanceOf,
  openFolders: (folder) => new AttemptFolders(folder),
  openJournalFile,
  forgetLeaseEnd,
  startRenewing: startThread,
  openLives: (options) => new Lives(options),
  examine,
  endOrphan,
};
