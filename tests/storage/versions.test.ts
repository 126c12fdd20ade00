/** Storages and backups that were written by a version before, or after, this one. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { begin } from '../../src/storage/postgres/migrate.ts';
import { openPostgres } from '../../src/storage/postgres/open.ts';
import { fillTables, readTables } from '../../src/storage/postgres/tables.ts';
import { loadMigrations } from '../../src/storage/shared/statements.ts';
import { copyTables } from '../../src/storage/shared/tables.ts';
import { BackupFile, backupSqlite, restoreSqlite } from '../../src/storage/sqlite/backup.ts';
import { beforeMigration, openSqlite, schemaVersion, versionOf } from '../../src/storage/sqlite/open.ts';
import { ask } from '../support/ask-postgres.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { allJobs, chance, clock, furnish, isFault, submit } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'labkeep-versions-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const options = (name: string) => ({ file: at(name), clock, chance });

function withFile<T>(name: string, use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(at(name));
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** What the version before knew. */
const olderSchema = schemaVersion - 1;

function olderMigrations(database: 'sqlite' | 'postgres'): ReturnType<typeof loadMigrations> {
  const all = new URL(`../../src/storage/${database}/migrations/`, import.meta.url);
  return loadMigrations(all).slice(0, olderSchema);
}

/** A database with one job, as the version before would have written it. */
async function makeOlder(name: string): Promise<void> {
  const storage = await openSqlite(options('newer.db'));
  await furnish(storage);
  await submit(storage, 1);
  await storage.close();
  withFile(name, (it) => {
    for (const { text } of olderMigrations('sqlite')) it.exec(text);
    it.exec(`pragma user_version = ${olderSchema}; attach '${at('newer.db')}' as newer`);
    const inMain = `select name from pragma_table_list where schema = 'main' and name not like 'sqlite_%'`;
    for (const table of namesIn(it, inMain)) {
      const columns = namesIn(it, `select name from pragma_table_info('${table}')`).join(', ');
      it.exec(`insert into ${table} (${columns}) select ${columns} from newer.${table}`);
    }
  });
  rmSync(at('newer.db'));
}

function namesIn(database: DatabaseSync, query: string): readonly string[] {
  return database
    .prepare(query)
    .all()
    .map(({ name }) => String(name));
}

/** Tables without a job, as the version before would have made them. */
async function makeOlderTables(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('create schema labkeep');
  await client.query('create table labkeep.migrations (version bigint primary key, name text not null)');
  for (const { version, name, text } of olderMigrations('postgres')) {
    await client.query(text);
    await client.query('insert into labkeep.migrations values ($1, $2)', [version, name]);
  }
  await begin(client, { chance });
  await client.end();
}

test('a migration says how old a schema servers may know that go on, or they must know its own', () => {
  writeFileSync(at('001-first.sql'), '-- What it does.\ncreate table a (b);\n');
  writeFileSync(at('002-second.sql'), '-- servers from 1\ncreate table b (c);\n');
  const read = loadMigrations(pathToFileURL(`${folder}/`));
  assert.deepEqual(
    read.map(({ version, needed }) => [version, needed]),
    [
      [1, 1],
      [2, 1],
    ],
  );
  for (const name of ['001-first.sql', '002-second.sql']) rmSync(at(name));
});

test('a SQLite file of an older version is copied before it is changed; one of a newer version is refused', async () => {
  await makeOlder('old.db');
  const storage = await openSqlite(options('old.db'));
  assert.equal((await allJobs(storage)).size, 1);
  await storage.close();
  const kept = `old.db.before-schema-${schemaVersion}`;
  assert.equal(beforeMigration(at('old.db')), at(kept));
  assert.equal(withFile(kept, versionOf), olderSchema, 'the version of before can go on with it');

  withFile('old.db', (it) => it.exec(`pragma user_version = ${schemaVersion + 1}`));
  await assert.rejects(openSqlite(options('old.db')), isFault('schema_newer'));
});

test('a backup of an older version is restored into the schema of this one', async () => {
  await makeOlder('older.db');
  await backupSqlite({ file: at('older.db'), target: at('older.backup') });
  await restoreSqlite({ ...options('restored.db'), backup: at('older.backup') });
  assert.equal(withFile('restored.db', versionOf), schemaVersion);
  assert.equal(withFile('older.backup', versionOf), olderSchema, 'the backup itself stays as it is');
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('restored.db.')),
    [],
  );
});

describe('PostgreSQL', { skip: postgresUnavailable() ?? false }, () => {
  const server = sharedPostgres();

  const restoreInto = async (url: string, backup: string): Promise<void> => {
    const source = await BackupFile.open(at(backup));
    try {
      await fillTables(url, (sink) => copyTables((table) => source.columns(table), source, sink));
    } finally {
      source.close();
    }
  };
  const copyOf = (url: string, name: string): Promise<void> =>
    BackupFile.write(at(name), (target) =>
      readTables(url, (source) => copyTables((table) => target.columns(table), source, target)),
    );
  const neededBy = async (url: string): Promise<unknown> =>
    (await ask(url, 'select oldest_schema::int as needed from labkeep.server_state'))[0]?.needed;

  test('a backup of an older version can be moved to it, and what it asks of servers stays', async () => {
    await makeOlder('mover.db');
    await backupSqlite({ file: at('mover.db'), target: at('mover.backup') });
    const url = await server.freshDatabase('older');
    await (await openPostgres({ url, chance })).close();
    const needed = await neededBy(url);
    assert.equal(needed, schemaVersion);
    await restoreInto(url, 'mover.backup');
    assert.equal(await neededBy(url), needed);
    const storage = await openPostgres({ url, chance });
    assert.equal((await allJobs(storage)).size, 1);
    await storage.close();
  });

  test('a server is started on a newer schema that allows for it; a copy of all there is is refused', async () => {
    const url = await server.freshDatabase('newer');
    const before = await openPostgres({ url, chance });
    await furnish(before);
    await ask(
      url,
      `insert into labkeep.migrations (version, name) values (${schemaVersion + 1}, 'of tomorrow')`,
    );
    const storage = await openPostgres({ url, chance });
    await Promise.all([submit(before, 1), submit(storage, 1)]);
    assert.equal((await allJobs(storage)).size, 2);
    await assert.rejects(copyOf(url, 'partly.backup'), isFault('schema_newer'));
    assert.equal(existsSync(at('partly.backup')), false);

    await ask(url, `update labkeep.server_state set oldest_schema = ${schemaVersion + 1}`);
    await assert.rejects(openPostgres({ url, chance }), isFault('schema_newer'));
    await assert.rejects(submit(storage, 1), isFault('storage_newer'), 'those at work are judged alike');
    await Promise.all([before.close(), storage.close()]);
  });

  test('a storage whose tables are in use is brought up to date when they are free, and nobody waits for it long', async () => {
    const url = await server.freshDatabase('in_use');
    await makeOlderTables(url);
    const reader = new pg.Client({ connectionString: url });
    await reader.connect();
    await reader.query('begin; select from labkeep.server_state');
    const opened = openPostgres({ url, chance });
    const waits = `select from pg_stat_activity where wait_event_type = 'Lock' and query like 'lock table%'`;
    while ((await ask(url, waits)).length === 0);
    // To wait for the one that waits for us would be a deadlock.
    await reader.query('select from labkeep.jobs');
    await reader.query('commit');
    await reader.end();
    const storage = await opened;
    assert.equal((await storage.identify()).schema, schemaVersion);
    await storage.close();
  });
});
