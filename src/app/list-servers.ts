import type { ServerRecord } from '../ports/records/servers.ts';
import type { Page } from '../ports/storage.ts';
import { allow, refuseAttempts } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export function listServers({ storage }: World) {
  return async (caller: Caller, page: PageRequest): Promise<Page<ServerRecord>> => {
    refuseAttempts(caller.principal, 'list servers');
    allow(caller.principal, 'server.read', null);
    return storage.listServers(pageOf(page));
  };
}
