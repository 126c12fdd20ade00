import { databaseBounds } from '../core/catalogue/check.ts';
import { checkRelease } from '../core/catalogue/database.ts';
import { Fault } from '../core/faults.ts';
import { checkText } from '../core/text.ts';
import type { DatabaseRecord } from '../ports/records/catalogue.ts';
import { allow } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import { enforceClosures, enforcementOf, enforcerOf, restoreGrants } from './enforce-closures.ts';
import type { World } from './world.ts';

export interface CloseDatabase {
  readonly reason?: string | null | undefined;
  /** Milliseconds since 1970. */
  readonly until?: number | null | undefined;
  readonly graceMs?: number | undefined;
  /** Whether the database itself is to keep roles out, once it is closed. */
  readonly enforce?: boolean | undefined;
  /** In place of those of its settings. */
  readonly roles?: readonly string[] | undefined;
}

export function closeDatabase(world: World) {
  const { storage, clock } = world;
  const enforceAll = enforceClosures(world);
  return async (caller: Caller, name: string, request: CloseDatabase): Promise<DatabaseRecord> => {
    allow(caller.principal, 'database.manage', null);
    const { reason = null, until = null, graceMs = 0 } = request;
    if (reason !== null) checkText(reason, 'reason', databaseBounds.reasonLength);
    if (until !== null && until <= clock.now())
      throw new Fault('invalid_field', {
        field: 'until',
        found: new Date(until).toISOString(),
        expected: 'a time to come',
      });
    if (!Number.isInteger(graceMs) || graceMs < 0 || graceMs > databaseBounds.graceMsMax)
      throw new Fault('invalid_field', {
        field: 'graceMs',
        found: graceMs,
        expected: `an integer from 0 to ${databaseBounds.graceMsMax}, a day`,
      });
    const closure = { by: actorOf(caller), name, reason, until, graceMs };
    if (request.enforce !== true) return storage.closeDatabase(closure);
    const database = await storage.getDatabase({ name });
    const enforcement = enforcementOf(database, request.roles);
    // No closure has this ticket: what is tried here stands for none.
    await enforcerOf(world).examine({ settings: database.settings, ticket: 0, enforcement });
    const begun = await storage.closeDatabase({ ...closure, enforcement });
    if (begun.state === 'closed') await enforceAll();
    return begun;
  };
}

/** Ends the closure, whoever made it. */
export function reopenDatabase(world: World) {
  return async (caller: Caller, name: string, release: string | null): Promise<DatabaseRecord> => {
    allow(caller.principal, 'database.manage', null);
    if (release !== null) checkRelease(release, 'release');
    await restoreGrants(world, await world.storage.getDatabase({ name }));
    return world.storage.reopenDatabase({ by: actorOf(caller), name, release });
  };
}
