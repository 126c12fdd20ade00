import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import pg from 'pg';
import { postgresEnforcer } from '../../src/schemas/enforce.ts';
import { ask } from '../support/ask-postgres.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { isFault } from './support/target.ts';

const skip = postgresUnavailable() ?? false;
const server = sharedPostgres();

/** A database with roles of its own: `reader` and `writer` log in, `staff` has members, `lead` may grant. */
class Target {
  readonly url: string;
  readonly enforcer;
  readonly #prefix = `r${randomBytes(3).toString('hex')}`;

  private constructor(url: string) {
    this.url = url;
    this.enforcer = postgresEnforcer({ CHADO_URL: url });
  }

  static async make(): Promise<Target> {
    const target = new Target(await server.freshDatabase('chado'));
    for (const name of ['reader', 'writer', 'lead'])
      await ask(target.url, `create role ${target.role(name)} login password 'secret'`);
    return target;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await server.dropDatabase(this.url);
    const other = await server.freshDatabase('roles');
    for (const name of ['reader', 'writer', 'lead']) await ask(other, `drop role ${this.role(name)}`);
  }

  role(name: string): string {
    return `${this.#prefix}_${name}`;
  }

  closure(ticket: number, schema: string | null, ...names: readonly string[]) {
    const enforcement = { schema, roles: names.map((name) => this.role(name)) };
    return { settings: { urlEnv: 'CHADO_URL' }, ticket, enforcement };
  }

  async on(statement: string): Promise<void> {
    const database = new URL(this.url).pathname.slice(1);
    const words = statement.replaceAll('DATABASE', `database ${pg.escapeIdentifier(database)}`);
    await ask(
      this.url,
      words.replaceAll(/@(\w+)/g, (_, name: string) => this.role(name)),
    );
  }

  async as(name: string): Promise<pg.Client> {
    const url = new URL(this.url);
    url.username = this.role(name);
    url.password = 'secret';
    const client = new pg.Client({ connectionString: url.href });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Who has what, in no order. */
  async grants(): Promise<readonly string[]> {
    const rows = await ask<{ entry: string }>(
      this.url,
      `select a::text as entry from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) a where datname = current_database()
       union all
       select nspname || a::text from pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) a where nspname <> 'labkeep_fence'`,
    );
    return rows.map(({ entry }) => entry).sort();
  }
}

describe('a PostgreSQL that keeps roles out', { skip }, () => {
  it('refuses them from then on, ends their sessions, and has the same grants when it is over', async () => {
    await using target = await Target.make();
    const before = await target.grants();
    const [reader, writer] = [await target.as('reader'), await target.as('writer')];
    const ended = Promise.withResolvers<void>();
    reader.once('end', ended.resolve);

    const closure = target.closure(7, null, 'reader');
    await target.enforcer.enforce(closure);
    await ended.promise;
    await assert.rejects(target.as('reader'), { code: '42501' });
    assert.equal((await writer.query('select 1')).rowCount, 1);

    await target.enforcer.restore(closure);
    assert.deepEqual(await target.grants(), before);
    await (await target.as('reader')).end();
    await writer.end();
  });

  it('gives back what roles had granted to others, with the option to grant, and as they had it', async () => {
    await using target = await Target.make();
    await target.on('revoke connect on DATABASE from public');
    await target.on('grant connect on DATABASE to @lead with grant option');
    await target.on('grant connect on DATABASE to @writer');
    const lead = await target.as('lead');
    const database = pg.escapeIdentifier(new URL(target.url).pathname.slice(1));
    await lead.query(`grant connect on database ${database} to ${target.role('reader')} with grant option`);
    await lead.end();
    const reader = await target.as('reader');
    await reader.query(`grant connect on database ${database} to ${target.role('writer')}`);
    await reader.end();
    const before = await target.grants();

    const closure = target.closure(7, null, 'lead');
    await target.enforcer.enforce(closure);
    await assert.rejects(target.as('reader'), { code: '42501' });
    // What the owner granted stays: only the lead is named.
    await (await target.as('writer')).end();
    await target.enforcer.restore(closure);
    assert.deepEqual(await target.grants(), before);
  });

  it('does the same for a schema, also when that was made anew meanwhile', async () => {
    await using target = await Target.make();
    await target.on('create schema curation');
    await target.on('grant usage, create on schema curation to @reader');
    await target.on('grant usage on schema curation to public');
    await target.on('create table curation.t (n int)');
    await target.on('grant select on all tables in schema curation to @reader');
    const before = await target.grants();

    const closure = target.closure(7, 'curation', 'reader');
    await target.enforcer.enforce(closure);
    const reader = await target.as('reader');
    await assert.rejects(reader.query('select * from curation.t'), { code: '42501' });
    await target.on('drop schema curation cascade');
    await target.on('create schema curation');
    await target.enforcer.restore(closure);
    await target.on('grant create on schema curation to @reader');
    assert.deepEqual(await target.grants(), before);
    await reader.end();
  });

  it('is repeated without harm, and what comes after the end takes nothing', async () => {
    await using target = await Target.make();
    const before = await target.grants();
    const closure = target.closure(7, null, 'reader');
    await Promise.all([target.enforcer.enforce(closure), target.enforcer.enforce(closure)]);
    await target.enforcer.enforce(closure);
    await Promise.all([target.enforcer.restore(closure), target.enforcer.restore(closure)]);
    assert.deepEqual(await target.grants(), before);
    await target.enforcer.enforce(closure);
    assert.deepEqual(await target.grants(), before);
    await target.enforcer.enforce(target.closure(8, null, 'reader'));
    await assert.rejects(target.as('reader'), { code: '42501' });
    await target.enforcer.restore(target.closure(8, null, 'reader'));
    assert.deepEqual(await target.grants(), before);
  });

  it('leaves nothing of an examination', async () => {
    await using target = await Target.make();
    const before = await target.grants();
    const reader = await target.as('reader');
    await target.enforcer.examine(target.closure(0, null, 'reader'));
    assert.deepEqual(await target.grants(), before);
    assert.equal((await reader.query('select 1')).rowCount, 1);
    await reader.end();
    assert.deepEqual(await ask(target.url, "select to_regclass('labkeep_fence.withheld') as t"), [
      { t: null },
    ]);
  });

  it('refuses what would keep nobody out, and takes nothing then', async () => {
    await using target = await Target.make();
    const owner = target.role('owner');
    await ask(target.url, `create role ${owner} login superuser`);
    await target.on('grant connect on DATABASE to @writer');
    await target.on('grant @writer to @reader');
    const before = await target.grants();
    const refused = (words: RegExp) => isFault('enforcement_refused', words);
    const { enforcer } = target;
    await assert.rejects(enforcer.enforce(target.closure(7, null, 'nobody')), refused(/no role/));
    await assert.rejects(enforcer.enforce(target.closure(7, null, 'owner')), refused(/a superuser/));
    await assert.rejects(
      enforcer.enforce(target.closure(7, null, 'reader')),
      refused(new RegExp(`still come in as a member of ${target.role('writer')}`)),
    );
    await assert.rejects(
      enforcer.enforce(target.closure(7, 'nowhere', 'reader')),
      refused(/no schema nowhere/),
    );
    assert.deepEqual(await target.grants(), before);
    await ask(target.url, `drop role ${owner}`);
  });

  it('says when it is not reached', async () => {
    const enforcer = postgresEnforcer({});
    const closure = { ticket: 7, enforcement: { schema: null, roles: ['reader'] } };
    await assert.rejects(
      enforcer.enforce({ ...closure, settings: { urlEnv: 'CHADO_URL' } }),
      isFault('target_unreachable', /CHADO_URL/),
    );
    await assert.rejects(
      enforcer.enforce({ ...closure, settings: { url: 'postgres://ada@127.0.0.1:1/chado' } }),
      isFault('target_unreachable', /not reached: .*ECONNREFUSED/),
    );
  });
});
