import type { WorkerRecord } from '../ports/records/workers.ts';
import type { Page } from '../ports/storage.ts';
import { allow, refuseAttempts } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export function listWorkers({ storage }: World) {
  return async (caller: Caller, page: PageRequest): Promise<Page<WorkerRecord>> => {
    refuseAttempts(caller.principal, 'list workers');
    allow(caller.principal, 'server.read', null);
    return storage.listWorkers(pageOf(page));
  };
}
