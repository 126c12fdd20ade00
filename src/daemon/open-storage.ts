/** The storage that an address names: a PostgreSQL by its URL, else the SQLite file of the data folder. */
import { dirname } from 'node:path';
import { Fault } from '../core/faults.ts';
import type { Durations } from '../core/leases/durations.ts';
import type { Log } from '../ports/log.ts';
import type { Storage } from '../ports/storage.ts';
import type { Troubles } from '../ports/troubles.ts';
import type { Journal } from '../storage/sqlite/open.ts';
import { systemChance, systemClock } from './chance.ts';
import { networkFileSystem } from './file-systems.ts';
import { systemWords } from './system-error.ts';
import { nodeTimers } from './timers.ts';
import { openWhenThere, type StorageWait } from './wait-for-storage.ts';

export interface StorageChoice {
  /** postgres://…; null for SQLite. */
  readonly url: string | null;
  /** The SQLite file; `:memory:` for none. */
  readonly file: string;
  readonly durations: Partial<Durations>;
  /** How SQLite keeps its commits; what fits the file system if left out. */
  readonly journal?: JournalWish;
  /** How a PostgreSQL is waited for that does not answer; if left out it is not. */
  readonly wait?: StorageWait;
  readonly log?: Log;
  readonly troubles?: Troubles;
  /** To a PostgreSQL, at most. */
  readonly connections?: number | undefined;
  /** Its address is that of a pooler that gives a connection for each transaction. */
  readonly pooled?: boolean;
  /** Of the database behind the pooler. */
  readonly hintsUrl?: string | undefined;
}

export async function openStorage(choice: StorageChoice): Promise<Storage> {
  const { url, file, durations, wait, log, troubles, connections, pooled = false, hintsUrl } = choice;
  if (url === null) {
    const { openSqlite } = await import('../storage/sqlite/open.ts');
    const journal = file === ':memory:' ? 'wal' : journalOn(dirname(file), choice.journal);
    return openSqlite({ file, clock: systemClock, chance: systemChance, durations, journal });
  }
  checkUrl(url);
  const { openPostgres } = await import('../storage/postgres/open.ts');
  const onFailover = (what: 'goes_on' | 'begins_anew'): void =>
    log?.warn({ what }, 'the storage has failed over to another database');
  if (hintsUrl !== undefined) checkUrl(hintsUrl, '--hints');
  const more = {
    pooled,
    ...(troubles === undefined ? {} : { troubles }),
    ...(connections === undefined ? {} : { connections }),
    ...(hintsUrl === undefined ? {} : { hintsUrl }),
  };
  const open = (): Promise<Storage> =>
    openPostgres({ url, chance: systemChance, durations, onFailover, ...more }).catch((error: unknown) => {
      throw named(error, url);
    });
  if (wait === undefined) return open();
  const now = (): number => performance.now();
  return openWhenThere(open, wait, { timers: nodeTimers, now, chance: systemChance.next });
}

/** What a user may ask for: a journal, or the one that fits the file system. */
export type JournalWish = Journal | 'auto';

export function journalOn(folder: string, wish: JournalWish = 'auto'): Journal {
  if (wish !== 'auto') return wish;
  return networkFileSystem(folder) === null ? 'wal' : 'rollback';
}

export function isStorageUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

/** Hosts and database, without what is secret. */
export function describeUrl(url: string): string {
  const [, hosts = '', path = ''] = /^[^:]+:\/\/(?:[^@/?]*@)?([^/?]*)([^?]*)/.exec(url) ?? [];
  return `${hosts === '' ? 'local' : hosts}${path}`;
}

/** Which one does not answer, and what the system says of it. */
function named(error: unknown, url: string): unknown {
  if (!(error instanceof Fault) || error.code !== 'storage_unavailable') return error;
  const { cause } = error;
  const detail = `PostgreSQL at ${describeUrl(url)} does not answer (${systemWords(cause)})`;
  return new Fault('storage_unavailable', { detail }, cause);
}

/** One host, or several with commas. */
function isAddress(url: string): boolean {
  return URL.canParse(url.replace(/^([^:]+:\/\/(?:[^@/?]*@)?[^,/?]*)(?:,[^,/?]+)+/, '$1'));
}

function checkUrl(url: string, field = '--storage'): void {
  if (isStorageUrl(url) && isAddress(url)) return;
  throw new Fault('usage', {
    field,
    // It may contain a password.
    found: url.replace(/\/\/[^@/]*@/, '//…@'),
    expected: 'an address such as postgres://user@host/database',
  });
}
