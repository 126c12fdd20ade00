/**
 * Keeps roles out of a PostgreSQL while it is closed: takes CONNECT, or USAGE of one schema, from them and from PUBLIC, and
 * ends their sessions. What it took is written in the same transaction and the same database, so that it is given back
 * exactly, whatever dies in between.
 */
import pg from 'pg';
import { Fault } from '../core/faults.ts';
import type { EnforcedDatabase, Enforcer } from '../ports/enforcer.ts';
import { addressOf, connect, type Environment, isLoss, unreachable } from './connect.ts';
import { entryKey, type GrantedObject, giveBack, grantedOn, takeAway } from './grants.ts';
import { refuseStillIn, refuseUnfit } from './kept-out.ts';

/** Finds addresses in the environment of this program. */
export function postgresEnforcer(env: Environment): Enforcer {
  const on = async (target: EnforcedDatabase, act: (client: pg.Client) => Promise<void>): Promise<void> => {
    const client = await connect(addressOf(target.settings, env), 'labkeep close');
    try {
      await act(client);
    } catch (error) {
      throw faultOf(error);
    } finally {
      await client.end();
    }
  };
  return {
    examine: (target) =>
      on(target, async (client) => {
        await client.query('begin');
        await withhold(client, target);
        await client.query('rollback');
      }),
    enforce: (target) =>
      on(target, async (client) => {
        await client.query('begin');
        const stands = await withhold(client, target);
        await client.query('commit');
        if (stands) await endSessions(client, target.enforcement.roles);
      }),
    restore: (target) =>
      on(target, async (client) => {
        await client.query('begin');
        await restore(client, target);
        await client.query('commit');
      }),
  };
}

/** False for a closure that was reopened already: who comes late takes nothing. */
async function withhold(client: pg.Client, { ticket, enforcement }: EnforcedDatabase): Promise<boolean> {
  const { schema, roles } = enforcement;
  await makeTables(client);
  const { rows } = await client.query<{ restored: boolean }>(
    `insert into labkeep_fence.closures (closure, restored) values ($1, false)
     on conflict (closure) do update set closure = excluded.closure returning restored`,
    [ticket],
  );
  if (rows[0]?.restored !== false) return false;
  const object: GrantedObject = { schema };
  await refuseUnfit(client, enforcement);
  const before = await grantedOn(client, object);
  for (const entry of before)
    if (entry.grantee === null || roles.includes(entry.grantee)) await takeAway(client, object, entry);
  const after = new Set((await grantedOn(client, object)).map(entryKey));
  for (const { grantor, grantee, grantable, byOwner } of before.filter(
    (entry) => !after.has(entryKey(entry)),
  ))
    await client.query(
      `insert into labkeep_fence.withheld (closure, grantor, grantee, grantable, by_owner)
       values ($1, $2, $3, $4, $5) on conflict do nothing`,
      [ticket, grantor, grantee ?? '', grantable, byOwner],
    );
  await refuseStillIn(client, object, roles);
  return true;
}

async function restore(client: pg.Client, { ticket, enforcement }: EnforcedDatabase): Promise<void> {
  await makeTables(client);
  await client.query(
    `insert into labkeep_fence.closures (closure, restored) values ($1, true)
     on conflict (closure) do update set restored = true`,
    [ticket],
  );
  const { rows } = await client.query<{
    grantor: string;
    grantee: string;
    grantable: boolean;
    by_owner: boolean;
  }>(
    'delete from labkeep_fence.withheld where closure = $1 returning grantor, grantee, grantable, by_owner',
    [ticket],
  );
  const taken = rows.map(({ grantor, grantee, grantable, by_owner: byOwner }) => ({
    ...{ grantor, grantable, byOwner },
    grantee: grantee === '' ? null : grantee,
  }));
  await giveBack(client, { schema: enforcement.schema }, taken);
}

/** One at a time, whichever server it is: the lock lasts until the end of the transaction. */
async function makeTables(client: pg.Client): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtextextended('labkeep_fence', 0))");
  await client.query(`
    set local client_min_messages = warning;
    create schema if not exists labkeep_fence;
    create table if not exists labkeep_fence.closures (closure bigint primary key, restored boolean not null);
    create table if not exists labkeep_fence.withheld (
      closure bigint not null, grantor text not null, grantee text not null, grantable boolean not null,
      by_owner boolean not null, primary key (closure, grantor, grantee))`);
}

/** Of those kept out, and of all who are members of one of them. */
async function endSessions(client: pg.Client, roles: readonly string[]): Promise<void> {
  await client.query(
    `select pg_terminate_backend(a.pid)
     from pg_stat_activity a join pg_roles u on u.oid = a.usesysid
     where a.datname = current_database() and a.pid <> pg_backend_pid() and not u.rolsuper
     and exists (select from pg_roles r where r.rolname = any ($1::text[]) and pg_has_role(u.oid, r.oid, 'member'))`,
    [roles],
  );
}

function faultOf(error: unknown): unknown {
  if (error instanceof Fault) return error;
  if (!(error instanceof pg.DatabaseError) || isLoss(error)) return unreachable(error);
  return new Fault(
    'enforcement_refused',
    { detail: `PostgreSQL refuses: ${error.message}`, facts: { sqlstate: error.code ?? null } },
    error,
  );
}
