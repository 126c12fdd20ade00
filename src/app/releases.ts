/** Releases of databases that are directories. The files are brought and removed by whoever sees them; here is the record. */
import { checkRelease } from '../core/catalogue/database.ts';
import { checkKeep } from '../core/catalogue/releases.ts';
import { plainPath } from '../core/files/paths.ts';
import type { DatabaseRecord } from '../ports/records/catalogue.ts';
import type { ReleaseRecord } from '../ports/records/releases.ts';
import type { Page } from '../ports/storage.ts';
import { allow } from './access.ts';
import { allowBuilding } from './allow-building.ts';
import { actorOf, type Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export interface Named {
  readonly database: string;
  readonly release: string;
}

export function listReleases({ storage }: World) {
  return async (caller: Caller, database: string, page: PageRequest): Promise<Page<ReleaseRecord>> => {
    allow(caller.principal, 'server.read', null);
    return storage.listReleases({ database, ...pageOf(page) });
  };
}

export function getRelease({ storage }: World) {
  return async (caller: Caller, named: Named): Promise<ReleaseRecord> => {
    allow(caller.principal, 'server.read', null);
    return storage.getRelease(named);
  };
}

export function beginRelease({ storage }: World) {
  return async (
    caller: Caller,
    it: Named & { readonly epoch: number; readonly path: string },
  ): Promise<ReleaseRecord> => {
    await allowBuilding(storage, caller.principal, it);
    checkRelease(it.release, 'release');
    return storage.beginRelease({ by: actorOf(caller), ...it, path: plainPath(it.path, 'path') });
  };
}

export interface PublishRelease extends Named {
  readonly epoch: number;
  readonly files: number;
  readonly bytes: number;
  readonly sha256: string;
  /** How many are kept from now on. */
  readonly keep?: number | null | undefined;
}

export function publishRelease({ storage }: World) {
  return async (caller: Caller, request: PublishRelease): Promise<DatabaseRecord> => {
    await allowBuilding(storage, caller.principal, request);
    const { keep = null, ...it } = request;
    if (keep !== null) checkKeep(keep, 'keep');
    return storage.publishRelease({ by: actorOf(caller), ...it, keep });
  };
}

export function dropRelease({ storage }: World) {
  return async (caller: Caller, it: Named & { readonly epoch: number }): Promise<void> => {
    await allowBuilding(storage, caller.principal, it);
    return storage.dropRelease({ by: actorOf(caller), ...it });
  };
}

export function pinRelease({ storage }: World) {
  return async (caller: Caller, it: Named & { readonly pinned: boolean }): Promise<ReleaseRecord> => {
    allow(caller.principal, 'database.manage', null);
    return storage.pinRelease({ by: actorOf(caller), ...it });
  };
}

/** Marks what need not be kept, and names all whose files are still to be removed. */
export function markGoing({ storage }: World) {
  return async (caller: Caller, database: string): Promise<readonly ReleaseRecord[]> => {
    await allowBuilding(storage, caller.principal, { database });
    return storage.markGoing({ by: actorOf(caller), database });
  };
}

export function markGone({ storage }: World) {
  return async (caller: Caller, named: Named): Promise<ReleaseRecord> => {
    await allowBuilding(storage, caller.principal, named);
    return storage.markGone({ by: actorOf(caller), ...named });
  };
}
