import type { DatabaseRecord, Closure as StoredClosure } from '../../../ports/records/catalogue.ts';
import type { Closure, Database } from '../schemas/databases.ts';
import { writeId } from './locks.ts';
import { timeText, timeTextOrNull } from './times.ts';

export function presentDatabase(it: DatabaseRecord): Database {
  return {
    name: it.name,
    kind: it.kind,
    state: it.state,
    tag: it.tag,
    description: it.description,
    settings: it.settings,
    release: it.release,
    declaredIn: it.declaredIn,
    createdAt: timeText(it.createdAt),
    revision: it.revision,
    closure: it.closure === null ? null : presentClosure(it.closure),
  };
}

function presentClosure(it: StoredClosure): Closure {
  return {
    lock: writeId(it.ticket),
    epoch: it.epoch,
    by: it.by,
    reason: it.reason,
    since: timeText(it.since),
    graceEndsAt: timeText(it.graceEndsAt),
    until: timeTextOrNull(it.until),
    enforcement:
      it.enforcement === null ? null : { schema: it.enforcement.schema, roles: [...it.enforcement.roles] },
  };
}
