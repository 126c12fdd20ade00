/** Data folders on file systems that cannot do what a storage needs, or do it over a network. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import type { Health } from '@labkeep/client';
import { networkFileSystem } from '../../src/daemon/file-systems.ts';
import { journalOn } from '../../src/daemon/open-storage.ts';
import { Home } from '../cli/support/labkeep.ts';
import {
  badDisk,
  nfs,
  noLocks,
  noSuchCall,
  otherFileSystemUnavailable,
  preloadedIn,
} from './support/other-file-system.ts';

const home = new Home();
after(() => home.clean());

test('a local file system gets a write-ahead log, and whoever names a journal gets that', () => {
  assert.equal(networkFileSystem(home.folder), null);
  assert.equal(journalOn(home.folder), 'wal');
  assert.equal(journalOn(home.folder, 'rollback'), 'rollback');
});

test('a journal is of SQLite alone', async () => {
  const { code, stderr } = await home.run([
    'up',
    '--journal',
    'wal',
    '--storage',
    'postgres://x@127.0.0.1/y',
  ]);
  assert.equal(code, 2);
  assert.match(stderr, /--journal is of SQLite/);
  assert.equal((await home.run(['up', '--journal', 'off'])).code, 2);
});

describe('another file system', { skip: otherFileSystemUnavailable() ?? false }, () => {
  const preloaded = otherFileSystemUnavailable() === undefined ? preloadedIn(home.folder) : undefined;
  const envFor = (...args: Parameters<NonNullable<typeof preloaded>>) => preloaded?.(...args) ?? {};

  const useless = [
    {
      name: 'without a lock daemon',
      as: { locksFailWith: noLocks },
      why: /its file system cannot lock files/,
    },
    { name: 'without locks', as: { locksFailWith: noSuchCall }, why: /its file system cannot lock files/ },
    {
      name: 'that cannot sync',
      as: { fsyncFailsWith: badDisk },
      why: /a file there cannot be written and synced: the disk or its connection fails \(EIO\)/,
    },
  ];
  for (const { name, as, why } of useless)
    test(`one ${name} is refused before anything is kept on it`, async () => {
      const data = home.path(name.replaceAll(' ', '-'));
      const env = envFor(data, as);
      const { code, stdout, stderr } = await home.run(['up', '--no-worker', '--data', data], { env });
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, why);
      assert.match(stderr, /^ {2}Name another folder with --data/m);
      assert.ok(!existsSync(`${data}/labkeep.db`), 'no database was made');
      assert.deepEqual(
        readdirSync(data).filter((file) => file.startsWith('.probe-')),
        [],
      );
    });

  test('one that cannot lock may hold the data folder of a storage elsewhere neither', async () => {
    const data = home.path('only-token');
    const env = envFor(data, { locksFailWith: noLocks });
    const args = ['up', '--no-worker', '--data', data, '--storage', 'postgres://x@127.0.0.1:1/y'];
    assert.equal((await home.call(args, { env })).code, 2);
  });

  test('on one over a network SQLite keeps a rollback journal, through kills, backup and restore', async () => {
    const data = home.path('nfs');
    const env = envFor(data, { type: nfs });
    const first = await home.up(['--no-worker', '--data', data], { env });
    assert.match(first.stdout, /^Data \S+ \(SQLite, rollback journal\) /m);
    assert.equal((await home.call(['project', 'create', 'toxd', '--data', data])).code, 0);
    assert.ok(!existsSync(`${data}/labkeep.db-wal`) && !existsSync(`${data}/labkeep.db-shm`));
    const backup = home.path('nfs.backup');
    assert.equal(
      (await home.call(['backup', backup, '--data', data])).code,
      0,
      'also while the server works',
    );
    await first.stop('SIGKILL');

    assert.equal((await home.call(['backup', home.path('dead.backup'), '--data', data])).code, 0);
    const second = await home.up(['--no-worker', '--data', data, '--json'], { env });
    assert.equal((JSON.parse(second.stdout) as { readonly journal: string }).journal, 'rollback');
    const status = await home.call(['status', '--json', '--data', data]);
    assert.equal((JSON.parse(status.stdout) as Health).journal, 'rollback');
    const listed = await home.call(['project', 'list', '--data', data]);
    assert.match(listed.stdout, /toxd/);
    assert.equal(await second.stop(), 0);

    assert.equal((await home.call(['restore', backup, '--data', data], { env })).code, 0);
    const third = await home.up(['--no-worker', '--data', data], { env });
    assert.match((await home.call(['project', 'list', '--data', data])).stdout, /toxd/);
    assert.equal(await third.stop(), 0);
  });

  test('a database that was moved changes its journal, both ways, and keeps what it has', async () => {
    const data = home.path('moved');
    const journalOf = (): unknown => {
      const database = new DatabaseSync(`${data}/labkeep.db`, { readOnly: true });
      try {
        return database.prepare('pragma journal_mode').get()?.journal_mode;
      } finally {
        database.close();
      }
    };
    const local = await home.up(['--no-worker', '--data', data]);
    assert.equal((await home.call(['project', 'create', 'toxd', '--data', data])).code, 0);
    await local.stop('SIGKILL');
    assert.ok(existsSync(`${data}/labkeep.db-wal`));
    const env = envFor(data, { type: nfs });
    const moved = await home.up(['--no-worker', '--data', data], { env });
    assert.match((await home.call(['project', 'list', '--data', data])).stdout, /toxd/);
    await moved.stop();
    assert.notEqual(journalOf(), 'wal');
    const back = await home.up(['--no-worker', '--data', data]);
    assert.match((await home.call(['project', 'list', '--data', data])).stdout, /toxd/);
    await back.stop();
    assert.equal(journalOf(), 'wal');
    rmSync(data, { recursive: true });
  });
});
