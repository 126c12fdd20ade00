import type { OutdatedRelease, StaleInput, StaleJob } from '../ports/records/provenance.ts';
import type { Page } from '../ports/storage.ts';
import { allow } from './access.ts';
import type { Caller } from './caller.ts';
import { mayReadRef } from './hide-foreign.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

/** How many results of a project rest on a release of a database that is not the current one any more. */
export function listOutdated({ storage }: World) {
  return async (caller: Caller, project: string): Promise<readonly OutdatedRelease[]> => {
    allow(caller.principal, 'project.read', project);
    return storage.listOutdated({ project });
  };
}

/** Results of a project that rest on what has been made again since. */
export function listStale({ storage }: World) {
  return async (caller: Caller, project: string, page: PageRequest): Promise<Page<StaleJob>> => {
    allow(caller.principal, 'project.read', project);
    const stale = await storage.listStale({ project, ...pageOf(page) });
    const mayRead = ({ was, now }: StaleInput): boolean =>
      [was, now].every((it) => it === null || mayReadRef(caller.principal, it.ref));
    const items = stale.items.map(({ ref, because }) => ({ ref, because: because.filter(mayRead) }));
    return { ...stale, items };
  };
}
