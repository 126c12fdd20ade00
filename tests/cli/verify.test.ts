/** labkeep verify: of a sound record it says so; of a damaged one what is wrong, and ends with 1. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { Home, type Server } from './support/labkeep.ts';

const home = new Home();
let server: Server;
before(async () => {
  server = await home.up(['--no-worker']);
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

test('a record is compared with itself, and what does not agree is told', async () => {
  assert.equal((await home.call(['project', 'create', 'toxd'])).code, 0);
  assert.equal((await home.call(['submit', '-p', 'toxd', '--hold', '--', 'true'])).code, 0);

  const sound = await home.call(['verify']);
  assert.deepEqual([sound.code, sound.stderr], [0, '']);
  assert.match(
    sound.stdout,
    /^jobs {4}1 looked at\ncounts {2}\d looked at\nlocks {3}0 looked at\nevents {2}\d+ looked at\nThe record agrees with itself\.\n$/,
  );

  const database = new DatabaseSync(home.path('data/labkeep.db'));
  database.exec(`update jobs set state = 'failed' where number = '1'`);
  database.close();
  const damaged = await home.call(['verify']);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout, /✘ toxd\/1 {2}failed, and unfinished as waiting\n {2}expected: one of both\n/);
  assert.match(damaged.stdout, /Nothing was changed/);

  const { code, stdout } = await home.call(['verify', '--json']);
  const { ok, looked, flaws } = JSON.parse(stdout);
  assert.deepEqual([code, ok, looked.jobs], [1, false, 1]);
  assert.ok(flaws.some((flaw: { check: string }) => flaw.check === 'job_state'));
});
