/** What a data folder must be, and what is said of one that is not. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { readDiscovery } from '../../src/daemon/discovery.ts';
import { Home } from '../cli/support/labkeep.ts';

const home = new Home();
after(() => home.clean());

const up = (data: string) => home.run(['up', '--no-worker', '--listen', '127.0.0.1:0', '--data', data]);
const useless = (data: string, why: string) => ({
  code: 2,
  stdout: '',
  stderr: `labkeep: The data folder ${data} cannot be used: ${why}.\n  Name another folder with --data, or mend the one named.\n`,
});
const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('a folder that is a file, or lies below one', async () => {
  const file = home.path('file');
  writeFileSync(file, '');
  assert.deepEqual(await up(file), useless(file, 'it is, or lies below, a file'));
  assert.deepEqual(await up(`${file}/data`), useless(`${file}/data`, 'it is, or lies below, a file'));
});

test('a folder of other things is left as it is', async () => {
  const folder = home.path('papers');
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(home.path('papers', 'thesis.tex'), '');
  assert.deepEqual(await up(folder), useless(folder, 'it is not empty, and no data folder of Labkeep'));
  assert.equal(modeOf(folder), 0o755);
});

test('a folder that cannot be made', async () => {
  assert.deepEqual(await up('/proc/labkeep'), useless('/proc/labkeep', 'no such file or folder (ENOENT)'));
});

test('a folder in which nothing can be written', {
  skip: process.getuid?.() === 0 && 'root may write anywhere',
}, async () => {
  const folder = home.path('read-only');
  mkdirSync(folder, { mode: 0o500 });
  const { code, stdout, stderr } = await up(folder);
  chmodSync(folder, 0o700);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /nothing can be written there/);
});

test('while a server holds the folder no other gets in, and its token and address are its owner’s alone', async () => {
  const data = home.path('held');
  const server = await home.up(['--no-worker', '--data', data]);
  assert.deepEqual(await up(data), {
    code: 5,
    stdout: '',
    stderr: `labkeep: Another server (process ${server.pid} at ${server.url}) holds the data folder ${data}.\n  Use that server, or stop it first.\n`,
  });
  assert.equal(modeOf(data), 0o700);
  assert.equal(modeOf(home.path('held', 'token')), 0o600);
  const { url, pid, certificate } = readDiscovery(home.path('held', 'server.json')) ?? {};
  assert.deepEqual([url, pid, certificate], [server.url, server.pid, null]);

  assert.equal(await server.stop('SIGTERM'), 0);
  assert.equal(readDiscovery(home.path('held', 'server.json')), null);
});

test('a folder whose server was killed is free at once, and its token still good', async () => {
  const data = home.path('killed');
  const first = await home.up(['--no-worker', '--data', data]);
  const token = readFileSync(home.path('killed', 'token'), 'utf8');
  assert.equal(await first.stop('SIGKILL'), 'SIGKILL');
  const second = await home.up(['--no-worker', '--data', data]);
  assert.equal(readFileSync(home.path('killed', 'token'), 'utf8'), token);
  assert.equal((await home.call(['status', '--data', data])).code, 0);

  rmSync(home.path('killed', 'token'));
  const without = await home.call(['status', '--data', data]);
  assert.deepEqual([without.code, without.stdout], [4, '']);
  assert.equal(await second.stop(), 0);
  const third = await home.up(['--no-worker', '--data', data]);
  assert.equal((await home.call(['status', '--data', data])).code, 0, 'a token that is gone is made anew');
  assert.equal(await third.stop(), 0);

  const database = new DatabaseSync(home.path('killed', 'labkeep.db'));
  database.exec('pragma user_version = 999');
  database.close();
  const { code, stdout, stderr } = await up(data);
  assert.deepEqual([code, stdout], [5, '']);
  assert.match(
    stderr,
    /^labkeep: The storage was written by a newer version of Labkeep: .*999.*\n {2}Start the newer version/,
  );
});
