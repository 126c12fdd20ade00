/** Closures that a PostgreSQL itself is to keep: begun once they are closed, ended before they are reopened. */
import { checkRoles, type Enforcement, readRoles } from '../core/catalogue/enforcement.ts';
import { Fault } from '../core/faults.ts';
import type { EnforcedDatabase, Enforcer } from '../ports/enforcer.ts';
import type { DatabaseRecord } from '../ports/records/catalogue.ts';
import { everyItem } from './every-item.ts';
import type { World } from './world.ts';

/** Whom a closure is to keep out: those named, or those of the settings. */
export function enforcementOf(
  { name, kind, settings }: DatabaseRecord,
  roles: readonly string[] | undefined,
): Enforcement {
  if (kind !== 'postgres')
    throw new Fault('invalid_field', {
      field: 'enforce',
      found: true,
      expected: `false: ${name} is of kind ${kind}, and only a PostgreSQL can keep roles out`,
    });
  const schema = typeof settings.schema === 'string' ? settings.schema : null;
  if (roles !== undefined) return { schema, roles: checkRoles(roles, 'roles') };
  if (typeof settings.roles === 'string')
    return { schema, roles: readRoles(settings.roles, 'settings.roles') };
  throw new Fault('invalid_field', {
    field: 'roles',
    expected: 'the roles to keep out: here, or in the settings of the database',
  });
}

export function enforcerOf({ enforcer }: World): Enforcer {
  if (enforcer === undefined)
    throw new Fault('enforcement_refused', { detail: 'This program reaches no PostgreSQL of the catalogue' });
  return enforcer;
}

/** Gives back what a closure has taken, before it ends. */
export async function restoreGrants(world: World, database: DatabaseRecord): Promise<void> {
  const target = targetOf(database);
  if (target !== null) await enforcerOf(world).restore(target);
}

/**
 * Makes every enforced closure hold in its database. Repeated for as long as it lasts, by any server: what one that was
 * killed left undone is done by the next.
 */
export function enforceClosures(world: World): () => Promise<void> {
  const failing = new Set<number>();
  return async () => {
    if (world.enforcer === undefined) return;
    for await (const database of everyItem((page) => world.storage.listDatabases(page))) {
      const target = database.state === 'closed' ? targetOf(database) : null;
      if (target === null) continue;
      try {
        await world.enforcer.enforce(target);
        failing.delete(target.ticket);
      } catch (error) {
        if (!failing.has(target.ticket))
          world.log?.error({ error, database: database.name }, 'roles are not kept out; it is tried again');
        failing.add(target.ticket);
      }
    }
  };
}

function targetOf({ settings, closure }: DatabaseRecord): EnforcedDatabase | null {
  if (closure === null || closure.enforcement === null) return null;
  return { settings, ticket: closure.ticket, enforcement: closure.enforcement };
}
