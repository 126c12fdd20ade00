/** Servers that are replaced one after the other while work goes on: by themselves, and by later versions. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { LabkeepError } from '@labkeep/client';
import { schemaVersion } from '../../src/storage/sqlite/open.ts';
import { postgresUnavailable, sharedPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { makeVersion } from './another-version.ts';
import { Fleet } from './fleet.ts';

const skip = postgresUnavailable() ?? false;
const postgres = sharedPostgres();
/** How often both servers are replaced: more by hand. */
const rounds = Number(process.env.LABKEEP_TEST_ROLLING_ROUNDS ?? 2);

function refusedAs(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LabkeepError && error.code === code;
}

test('servers are drained and started anew, one after the other, under load: nothing is lost or done twice', {
  skip,
  timeout: 240_000 + rounds * 120_000,
}, async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  t.diagnostic(`seed ${seed}`);
  const fleet = await Fleet.start(await postgres.freshDatabase('rolling'), seed);
  t.after(() => fleet.stop());
  for (let round = 1; round <= rounds; round += 1) {
    for (const which of [0, 1] as const) {
      assert.equal(await fleet.replace(which), 0);
      await fleet.goesOn();
    }
    t.diagnostic(`round ${round}: ${fleet.acknowledged} jobs`);
  }
  for (const { name, breaches } of await fleet.judge()) assert.deepEqual(breaches, [], name);
});

test('a later version takes over server by server; one of before goes on, and comes back, as long as the schema lets it', {
  skip,
  timeout: 480_000,
}, async (t) => {
  const fleet = await Fleet.start(await postgres.freshDatabase('upgrade'), 1);
  t.after(() => fleet.stop());
  const mild = `-- servers from ${schemaVersion}
    alter table labkeep.jobs add column of_tomorrow text;
    alter table labkeep.live add column of_tomorrow bigint not null default 0;
    create table labkeep.of_tomorrow (id bigint primary key);`;
  const next = makeVersion(join(fleet.folder, 'next'), {
    version: '0.2.0',
    migrations: [mild],
  });
  const later = makeVersion(join(fleet.folder, 'later'), {
    version: '0.3.0',
    migrations: [mild, 'drop table labkeep.of_tomorrow;'],
  });

  assert.equal(await fleet.replace(0, next), 0);
  await fleet.goesOn();
  fleet.kill(1);
  await fleet.answers(1);
  await fleet.goesOn();
  const versions = (await fleet.at(1).servers.list()).items.map(({ version }) => version);
  assert.deepEqual(versions.sort(), ['0.1.0', '0.2.0'], 'both versions are at work');
  assert.equal((await fleet.at(1).jobs.list('crash', { limit: 1 })).items.length, 1);

  assert.equal(await fleet.replace(0, later), 0);
  await until('it parks', () => fleet.logOf(1).includes('storage_newer'));
  await assert.rejects(fleet.at(1).health(), refusedAs('storage_newer'));
  await fleet.goesOn();
  fleet.kill(1);
  await until('it is refused', () =>
    fleet.process(1).faults.some((it) => it.includes('A newer version has changed the storage')),
  );
  await fleet.goesOn();
  await fleet.replace(1, later);
  await fleet.goesOn();
  for (const { name, breaches } of await fleet.judge()) {
    const inexcusable = breaches.filter((it) => !it.includes('storage_newer'));
    assert.deepEqual(inexcusable, [], name);
  }
});
