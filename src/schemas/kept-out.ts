/** Who cannot be kept out, and whoever would still come in. */
import type pg from 'pg';
import type { Enforcement } from '../core/catalogue/enforcement.ts';
import { Fault } from '../core/faults.ts';
import type { GrantedObject } from './grants.ts';

export async function refuseUnfit(client: pg.Client, { schema, roles }: Enforcement): Promise<void> {
  const { rows } = await client.query<{ name: string; isSuper: boolean; ends: boolean }>(
    `select rolname as name, rolsuper as "isSuper",
       pg_has_role(current_user, 'pg_signal_backend', 'member') or pg_has_role(current_user, oid, 'member') as ends
     from pg_roles where rolname = any ($1::text[])`,
    [roles],
  );
  const unknown = roles.find((role) => !rows.some(({ name }) => name === role));
  if (unknown !== undefined) throw refused(`There is no role ${unknown} in this PostgreSQL`, unknown);
  const superuser = rows.find(({ isSuper }) => isSuper);
  if (superuser !== undefined)
    throw refused(`${superuser.name} is a superuser, whom nothing keeps out`, superuser.name);
  const beyond = rows.find(({ ends }) => !ends);
  if (beyond !== undefined)
    throw refused(
      `The role that Labkeep uses may not end the sessions of ${beyond.name}: grant it pg_signal_backend`,
      beyond.name,
    );
  if (schema === null) return;
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  if (rowCount === 0) throw refused(`There is no schema ${schema} in this PostgreSQL`, schema);
}

/** After all was taken: those who still come in, by another way or because this role may not take it from them. */
export async function refuseStillIn(
  client: pg.Client,
  { schema }: GrantedObject,
  roles: readonly string[],
): Promise<void> {
  const { rows } = await client.query<{
    name: string;
    isIn: boolean;
    isSelf: boolean;
    through: string | null;
  }>(
    `select r.rolname as name, r.rolname = current_user as "isSelf",
       case when $2::text is null then has_database_privilege(r.oid, current_database(), 'connect')
         else has_schema_privilege(r.oid, $2, 'usage') end as "isIn",
       (select string_agg(m.rolname, ', ') from pg_roles m where m.oid <> r.oid and pg_has_role(r.oid, m.oid, 'usage')) as through
     from pg_roles r where r.rolname = any ($1::text[]) or r.rolname = current_user`,
    [roles, schema],
  );
  for (const { name, isIn, isSelf, through } of rows) {
    if (isSelf && !isIn)
      throw refused(
        `${name}, the role that Labkeep uses, would be kept out itself: give it the right by its own name`,
        name,
      );
    if (!isSelf && isIn)
      throw refused(
        through === null
          ? `The role that Labkeep uses may not take the right from ${name}: it must be that of the owner`
          : `${name} would still come in as a member of ${through}: name that too`,
        name,
      );
  }
}

function refused(detail: string, found: string): Fault {
  return new Fault('enforcement_refused', { detail, facts: { role: found } });
}
