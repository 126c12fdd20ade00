/** Stopping the server of the data folder, also one that was started in passing. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { Home } from './support/labkeep.ts';

const home = new Home();
after(() => home.clean());

test('a server that runs is stopped in order; then there is none, and that is no error', async () => {
  const server = await home.up(['--no-worker']);
  const { pid } = server;
  const down = await home.run(['down']);
  assert.deepEqual(
    [down.code, down.stderr],
    [0, `labkeep: the server (process ${pid}) has stopped; nothing recorded is lost\n`],
  );
  assert.equal(await server.ended(), 0);
  const again = await home.run(['down', '--json']);
  assert.deepEqual([again.code, JSON.parse(again.stdout)], [0, { stopped: null }]);
  assert.match((await home.run(['down'])).stderr, /^labkeep: no server runs on the data folder /);
});

test('a server that was started in passing is no hindrance to a restore', async () => {
  const copy = home.path('copy.db');
  const first = await home.up(['--no-worker']);
  assert.equal((await home.run(['backup', copy])).code, 0);
  await first.stop();
  assert.match((await home.run(['jobs', '-p', 'toxd'])).stderr, /started a server/);
  const held = await home.run(['restore', copy]);
  assert.equal(held.code, 5, held.stderr);
  const down = await home.run(['down']);
  assert.equal(down.code, 0, down.stderr);
  const restored = await home.run(['restore', copy]);
  assert.equal(restored.code, 0, restored.stderr);
});

test('a process that has the number of a server that was killed is left alone', async () => {
  const server = await home.up(['--no-worker']);
  await server.stop('SIGKILL');
  const file = home.path('data', 'server.json');
  assert.ok(existsSync(file), 'a server that was killed leaves what it said of itself');
  const said = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...said, pid: process.pid }));
  assert.match((await home.run(['down'])).stderr, /no server runs/);
});
