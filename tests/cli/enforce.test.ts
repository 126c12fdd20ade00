import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { setInterval } from 'node:timers/promises';
import { LabkeepClient } from '@labkeep/client';
import pg from 'pg';
import { ask } from '../support/ask-postgres.ts';

import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { Home } from './support/labkeep.ts';

const skip = postgresUnavailable() ?? false;
const postgres = sharedPostgres();
const home = new Home();
after(() => home.clean());

describe('labkeep db close --enforce', { skip }, () => {
  it('keeps direct SQL out until the reopening, also when the server is killed in between', async () => {
    const url = await postgres.freshDatabase('chado');
    const role = `reader_${new URL(url).pathname.slice(-8)}`;
    await ask(url, `create role ${role} login password 'secret'`);
    const before = await grantsOf(url);
    const reader = new URL(url);
    reader.username = role;
    reader.password = 'secret';
    const options = { env: { CHADO_URL: url } };
    const first = await home.up(['--no-worker'], options);
    await labkeep('db', 'add', 'chado', '--kind', 'postgres', '--url-env', 'CHADO_URL', '--roles', role);
    await labkeep('db', 'add', 'embl', '--kind', 'bank');

    assert.match(await labkeep('db', 'close', 'chado'), /is not stopped by this/);
    assert.equal((await ask(reader.href, 'select 1')).length, 1);
    await labkeep('db', 'reopen', 'chado');

    for (const [args, words] of [
      [['chado', '--enforce', '--role', 'nobody_at_all'], /There is no role nobody_at_all/],
      [['chado', '--role', role], /Give --enforce too/],
      [['embl', '--enforce', '--role', role], /only a PostgreSQL can keep roles out/],
    ] as const) {
      const refused = await home.run(['db', 'close', ...args]);
      assert.notEqual(refused.code, 0);
      assert.match(refused.stderr, words);
    }
    assert.match(await labkeep('db', 'show', 'chado'), /\bon\b/);

    // A session has it open: it closes when that ends, under another server.
    const client = new LabkeepClient({
      url: first.url,
      token: readFileSync(home.path('data', 'token'), 'utf8').trim(),
    });
    const session = await client.sessions.open({ name: 'late', databases: ['chado'] });
    await labkeep('db', 'close', 'chado', '--enforce', '--grace', '1h');
    assert.equal((await ask(reader.href, 'select 1')).length, 1);
    await first.stop('SIGKILL');
    const second = await home.up(['--no-worker'], options);
    await labkeep('session', 'end', session.session);
    for await (const _ of setInterval(100)) if (await isKeptOut(reader.href)) break;
    assert.match(await labkeep('db', 'show', 'chado'), new RegExp(`Keeps out +${role}`));
    await second.stop('SIGKILL');

    await home.up(['--no-worker'], options);
    assert.ok(await isKeptOut(reader.href));
    await labkeep('db', 'reopen', 'chado');
    assert.equal((await ask(reader.href, 'select 1')).length, 1);
    assert.deepEqual(await grantsOf(url), before);
    await ask(url, `drop role ${role}`);
  });
});

async function grantsOf(url: string): Promise<readonly string[]> {
  const rows = await ask<{ entry: string }>(
    url,
    `select a::text as entry from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) a
     where datname = current_database()`,
  );
  return rows.map(({ entry }) => entry).sort();
}

async function isKeptOut(url: string): Promise<boolean> {
  try {
    await ask(url, 'select 1');
    return false;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '42501') return true;
    throw error;
  }
}

/** What it says, on both outputs. */
async function labkeep(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await home.run(args);
  assert.equal(code, 0, stderr);
  return stdout + stderr;
}
