/** Who may connect to a database, or use a schema of it: read, taken, and given back as it was. */
import pg from 'pg';

/** A schema of the database, or (null) the database itself. */
export interface GrantedObject {
  readonly schema: string | null;
}

export interface GrantEntry {
  readonly grantor: string;
  /** Null: PUBLIC. */
  readonly grantee: string | null;
  readonly grantable: boolean;
  readonly byOwner: boolean;
}

const entries = `select o.rolname as grantor, r.rolname as grantee, a.is_grantable as grantable, a.grantor = owner as "byOwner"
  from object, aclexplode(acl) a join pg_roles o on o.oid = a.grantor left join pg_roles r on r.oid = a.grantee
  where a.privilege_type = $1 and (a.grantee = 0 or r.rolname is not null)`;

export async function grantedOn(
  client: pg.Client,
  { schema }: GrantedObject,
): Promise<readonly GrantEntry[]> {
  const { rows } =
    schema === null
      ? await client.query<GrantEntry>(
          `with object as (select coalesce(datacl, acldefault('d', datdba)) as acl, datdba as owner
             from pg_database where datname = current_database()) ${entries}`,
          ['CONNECT'],
        )
      : await client.query<GrantEntry>(
          `with object as (select coalesce(nspacl, acldefault('n', nspowner)) as acl, nspowner as owner
             from pg_namespace where nspname = $2) ${entries}`,
          ['USAGE', schema],
        );
  return rows;
}

export function entryKey({ grantor, grantee, grantable }: GrantEntry): string {
  return JSON.stringify([grantor, grantee, grantable]);
}

/** With it goes what the role has granted to others: that is withheld too, and written down. */
export async function takeAway(client: pg.Client, object: GrantedObject, entry: GrantEntry): Promise<void> {
  const what = await privilegeOn(client, object);
  await as(client, entry, `revoke ${what} from ${granteeOf(entry)} cascade`);
}

/** Each as its grantor gave it, once that may do so again; what nobody can give any more is left out. */
export async function giveBack(
  client: pg.Client,
  object: GrantedObject,
  taken: readonly GrantEntry[],
): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select rolname as name from pg_roles');
  const roles = new Set(rows.map(({ name }) => name));
  if (object.schema !== null && !(await hasSchema(client, object.schema))) return;
  const what = await privilegeOn(client, object);
  let left = taken.filter(
    ({ grantor, grantee, byOwner }) =>
      (byOwner || roles.has(grantor)) && (grantee === null || roles.has(grantee)),
  );
  while (left.length > 0) {
    const granted = await grantedOn(client, object);
    const may = (entry: GrantEntry): boolean =>
      entry.byOwner || granted.some(({ grantee, grantable }) => grantee === entry.grantor && grantable);
    const next = left.filter(may);
    if (next.length === 0) return;
    for (const entry of next)
      await as(
        client,
        entry,
        `grant ${what} to ${granteeOf(entry)}${entry.grantable && entry.grantee !== null ? ' with grant option' : ''}`,
      );
    left = left.filter((entry) => !may(entry));
  }
}

async function hasSchema(client: pg.Client, schema: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  return rowCount === 1;
}

async function privilegeOn(client: pg.Client, { schema }: GrantedObject): Promise<string> {
  if (schema !== null) return `usage on schema ${pg.escapeIdentifier(schema)}`;
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  return `connect on database ${pg.escapeIdentifier(rows[0]?.name ?? '')}`;
}

/** A grant is the grantor’s own; what the owner gave, whoever may act for the owner gives. */
async function as(client: pg.Client, { grantor, byOwner }: GrantEntry, statement: string): Promise<void> {
  if (!byOwner) await client.query(`set local role ${pg.escapeIdentifier(grantor)}`);
  await client.query(statement);
  if (!byOwner) await client.query('set local role none');
}

function granteeOf({ grantee }: GrantEntry): string {
  return grantee === null ? 'public' : pg.escapeIdentifier(grantee);
}
